//! What the requests of a server, and of a connection, have in common.

use std::sync::Arc;

use http::header::{HeaderMap, HeaderValue};
use hyper::server::conn::http1;

use crate::limits::Limits;
use crate::shutdown::Shutdown;
use crate::threads::Threads;
use crate::tls::Tls;

/// Of a server.
pub(crate) struct Shared<S> {
    pub(crate) site: S,
    pub(crate) app: Arc<str>,
    pub(crate) limits: Limits,
    pub(crate) tls: Option<Tls>,
    pub(crate) iis_headers: bool,
    pub(crate) compression: bool,
    pub(crate) threads: Arc<Threads>,
    pub(crate) shutdown: Arc<Shutdown>,
    pub(crate) http1: http1::Builder,
    /// For each thread, in their order.
    pub(crate) templates: Vec<Arc<HeaderMap>>,
}

/// Of a connection.
pub(crate) struct Context<S> {
    pub(crate) shared: Arc<Shared<S>>,
    /// Of its thread; see [`crate::request::platform`].
    pub(crate) template: Arc<HeaderMap>,
    /// What goes into it.
    pub(crate) values: Vec<HeaderValue>,
    /// There are too many connections already: every request is answered with that.
    pub(crate) refused: bool,
}
