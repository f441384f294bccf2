//! The hooks of `wasi:http`: what the host decides for the upstream bindings.
//!
//! Outgoing requests are refused here. Upstream's own sender would go around every policy (it connects by
//! itself, to any address), so its feature is off and there is no way to reach it.

use std::sync::Arc;

use http::HeaderName;
use wasmtime_wasi_http::{Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpHooks};

use crate::net::Denials;
use crate::sandbox::Sandbox;

/// Writes a guest may make to a response body before it waits for the client to take one.
const BODY_BUFFER_CHUNKS: usize = 16;

type IoDone = Box<dyn Future<Output = Result<(), Error>> + Send>;

/// Headers a guest neither sees nor sets: those of the connection, which is not its own. Upstream's list but for
/// `Host`, which every program behind App Service sees and frameworks build their links from. A match, because
/// the list is looked through for every header of every request.
fn is_forbidden(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "connection"
            | "http2-settings"
            | "keep-alive"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "proxy-connection"
            | "transfer-encoding"
            | "upgrade"
    )
}

/// The hooks of one guest.
pub struct Hooks {
    denials: Arc<Denials>,
}

impl Hooks {
    pub(crate) fn new(sandbox: &Sandbox) -> Self {
        Self { denials: sandbox.denials().clone() }
    }
}

impl WasiHttpHooks for Hooks {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        is_forbidden(name)
    }

    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::new(is_forbidden)
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _options: Option<RequestOptions>,
        _done: IoDone,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, IoDone), Error>> + Send> {
        let authority = request.uri().authority().map_or("an unnamed host", |authority| authority.as_str());
        self.denials.deny("send an HTTP request to", &authority);
        Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
    }

    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        BODY_BUFFER_CHUNKS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime_wasi_http::DEFAULT_FORBIDDEN_HEADERS;

    #[test]
    fn the_list_is_upstreams_but_for_host() {
        for name in &DEFAULT_FORBIDDEN_HEADERS {
            assert_eq!(is_forbidden(name), name != http::header::HOST, "{name}");
        }
        assert_eq!(DEFAULT_FORBIDDEN_HEADERS.len(), 9);
        assert!(!is_forbidden(&http::header::ACCEPT));
    }
}
