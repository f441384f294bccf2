//! An app as the front end sees it.

use std::future::Future;
use std::sync::Arc;

use appsvc_os::exchange::{Exchange, Failure};
use bytes::Bytes;

use crate::request::RequestBody;

/// Any error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Something that answers requests: an app on this host, or in a process of its own.
pub trait Site: Send + Sync + 'static {
    /// The body of its responses. An error in it after the head resets the connection (HTTP/2: the stream).
    /// A body that is complete when the head is given should have an exact size hint: it becomes the
    /// response's `Content-Length`.
    type Body: http_body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static;

    /// The app's name, as in its default host name.
    fn name(&self) -> &str;

    /// Answers one request.
    ///
    /// The request's URI is as the client sent it (HTTP/1.1: path and query; HTTP/2: with scheme and
    /// authority). `Host` is always there, once; `X-Forwarded-Proto` is always there and tells the scheme.
    ///
    /// Trailers of the response are sent as they are on HTTP/2; on HTTP/1.1 only those that the response's
    /// header `Trailer` names, and only to a client that sent `TE: trailers`.
    ///
    /// The future is dropped when the client has been answered without it (the time limit) or went away;
    /// what the guest then still does is the site's affair, in the background.
    ///
    /// # Errors
    /// [`Failure`] tells why there is no response; the client gets the status that stands with its variant.
    fn serve(
        &self,
        request: http::Request<RequestBody>,
        exchange: Arc<Exchange>,
    ) -> impl Future<Output = Result<http::Response<Self::Body>, Failure>> + Send;
}
