//! The front end with all its defaults before a site that does nothing: what is left is the front end's own
//! cost per request, to be compared with `native_hyper`.
//!
//! `hello_server [threads]` prints its address and serves until it is killed.

use std::convert::Infallible;
use std::error::Error;
use std::future::{pending, ready};
use std::sync::Arc;

use appsvc_os::exchange::{Exchange, Failure};
use appsvc_server::{Config, RequestBody, Server, Site, Threads};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Request, Response};
use http_body_util::Full;

struct Hello;

impl Site for Hello {
    type Body = Full<Bytes>;

    fn name(&self) -> &'static str {
        "hello"
    }

    fn serve(
        &self,
        _: Request<RequestBody>,
        _: Arc<Exchange>,
    ) -> impl Future<Output = Result<Response<Full<Bytes>>, Failure>> + Send {
        let mut response = Response::new(Full::from("hello"));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        ready(Ok(response))
    }
}

fn main() -> Result<Infallible, Box<dyn Error>> {
    let count = std::env::args().nth(1).map(|text| text.parse()).transpose()?;
    let threads = Threads::start(count, |_| {})?;
    let server = Server::bind(Config::new(([127, 0, 0, 1], 0).into()), threads, Hello)?;
    println!("{}", server.local_addr());
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(server.run(pending()))?;
    Err("the server stopped".into())
}
