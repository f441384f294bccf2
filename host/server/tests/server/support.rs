//! A host with fake apps, and clients that can misbehave.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use appsvc_os::exchange::{Exchange, Failure};
use appsvc_server::{BoxError, Config, RequestBody, Server, Site, Threads};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};

/// Far longer than anything takes, even on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something that is bound to happen.
pub(crate) async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(PATIENCE, future).await.expect("waited too long")
}

pub(crate) type TestBody = UnsyncBoxBody<Bytes, BoxError>;
pub(crate) type Answer = Result<Response<TestBody>, Failure>;
type Serving = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// An app made of a function.
pub(crate) struct Fake(Box<dyn Fn(Request<RequestBody>, Arc<Exchange>) -> Serving + Send + Sync>);

impl Fake {
    pub(crate) fn new<F: Future<Output = Answer> + Send + 'static>(
        serve: impl Fn(Request<RequestBody>, Arc<Exchange>) -> F + Send + Sync + 'static,
    ) -> Self {
        Self(Box::new(move |request, exchange| Box::pin(serve(request, exchange))))
    }

    /// Answers with what it was asked: method, target, version and headers, one a line, then an empty line, the
    /// body, and the trailers as lines.
    pub(crate) fn echo() -> Self {
        Self::new(|request, _| async move {
            let (parts, body) = request.into_parts();
            let mut text = format!("{} {} {:?}\n", parts.method, parts.uri, parts.version);
            push_lines(&mut text, &parts.headers);
            text.push('\n');
            match body.collect().await {
                Ok(collected) => {
                    let trailers = collected.trailers().cloned().unwrap_or_default();
                    text.push_str(std::str::from_utf8(&collected.to_bytes()).unwrap());
                    push_lines(&mut text, &trailers);
                }
                Err(error) => text.push_str(&error.to_string()),
            }
            Ok(Response::new(full(text)))
        })
    }

    /// Answers with the same text each time.
    pub(crate) fn text(text: &'static str) -> Self {
        Self::new(move |_, _| async move { Ok(Response::new(full(text))) })
    }
}

fn push_lines(text: &mut String, headers: &HeaderMap) {
    for (name, value) in headers {
        text.push_str(&format!("{name}: {}\n", value.to_str().unwrap()));
    }
}

impl Site for Fake {
    type Body = TestBody;

    fn name(&self) -> &'static str {
        "fake"
    }

    fn serve(
        &self,
        request: Request<RequestBody>,
        exchange: Arc<Exchange>,
    ) -> impl Future<Output = Answer> + Send {
        self.0(request, exchange)
    }
}

pub(crate) fn full(text: impl Into<Bytes>) -> TestBody {
    Full::new(text.into()).map_err(|never| match never {}).boxed_unsync()
}

pub(crate) fn empty() -> TestBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// A body that a test feeds. It ends when the sender is dropped.
pub(crate) struct Feed(mpsc::UnboundedReceiver<Result<Frame<Bytes>, BoxError>>);

pub(crate) type Feeder = mpsc::UnboundedSender<Result<Frame<Bytes>, BoxError>>;

pub(crate) fn feed() -> (Feeder, TestBody) {
    let (feeder, frames) = mpsc::unbounded_channel();
    (feeder, Feed(frames).boxed_unsync())
}

pub(crate) fn data(text: &'static str) -> Result<Frame<Bytes>, BoxError> {
    Ok(Frame::data(Bytes::from_static(text.as_bytes())))
}

impl Body for Feed {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.0.poll_recv(cx)
    }
}

/// A server that runs.
pub(crate) struct Host {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: tokio::task::JoinHandle<std::io::Result<usize>>,
}

impl Host {
    pub(crate) async fn start(site: Fake) -> Self {
        Self::with(site, |_| {}).await
    }

    /// Starts with other settings than the defaults.
    pub(crate) async fn with(site: Fake, set: impl FnOnce(&mut Config)) -> Self {
        let threads = Threads::start(Some(2), |_| {}).unwrap();
        let mut config = Config::new(([127, 0, 0, 1], 0).into());
        set(&mut config);
        let server = Server::bind(config, threads, site).unwrap();
        let address = server.local_addr();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server.run(async {
            let _ = stopped.await;
        }));
        Self { address, stop, running }
    }

    /// Asks it to stop; what is returned ends when it has, with the number of connections cut.
    pub(crate) fn stop(self) -> impl Future<Output = usize> {
        let _ = self.stop.send(());
        async { within(self.running).await.unwrap().unwrap() }
    }

    pub(crate) async fn raw(&self) -> Raw<TcpStream> {
        Raw::new(TcpStream::connect(self.address).await.unwrap())
    }

    pub(crate) async fn client(&self, protocol: Protocol) -> Client {
        Client::over(TcpStream::connect(self.address).await.unwrap(), protocol).await
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    Http1,
    Http2,
}

/// Makes of one async function taking a [`Protocol`] a test for each.
macro_rules! each_protocol {
    ($($name:ident)*) => {$(
        mod $name {
            #[tokio::test]
            async fn http1() {
                super::$name($crate::support::Protocol::Http1).await;
            }

            #[tokio::test]
            async fn http2() {
                super::$name($crate::support::Protocol::Http2).await;
            }
        }
    )*};
}
pub(crate) use each_protocol;

/// A well-behaved client on one connection.
pub(crate) enum Client {
    Http1(http1::SendRequest<TestBody>),
    Http2(http2::SendRequest<TestBody>),
}

