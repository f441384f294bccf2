//! An app on this host as the front end sees it.

use std::sync::{Arc, OnceLock};

use appsvc_os::exchange::{Exchange, Failure};
use appsvc_runtime::HttpError;
use appsvc_runtime::app::App;
use appsvc_runtime::dispatch::AppBody;
use appsvc_server::{BodyError, RequestBody, Site};
use http::header::HOST;
use http::uri::{Authority, Scheme};
use http::{HeaderName, Request, Response, Uri};
use http_body_util::BodyExt as _;

const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// An app served by this process. The address is taken before the app is loaded, so that a port in use is told at
/// once; the app comes with [`open`](LocalSite::open), before any connection is accepted.
pub struct LocalSite {
    name: String,
    app: OnceLock<Arc<App>>,
    /// What the app is told it was asked for where the client's `Host` is no host name.
    default_authority: Authority,
}

impl LocalSite {
    /// The site of the app of this name, whose default host name is `host_name`.
    ///
    /// # Errors
    ///
    /// The host name is none.
    pub fn new(name: &str, host_name: &str) -> anyhow::Result<Self> {
        Ok(Self { name: name.to_owned(), app: OnceLock::new(), default_authority: host_name.parse()? })
    }

    /// Gives the site its app; only the first counts.
    pub fn open(&self, app: Arc<App>) {
        let _ = self.app.set(app);
    }
}

impl Site for LocalSite {
    type Body = AppBody;

    fn name(&self) -> &str {
        &self.name
    }

    fn serve(
        &self,
        mut request: Request<RequestBody>,
        exchange: Arc<Exchange>,
    ) -> impl Future<Output = Result<Response<AppBody>, Failure>> + Send {
        self.make_absolute(&mut request);
        let answer =
            self.app.get().map(|app| app.serve(request.map(|body| body.map_err(body_error)), exchange));
        async {
            match answer {
                Some(answer) => answer.await,
                None => Err(Failure::Overloaded("the app is still being loaded".into())),
            }
        }
    }
}

impl LocalSite {
    /// WASI gives a guest scheme and authority apart from the headers; HTTP/1.1 has neither in its target.
    fn make_absolute<B>(&self, request: &mut Request<B>) {
        let headers = request.headers();
        let https = headers.get(FORWARDED_PROTO).is_some_and(|proto| proto == "https");
        let authority = request.uri().authority().cloned().or_else(|| {
            let host = headers.get(HOST)?;
            Authority::from_maybe_shared(bytes::Bytes::copy_from_slice(host.as_bytes())).ok()
        });
        let mut parts = std::mem::take(request.uri_mut()).into_parts();
        parts.scheme = Some(if https { Scheme::HTTPS } else { Scheme::HTTP });
        parts.authority = Some(authority.unwrap_or_else(|| self.default_authority.clone()));
        // `OPTIONS *` and `CONNECT` have no path; a guest expects one.
        parts.path_and_query.get_or_insert_with(|| http::uri::PathAndQuery::from_static("/"));
        *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
    }
}

fn body_error(error: BodyError) -> HttpError {
    match error {
        BodyError::TooSlow => HttpError::ConnectionReadTimeout,
        BodyError::Malformed => HttpError::HttpProtocolError,
        BodyError::Broken(_) => HttpError::ConnectionTerminated,
    }
}
