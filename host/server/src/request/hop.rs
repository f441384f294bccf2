//! Headers that end at this hop (RFC 9110 section 7.6.1).

use http::header::{
    CONNECTION, CONTENT_LENGTH, EXPECT, HOST, HeaderName, HeaderValue, PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE,
};

/// Whether a header concerns this connection and nobody behind it.
pub(crate) fn ends_here(name: &HeaderName) -> bool {
    match name.as_str().as_bytes() {
        [b'c', ..] => *name == CONNECTION,
        // The library has sent `100 Continue` on its own.
        [b'e', ..] => *name == EXPECT,
        [b'k', ..] => name == "keep-alive",
        [b'p', ..] => {
            *name == PROXY_AUTHORIZATION || *name == PROXY_AUTHENTICATE || name == "proxy-connection"
        }
        [b't', ..] => *name == TRANSFER_ENCODING || *name == TE,
        [b'u', ..] => *name == UPGRADE,
        _ => false,
    }
}

/// Adds the headers that a line of `Connection` names besides. Those that a message cannot do without stay, and `TE`, which
/// is looked at on its own.
pub(crate) fn name(connection: &HeaderValue, names: &mut Vec<HeaderName>) {
    for token in connection.as_bytes().split(|byte| *byte == b',') {
        let token = token.trim_ascii();
        let usual = token.eq_ignore_ascii_case(b"close") || token.eq_ignore_ascii_case(b"keep-alive");
        if !usual
            && let Ok(name) = HeaderName::from_bytes(token)
            && ![HOST, CONTENT_LENGTH, TE].contains(&name)
        {
            names.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_names_further_headers_but_not_the_needed_ones() {
        let mut names = Vec::new();
        name(&HeaderValue::from_static("close, X-One,,keep-alive, host"), &mut names);
        name(&HeaderValue::from_static("x-two, Content-Length, TE, (x)"), &mut names);
        assert_eq!(names, ["x-one", "x-two"]);
    }

    #[test]
    fn only_connection_headers_end_here() {
        for name in [
            "connection",
            "expect",
            "keep-alive",
            "proxy-authorization",
            "proxy-connection",
            "te",
            "transfer-encoding",
            "upgrade",
        ] {
            assert!(ends_here(&HeaderName::from_static(name)), "{name}");
        }
        for name in ["cookie", "etag", "trailer", "pragma", "user-agent", "content-length", "x"] {
            assert!(!ends_here(&HeaderName::from_static(name)), "{name}");
        }
    }
}
