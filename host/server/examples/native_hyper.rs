//! The least that hyper needs to answer, with the threads laid out as the front end does it: what
//! `hello_server` is compared with.
//!
//! `native_hyper [threads]` prints its address and serves until it is killed.

use std::convert::Infallible;
use std::error::Error;
use std::net::TcpListener;
use std::sync::mpsc;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Handle};

async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::from("Hello, world!"));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
    Ok(response)
}

fn main() -> Result<Infallible, Box<dyn Error>> {
    let count = match std::env::args().nth(1) {
        Some(text) => text.parse()?,
        None => std::thread::available_parallelism()?.get(),
    };
    let mut threads: Vec<Handle> = Vec::new();
    for _ in 0..count {
        let (ready, started) = mpsc::channel();
        std::thread::spawn(move || -> std::io::Result<()> {
            let runtime = Builder::new_current_thread().enable_all().build()?;
            let _ = ready.send(runtime.handle().clone());
            runtime.block_on(std::future::pending())
        });
        threads.push(started.recv()?);
    }
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    for thread in threads.iter().cycle() {
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        thread.spawn(async move {
            let Ok(stream) = TcpStream::from_std(stream) else { return };
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(hello)).await;
        });
    }
    Err("there are no threads".into())
}