impl Client {
    pub(crate) async fn over(
        io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        protocol: Protocol,
    ) -> Self {
        let io = TokioIo::new(io);
        match protocol {
            Protocol::Http1 => {
                let (sender, connection) = http1::handshake(io).await.unwrap();
                tokio::spawn(connection);
                Self::Http1(sender)
            }
            Protocol::Http2 => {
                let (sender, connection) =
                    http2::Builder::new(TokioExecutor::new()).handshake(io).await.unwrap();
                tokio::spawn(connection);
                Self::Http2(sender)
            }
        }
    }

    /// Sends a request as it is; see [`request`].
    pub(crate) async fn try_send(
        &mut self,
        request: Request<TestBody>,
    ) -> Result<Response<Incoming>, hyper::Error> {
        match self {
            Self::Http1(sender) => {
                within(sender.ready()).await?;
                within(sender.send_request(request)).await
            }
            Self::Http2(sender) => {
                within(sender.ready()).await?;
                within(sender.send_request(request)).await
            }
        }
    }

    pub(crate) async fn send(&mut self, request: Request<TestBody>) -> Response<Incoming> {
        self.try_send(request).await.unwrap()
    }

    /// Sends GET and returns status, headers and text.
    pub(crate) async fn get(&mut self, path: &str) -> (StatusCode, HeaderMap, String) {
        let request = request(self, "GET", path);
        read(self.send(request).await).await
    }

    fn protocol(&self) -> Protocol {
        match self {
            Self::Http1(_) => Protocol::Http1,
            Self::Http2(_) => Protocol::Http2,
        }
    }
}

/// A request to `example.com`, as the client's protocol writes it.
pub(crate) fn request(client: &Client, method: &str, path: &str) -> Request<TestBody> {
    let builder = Request::builder().method(method);
    let builder = match client.protocol() {
        Protocol::Http1 => builder.uri(path).header("host", "example.com"),
        Protocol::Http2 => builder.uri(format!("http://example.com{path}")),
    };
    builder.body(empty()).unwrap()
}

pub(crate) async fn read(response: Response<Incoming>) -> (StatusCode, HeaderMap, String) {
    let (parts, body) = response.into_parts();
    let bytes = within(body.collect()).await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

/// A client that sends and reads bytes as they are.
pub(crate) struct Raw<S> {
    stream: S,
    read: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Raw<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream, read: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        within(self.stream.write_all(bytes.as_ref())).await.unwrap();
        within(self.stream.flush()).await.unwrap();
    }

    /// Sends what the server may no longer take.
    pub(crate) async fn try_send(&mut self, bytes: impl AsRef<[u8]>) -> std::io::Result<()> {
        within(self.stream.write_all(bytes.as_ref())).await
    }

    async fn more(&mut self) -> std::io::Result<usize> {
        let mut buf = [0; 4096];
        let count = within(self.stream.read(&mut buf)).await?;
        self.read.extend_from_slice(&buf[..count]);
        Ok(count)
    }

    /// Reads until `end` has come, and returns everything up to it.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        loop {
            if let Some(at) = self.read.windows(end.len()).position(|window| window == end.as_bytes()) {
                let rest = self.read.split_off(at + end.len());
                return String::from_utf8(std::mem::replace(&mut self.read, rest)).unwrap();
            }
            let count = self.more().await.unwrap();
            assert!(count > 0, "ended before {end:?}: {:?}", String::from_utf8_lossy(&self.read));
        }
    }

    /// Reads a head, in lower case.
    pub(crate) async fn head(&mut self) -> String {
        self.until("\r\n\r\n").await.to_ascii_lowercase()
    }

    /// Reads a head and a body that has a length: the status and the body.
    pub(crate) async fn response(&mut self) -> (u16, String) {
        let head = self.head().await;
        let length = head.split("content-length: ").nth(1).expect("no length").split("\r\n").next();
        let length: usize = length.unwrap().parse().unwrap();
        while self.read.len() < length {
            assert!(self.more().await.unwrap() > 0, "ended within the body");
        }
        let rest = self.read.split_off(length);
        let body = String::from_utf8(std::mem::replace(&mut self.read, rest)).unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body)
    }

    /// Reads to the end, which must be one in peace.
    pub(crate) async fn rest(&mut self) -> String {
        while self.more().await.unwrap() > 0 {}
        String::from_utf8(std::mem::take(&mut self.read)).unwrap()
    }

    /// Reads to the end, which must be a reset.
    pub(crate) async fn reset(&mut self) -> String {
        loop {
            match self.more().await {
                Ok(0) => panic!("ended in peace after {:?}", String::from_utf8_lossy(&self.read)),
                Ok(_) => {}
                Err(error) => {
                    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
                    return String::from_utf8(std::mem::take(&mut self.read)).unwrap();
                }
            }
        }
    }

    /// Reads whatever there is to the end, in peace or not.
    pub(crate) async fn anyhow(&mut self) -> String {
        while self.more().await.unwrap_or(0) > 0 {}
        String::from_utf8_lossy(&std::mem::take(&mut self.read)).into_owned()
    }
}

/// Counts down in `Drop`, so that a test can wait for something to be dropped.
pub(crate) struct Dropped(Option<oneshot::Sender<()>>);

impl Dropped {
    pub(crate) fn new() -> (Self, oneshot::Receiver<()>) {
        let (sender, receiver) = oneshot::channel();
        (Self(Some(sender)), receiver)
    }
}

impl Drop for Dropped {
    fn drop(&mut self) {
        if let Some(sender) = self.0.take() {
            let _ = sender.send(());
        }
    }
}

/// A value that the app leaves for the test.
pub(crate) fn mailbox<T>() -> (mpsc::UnboundedSender<T>, mpsc::UnboundedReceiver<T>) {
    mpsc::unbounded_channel()
}
