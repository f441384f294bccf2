//! `wasi:http/incoming-handler` 0.2.

use std::sync::Arc;

use http::Request;
use wasmtime_wasi_http::Error as HttpError;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};
use wasmtime_wasi_http::p2::body::HostOutgoingBody;

use super::{Call, End, report};
use crate::app::{Proxy, Warm};

/// Runs the guest for one request, to its return.
pub(super) async fn run<B>(call: Arc<Call>, request: Request<B>) -> End
where
    B: http_body::Body<Data = bytes::Bytes, Error = HttpError> + Send + 'static,
{
    let Call { version, exchange, fate } = &*call;
    let mut warm = match version.instance(exchange).await {
        Ok(warm) => warm,
        Err((store, error)) => return End::Refused(report::not_started(&store, exchange, &error)),
    };
    let Warm { store, proxy: Proxy::P2(proxy), .. } = &mut warm else {
        return End::Trapped;
    };
    store.data_mut().begin_request(exchange.id());
    store.set_epoch_deadline(1);

    let mut view = store.data_mut().http();
    let scheme =
        if request.uri().scheme() == Some(&http::uri::Scheme::HTTPS) { Scheme::Https } else { Scheme::Http };
    let prepared = view.new_incoming_request(scheme, request).and_then(|request| {
        let call = call.clone();
        let respond =
            move |response: Result<_, ErrorCode>| call.fate.answer(response.map_err(|code| code.to_string()));
        Ok((request, view.new_response_outparam_from_callback(respond)?))
    });
    let called = match prepared {
        Ok((request, out)) => proxy.wasi_http_incoming_handler().call_handle(&mut *store, request, out).await,
        Err(error) => Err(error),
    };
    store.data_mut().end_request();

    // A body that is still in the guest's hands now will never be finished.
    let unfinished = warm.has_grown()
        && warm.store.data_mut().table.iter_mut().any(|entry| entry.is::<HostOutgoingBody>());
    if unfinished {
        fate.cut();
    }
    match called {
        Ok(()) => {
            if !unfinished && fate.has_answered() {
                version.put_back(warm);
            }
            End::Returned
        }
        Err(error) => {
            report::ended_in_error(&warm.store, exchange, &error);
            End::Trapped
        }
    }
}
