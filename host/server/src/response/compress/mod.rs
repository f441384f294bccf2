//! Compression of responses on the way out, where the client asks and it pays.
//!
//! Files that are compressed beforehand are the app's affair; this is for what apps make on the fly, so speed
//! counts for more than the last percent.

mod accept;
mod body;
mod encoder;

use http::StatusCode;
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderMap, HeaderValue, VARY,
};

pub(crate) use self::accept::choose;
pub(crate) use self::body::Compressed;

/// A content coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Brotli,
    Gzip,
}

/// Bodies known to be smaller are left alone: they fit one packet either way.
const LEAST_BYTES: u64 = 1024;

/// Whether a response is one to compress. `size` is the length of its body, where that is known.
pub(crate) fn suits(status: StatusCode, headers: &HeaderMap, size: Option<u64>) -> bool {
    let has_body = !matches!(
        status,
        StatusCode::NO_CONTENT
            | StatusCode::RESET_CONTENT
            | StatusCode::PARTIAL_CONTENT
            | StatusCode::NOT_MODIFIED
    );
    let declared = || headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse::<u64>().ok();
    has_body
        && size.or_else(declared).is_none_or(|size| size >= LEAST_BYTES)
        && headers.get(CONTENT_TYPE).is_some_and(|content_type| is_text(content_type.as_bytes()))
        && !headers.contains_key(CONTENT_ENCODING)
        && !headers.contains_key(CONTENT_RANGE)
        && !headers.get_all(CACHE_CONTROL).iter().any(|value| lists(value, b"no-transform"))
}

/// Changes a head to that of the compressed response.
pub(crate) fn mark(headers: &mut HeaderMap, coding: Coding) {
    let name = match coding {
        Coding::Brotli => "br",
        Coding::Gzip => "gzip",
    };
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    headers.remove(CONTENT_LENGTH);
    // Ranges would count bytes of another body.
    headers.remove(ACCEPT_RANGES);
    if !headers.get_all(VARY).iter().any(|value| lists(value, b"accept-encoding") || lists(value, b"*")) {
        headers.append(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    // The same tag must not stand for two sequences of bytes (RFC 9110 section 8.8.1).
    if let Some(tag) = headers.get(ETAG)
        && tag.as_bytes().starts_with(b"\"")
        && let Ok(weak) = HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat())
    {
        headers.insert(ETAG, weak);
    }
}

/// Whether a comma-separated list holds `token`, in any case.
pub(crate) fn lists(value: &HeaderValue, token: &[u8]) -> bool {
    value.as_bytes().split(|byte| *byte == b',').any(|part| part.trim_ascii().eq_ignore_ascii_case(token))
}

/// Whether bodies of a type shrink. Event streams do not: their events are small and flushed one by one.
fn is_text(content_type: &[u8]) -> bool {
    let essence = content_type.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
    let Some((kind, sub)) = memchr::memchr(b'/', essence)
        .and_then(|slash| Some((essence.get(..slash)?, essence.get(slash + 1..)?)))
    else {
        return false;
    };
    let is = |names: &[&str]| names.iter().any(|name| sub.eq_ignore_ascii_case(name.as_bytes()));
    let ends = |suffix: &[u8]| {
        sub.len()
            .checked_sub(suffix.len())
            .and_then(|at| sub.get(at..))
            .is_some_and(|end| end.eq_ignore_ascii_case(suffix))
    };
    if kind.eq_ignore_ascii_case(b"text") {
        return !is(&["event-stream"]);
    }
    if kind.eq_ignore_ascii_case(b"application") {
        const TEXTS: &[&str] = &[
            "json",
            "javascript",
            "xml",
            "wasm",
            "x-javascript",
            "x-ndjson",
            "graphql",
            "rtf",
            "x-www-form-urlencoded",
        ];
        return is(TEXTS) || ends(b"+json") || ends(b"+xml");
    }
    kind.eq_ignore_ascii_case(b"image") && is(&["svg+xml", "bmp", "x-icon", "vnd.microsoft.icon"])
        || kind.eq_ignore_ascii_case(b"font") && is(&["ttf", "otf"])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn what_suits() {
        let html = ("content-type", "text/html; charset=utf-8");
        let ok = |pairs: &[_]| suits(StatusCode::OK, &headers(pairs), None);
        assert!(ok(&[html]));
        assert!(ok(&[("content-type", "application/problem+json")]));
        assert!(ok(&[html, ("content-length", "1024")]));
        assert!(!ok(&[html, ("content-length", "1023")]));
        assert!(!ok(&[html, ("content-encoding", "identity")]));
        assert!(!ok(&[html, ("content-range", "bytes 0-1/2")]));
        assert!(!ok(&[html, ("cache-control", "public, No-Transform")]));
        assert!(!ok(&[("content-type", "text/event-stream")]));
        assert!(!ok(&[("content-type", "image/png")]));
        assert!(!ok(&[]));
        assert!(!suits(StatusCode::OK, &headers(&[html]), Some(10)));
        for status in [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED, StatusCode::PARTIAL_CONTENT] {
            assert!(!suits(status, &headers(&[html]), None));
        }
        assert!(suits(StatusCode::NOT_FOUND, &headers(&[html]), Some(5000)));
    }

    #[test]
    fn the_head_tells_of_it() {
        let mut map = headers(&[
            ("content-length", "5000"),
            ("accept-ranges", "bytes"),
            ("etag", "\"a\""),
            ("vary", "Cookie"),
        ]);
        mark(&mut map, Coding::Brotli);
        let expected = headers(&[
            ("content-encoding", "br"),
            ("etag", "W/\"a\""),
            ("vary", "Cookie"),
            ("vary", "Accept-Encoding"),
        ]);
        assert_eq!(map, expected);
        mark(&mut map, Coding::Gzip);
        assert_eq!(map["etag"], "W/\"a\"");
        assert_eq!(map.get_all("vary").iter().count(), 2);
    }
}
