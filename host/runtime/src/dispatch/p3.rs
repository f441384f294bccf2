//! `wasi:http/handler` 0.3: one request at a time per instance, driven until the guest's tasks have ended.

use std::future::poll_fn;
use std::sync::Arc;

use http::Request;
use wasmtime_wasi_http::Error as HttpError;
use wasmtime_wasi_http::p3::Request as WasiRequest;
use wasmtime_wasi_http::p3::bindings::Service;

use appsvc_wasi::Guest;

use super::{Call, End, report};
use crate::app::{Proxy, Warm};

/// Runs the guest for one request, until its response and all its tasks have ended.
pub(super) async fn run<B>(call: Arc<Call>, request: Request<B>) -> End
where
    B: http_body::Body<Data = bytes::Bytes, Error = HttpError> + Send + 'static,
{
    let Call { version, exchange, fate } = &*call;
    let mut warm = match version.instance(exchange).await {
        Ok(warm) => warm,
        Err((store, error)) => return End::Refused(report::not_started(&store, exchange, &error)),
    };
    let Warm { store, proxy: Proxy::P3(service), .. } = &mut warm else {
        return End::Trapped;
    };
    store.data_mut().begin_request(exchange.id());
    store.set_epoch_deadline(1);
    let called = call_handle(store, service, request, call.clone()).await;
    store.data_mut().end_request();
    match called {
        Ok(()) => {
            version.put_back(warm);
            End::Returned
        }
        Err(error) => {
            fate.cut();
            report::ended_in_error(&warm.store, exchange, &error);
            End::Trapped
        }
    }
}

async fn call_handle<B>(
    store: &mut wasmtime::Store<Guest>,
    service: &Service,
    request: Request<B>,
    call: Arc<Call>,
) -> wasmtime::Result<()>
where
    B: http_body::Body<Data = bytes::Bytes, Error = HttpError> + Send + 'static,
{
    let view = store.data_mut().http();
    let (request, request_done) = WasiRequest::from_http(view.hooks, request);
    let request = view.table.push(request)?;
    store
        .run_concurrent(async move |accessor| {
            let response = service.wasi_http_handler().call_handle(accessor, request).await?;
            let response = match response {
                Ok(response) => Ok(accessor.with(|mut access| {
                    let response = access.get().table.delete(response)?;
                    response.into_http_with_getter(&mut access, request_done, Guest::http)
                })?),
                Err(code) => Err(code.to_string()),
            };
            call.fate.answer(response);
            // What the guest still does (its body, work after the response) runs only while the store is driven.
            poll_fn(|cx| accessor.poll_no_interesting_tasks(cx)).await;
            Ok(())
        })
        .await?
}
