//! A client for HTTP/1.1 and HTTP/2 that hides nothing: it follows no redirect, keeps no cookie, unpacks no
//! body and adds no header but `Host`.

use std::fmt;
use std::net::SocketAddr;

use anyhow::Context as _;
use bytes::Bytes;
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use http::{Method, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::tls::Certificate;
use crate::within;

/// A version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Version {
    /// HTTP/1.1.
    #[serde(rename = "1.1")]
    Http11,
    /// HTTP/2, without TLS by prior knowledge.
    #[serde(rename = "2")]
    Http2,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http11 => "HTTP/1.1",
            Self::Http2 => "HTTP/2",
        })
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type RequestBody = UnsyncBoxBody<Bytes, BoxError>;

/// A request. Its methods panic on what is no method, header or target.
pub struct Request {
    method: Method,
    target: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: RequestBody,
    version: Version,
}

impl Request {
    /// A request without headers or body, over HTTP/1.1. `target` is the path and query as they are sent.
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.parse().unwrap_or_else(|error| panic!("{method:?}: {error}")),
            target: target.to_owned(),
            headers: Vec::new(),
            body: whole(Bytes::new()),
            version: Version::Http11,
        }
    }

    /// `GET target`.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// `POST target`.
    pub fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    /// One more header line; `Host` takes the place of the address. In HTTP/2 it becomes `:authority`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let parsed = (name.parse().ok(), value.parse().ok());
        let (Some(name), Some(value)) = parsed else { panic!("{name:?}: {value:?} is no header") };
        self.headers.push((name, value));
        self
    }

    /// The body.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = whole(body.into());
        self
    }

    /// A body that comes bit by bit. HTTP/1.1 sends it in chunks unless its size is known.
    pub fn stream<B>(mut self, body: B) -> Self
    where
        B: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
    {
        self.body = body.map_err(Into::into).boxed_unsync();
        self
    }

    /// Sends it over that version.
    pub fn over(mut self, version: Version) -> Self {
        self.version = version;
        self
    }

    pub(crate) fn version(&self) -> Version {
        self.version
    }

    fn build(self, scheme: &str, address: &str) -> anyhow::Result<http::Request<RequestBody>> {
        let given = self.headers.iter().find(|(name, _)| *name == HOST).map(|(_, value)| value.clone());
        let host = given.map_or_else(|| HeaderValue::try_from(address), Ok)?;
        let target = match self.version {
            Version::Http11 => self.target,
            Version::Http2 => format!("{scheme}://{}{}", host.to_str()?, self.target),
        };
        let mut request = http::Request::new(self.body);
        *request.method_mut() = self.method;
        *request.uri_mut() = target.parse::<Uri>().with_context(|| format!("{target:?} is no target"))?;
        if self.version == Version::Http11 {
            request.headers_mut().insert(HOST, host);
        }
        for (name, value) in self.headers.into_iter().filter(|(name, _)| *name != HOST) {
            request.headers_mut().append(name, value);
        }
        Ok(request)
    }
}

fn whole(body: Bytes) -> RequestBody {
    Full::new(body).map_err(|never| match never {}).boxed_unsync()
}

/// A connection to a host.
pub struct Connection {
    sender: Sender,
    scheme: &'static str,
    address: String,
    local: SocketAddr,
    driver: JoinHandle<()>,
}

enum Sender {
    Http11(http1::SendRequest<RequestBody>),
    Http2(http2::SendRequest<RequestBody>),
}

impl Connection {
    pub(crate) async fn open(
        to: SocketAddr,
        version: Version,
        tls: Option<&Certificate>,
    ) -> anyhow::Result<Self> {
        // Boxed because it is large.
        Box::pin(within("a connection", async {
            let stream = TcpStream::connect(to).await.with_context(|| format!("connecting to {to}"))?;
            let local = stream.local_addr()?;
            let (sender, driver) = match tls {
                Some(certificate) => start(certificate.handshake(stream, version).await?, version).await?,
                None => start(stream, version).await?,
            };
            let scheme = if tls.is_some() { "https" } else { "http" };
            Ok(Self { sender, scheme, address: to.to_string(), local, driver })
        }))
        .await?
    }

