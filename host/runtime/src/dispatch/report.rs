//! What the operator is told when a guest fails: the app, the request and the guest's own back trace.

use appsvc_os::exchange::{Exchange, Failure};
use wasmtime::{PoolConcurrencyLimitError, Store};
use wasmtime_wasi::I32Exit;

use appsvc_wasi::Guest;

use crate::backtrace;

/// Writes the line about a guest that ended in an error while it served `exchange`.
pub(super) fn ended_in_error(store: &Store<Guest>, exchange: &Exchange, error: &wasmtime::Error) {
    let app = store.data().sandbox().app();
    let request = exchange.id();
    if let Some(I32Exit(code)) = error.downcast_ref::<I32Exit>() {
        tracing::error!(app, %request, code, "the app called exit while it served a request");
        return;
    }
    let memory = if store.data().limiter.refused() {
        "; the memory of its plan was used up, a higher --plan has more"
    } else {
        ""
    };
    tracing::error!(app, %request, "the app failed{memory}: {}", backtrace::describe(error));
}

/// Why no instance could be made, and the line about it.
pub(super) fn not_started(store: &Store<Guest>, exchange: &Exchange, error: &wasmtime::Error) -> Failure {
    let app = store.data().sandbox().app();
    let request = exchange.id();
    let reason = if error.is::<PoolConcurrencyLimitError>() {
        "as many instances are alive as the host has room for"
    } else if store.data().limiter.refused() {
        "the memory of its plan is used up"
    } else {
        tracing::error!(app, %request, "the app could not be started: {}", backtrace::describe(error));
        return Failure::Trapped;
    };
    tracing::warn!(app, %request, "no instance for a request: {reason}");
    Failure::Overloaded(reason.into())
}
