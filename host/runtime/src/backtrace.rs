//! A failure of a guest as text: what happened, and the guest's stack.
//!
//! The names of functions come from the component, so whoever built it chose them: each is made harmless, or a
//! guest could write lines of the log by the names of its functions.

use std::fmt::Write as _;

use appsvc_os::lines::harmless;
use wasmtime::WasmBacktrace;

/// The error, its causes, and the guest's stack, innermost frame first.
pub(crate) fn describe(error: &wasmtime::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        // The engine's own headline over the frames, which follow below.
        if cause.starts_with("error while executing") {
            continue;
        }
        if !text.is_empty() {
            text.push_str(": ");
        }
        text.push_str(&harmless(cause.as_bytes()));
    }
    let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() else {
        return text;
    };
    text.push_str("; wasm backtrace:");
    for (number, frame) in backtrace.frames().iter().enumerate() {
        let module = frame.module().name().unwrap_or("unnamed module");
        let function = match frame.func_name() {
            Some(name) => format!("{:#}", rustc_demangle::demangle(name)),
            None => format!("function {}", frame.func_index()),
        };
        let offset = frame.module_offset().unwrap_or_default();
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "\n    {number:>3}: {offset:#8x} - {}!{}",
            harmless(module.as_bytes()),
            harmless(function.as_bytes())
        );
    }
    text
}