    /// This end's address: what the host takes for the client.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Sends a request and waits for the head of its response. The body then comes as the host sends it.
    /// The connection's version is used, not the request's.
    ///
    /// # Errors
    /// The connection ended before there was a head, or nothing came in [`PATIENCE`](crate::PATIENCE).
    pub async fn head(&mut self, mut request: Request) -> anyhow::Result<http::Response<Incoming>> {
        request.version = match self.sender {
            Sender::Http11(_) => Version::Http11,
            Sender::Http2(_) => Version::Http2,
        };
        let what = format!("a response to {} {}", request.method, request.target);
        let request = request.build(self.scheme, &self.address)?;
        let response = within(&what, async {
            match &mut self.sender {
                Sender::Http11(sender) => {
                    sender.ready().await?;
                    sender.send_request(request).await
                }
                Sender::Http2(sender) => {
                    sender.ready().await?;
                    sender.send_request(request).await
                }
            }
        });
        response.await?.context(what)
    }

    /// Sends a request and waits for the whole response, or what there is of it.
    ///
    /// # Errors
    /// As with [`head`](Self::head), and when the body stays unfinished without coming to an end.
    pub async fn send(&mut self, request: Request) -> anyhow::Result<Response> {
        let (head, mut incoming) = self.head(request).await?.into_parts();
        let (mut body, mut trailers, mut cut) = (Vec::new(), None, None);
        within("the end of the response's body", async {
            while let Some(frame) = incoming.frame().await {
                match frame.map(hyper::body::Frame::into_data) {
                    Ok(Ok(data)) => body.extend_from_slice(&data),
                    Ok(Err(frame)) => trailers = frame.into_trailers().ok(),
                    Err(error) => {
                        cut = Some(format!("{:#}", anyhow::Error::from(error)));
                        break;
                    }
                }
            }
        })
        .await?;
        Ok(Response {
            status: head.status.as_u16(),
            headers: head.headers,
            bytes: body.into(),
            trailers: trailers.unwrap_or_default(),
            cut,
            client: self.local,
        })
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

async fn start<S>(stream: S, version: Version) -> anyhow::Result<(Sender, JoinHandle<()>)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    // The driver's error is the request's too, where it matters.
    Ok(match version {
        Version::Http11 => {
            let (sender, driver) = http1::handshake(io).await?;
            (Sender::Http11(sender), tokio::spawn(async { drop(driver.await) }))
        }
        Version::Http2 => {
            let (sender, driver) = http2::handshake(TokioExecutor::new(), io).await?;
            (Sender::Http2(sender), tokio::spawn(async { drop(driver.await) }))
        }
    })
}

/// A response, read to its end.
#[derive(Debug, Clone)]
pub struct Response {
    status: u16,
    headers: HeaderMap,
    bytes: Bytes,
    trailers: HeaderMap,
    cut: Option<String>,
    client: SocketAddr,
}

impl Response {
    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The value of the first header line of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header value that is text"))
    }

    /// The trailers; empty if there were none.
    pub fn trailers(&self) -> &HeaderMap {
        &self.trailers
    }

    /// Why the body broke off, if it did: what [`part`](Self::part) has is not all of it.
    pub fn cut(&self) -> Option<&str> {
        self.cut.as_deref()
    }

    /// The body, or its beginning if it was cut.
    pub fn part(&self) -> &Bytes {
        &self.bytes
    }

    /// The body. Panics if it was cut.
    pub fn bytes(&self) -> &Bytes {
        assert_eq!(self.cut(), None, "the body broke off after {} bytes", self.bytes.len());
        &self.bytes
    }

    /// The body as text. Panics if it was cut or is none.
    pub fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).expect("a body of text")
    }

    /// The body as JSON. Panics if it was cut or is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(self.bytes()).unwrap_or_else(|error| panic!("{error} in {:?}", self.text()))
    }

    /// The client's end of the connection, as the host saw it.
    pub fn client(&self) -> SocketAddr {
        self.client
    }

    #[cfg(test)]
    pub(crate) fn made(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Self {
        let line = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut map = HeaderMap::new();
        for (name, value) in headers.iter().map(line) {
            map.append(name, value);
        }
        Self {
            status,
            headers: map,
            bytes: body.to_owned().into(),
            trailers: HeaderMap::new(),
            cut: None,
            client: SocketAddr::from(([127, 0, 0, 1], 0)),
        }
    }
}
