//! Errors as JSON, so that a test can tell them apart.

use std::fmt::Debug;
use std::io;

use crate::json;

/// `{"ok":false,"kind":...,"raw":...,"message":...}`: kind as Rust names it, raw as the C library numbers it
/// (`null` where there is no number).
pub fn of_io(error: &io::Error) -> String {
    json::object([
        ("ok", "false".into()),
        ("kind", json::string(&format!("{:?}", error.kind()))),
        ("raw", error.raw_os_error().map_or_else(|| "null".into(), |raw| raw.to_string())),
        ("message", json::string(&error.to_string())),
    ])
}

/// `{"ok":false,"code":...,"detail":...}`: code is the case's name in WIT (`connection-refused`), detail the
/// whole value as Rust prints it.
pub fn of_wasi(code: &impl Debug) -> String {
    let detail = format!("{code:?}");
    json::object([
        ("ok", "false".into()),
        ("code", json::string(&wit_name(&detail))),
        ("detail", json::string(&detail)),
    ])
}

/// `ErrorCode::DnsError(...)` as `dns-error`.
fn wit_name(debug: &str) -> String {
    let case = debug.split(['(', ' ', '{']).next().unwrap_or(debug);
    let case = case.rsplit("::").next().unwrap_or(case);
    let mut name = String::new();
    for character in case.chars() {
        if character.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(character.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    #[test]
    fn codes_are_named_as_in_wit() {
        assert_eq!(super::wit_name("ErrorCode::DnsError(DnsErrorPayload { rcode: None })"), "dns-error");
        assert_eq!(super::wit_name("ErrorCode::ConnectionRefused"), "connection-refused");
        assert_eq!(super::wit_name("HttpRequestDenied"), "http-request-denied");
    }
}
