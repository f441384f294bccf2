//! From a client's headers to those an app sees, in one pass.

use http::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, TE,
};

use super::{hop, platform};
use crate::connection::refusal::Refusal;
use crate::response::compress::{self, Coding};

/// What the response must know of the request's headers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// How the client would have the response compressed.
    pub(crate) coding: Option<Coding>,
    /// Whether the client takes HTML.
    pub(crate) html: bool,
}

/// What becomes of a client's header.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Kept,
    /// One line of several (RFC 9113 section 8.2.3).
    Joined,
    Dropped,
}

/// Adds the client's headers to `map`, which holds the platform's, as far as an app should see them.
///
/// # Errors
/// [`Refusal::TwoHosts`]
pub(crate) fn admit(map: &mut HeaderMap, mut client: HeaderMap, compression: bool) -> Result<Asked, Refusal> {
    let mut asked = Asked { coding: None, html: true };
    let mut named = Vec::new();
    let mut lines = client.drain().peekable();
    while let Some((name, value)) = lines.next() {
        let Some(name) = name else { continue };
        note(&mut asked, &name, &value, compression);
        let several = matches!(lines.peek(), Some((None, _)));
        let fate = if name == HOST {
            if several {
                return Err(Refusal::TwoHosts);
            }
            Fate::Dropped
        } else if platform::take(map, &name, &value) {
            Fate::Dropped
        } else if hop::ends_here(&name) {
            if name == CONNECTION {
                hop::name(&value, &mut named);
            } else if name == TE && compress::lists(&value, b"trailers") {
                // Trailers do get through, so this does not end here.
                map.insert(TE, HeaderValue::from_static("trailers"));
            }
            Fate::Dropped
        } else if name == COOKIE {
            Fate::Joined
        } else {
            Fate::Kept
        };
        if !several {
            if fate != Fate::Dropped {
                map.append(name, value);
            }
            continue;
        }
        if fate != Fate::Dropped {
            map.append(&name, value);
        }
        while let Some((_, value)) = lines.next_if(|(name, _)| name.is_none()) {
            match fate {
                Fate::Kept => {
                    map.append(&name, value);
                }
                Fate::Joined => join(map, &name, &value),
                Fate::Dropped if name == CONNECTION => hop::name(&value, &mut named),
                Fate::Dropped => {
                    platform::take(map, &name, &value);
                }
            }
        }
    }
    for name in named.iter().filter(|name| !platform::is_own(name)) {
        map.remove(name);
    }
    Ok(asked)
}

fn note(asked: &mut Asked, name: &HeaderName, value: &HeaderValue, compression: bool) {
    if !name.as_str().starts_with('a') {
        return;
    }
    if compression && *name == ACCEPT_ENCODING {
        asked.coding = compress::choose(value);
    } else if *name == ACCEPT {
        let accept = value.as_bytes();
        asked.html =
            [&b"html"[..], b"*/*", b"text/*"].iter().any(|kind| memchr::memmem::find(accept, kind).is_some());
    }
}

fn join(map: &mut HeaderMap, name: &HeaderName, value: &HeaderValue) {
    if let Some(before) = map.get_mut(name)
        && let Ok(joined) = HeaderValue::from_bytes(&[before.as_bytes(), b"; ", value.as_bytes()].concat())
    {
        *before = joined;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(lines: &[(&'static str, &'static str)]) -> (HeaderMap, Asked) {
        let (mut map, mut client) = (HeaderMap::new(), HeaderMap::new());
        for (name, value) in lines {
            client.append(*name, HeaderValue::from_static(value));
        }
        let asked = admit(&mut map, client, true).unwrap();
        (map, asked)
    }

    #[test]
    fn what_concerns_the_app_gets_through_with_all_its_lines() {
        let lines =
            [("user-agent", "t"), ("x-a", "1"), ("x-a", "2"), ("content-length", "3"), ("trailer", "x")];
        let (map, _) = admitted(&lines);
        assert_eq!(map.len(), lines.len());
        assert_eq!(map.get_all("x-a").iter().collect::<Vec<_>>(), ["1", "2"]);
    }

    #[test]
    fn what_ends_here_does_not() {
        let (map, _) = admitted(&[
            ("host", "a"),
            ("connection", "keep-alive, x-a"),
            ("x-a", "1"),
            ("x-a", "2"),
            ("upgrade", "websocket"),
            ("te", "gzip"),
            ("transfer-encoding", "chunked"),
            ("x-ms-client-principal", "admin"),
            ("x-ms-client-principal", "admin"),
        ]);
        assert!(map.is_empty(), "{map:?}");
        assert_eq!(admitted(&[("te", "gzip, trailers")]).0["te"], "trailers");
    }

    #[test]
    fn nobody_can_have_the_platforms_headers_taken_away() {
        let (mut map, mut client) = (HeaderMap::new(), HeaderMap::new());
        map.insert("x-arr-log-id", HeaderValue::from_static("1"));
        map.insert(HOST, HeaderValue::from_static("a"));
        client.insert(CONNECTION, HeaderValue::from_static("x-arr-log-id, host"));
        admit(&mut map, client, true).unwrap();
        assert_eq!(map.len(), 2);
    }

    #[test]
    fn two_hosts_are_refused() {
        let mut client = HeaderMap::new();
        client.append(HOST, HeaderValue::from_static("a"));
        client.append(HOST, HeaderValue::from_static("a"));
        assert_eq!(admit(&mut HeaderMap::new(), client, true).unwrap_err(), Refusal::TwoHosts);
    }

    #[test]
    fn cookies_of_several_lines_are_one() {
        let (map, _) = admitted(&[("cookie", "a=1"), ("cookie", "b=2"), ("cookie", "c=3")]);
        assert_eq!(map.get_all("cookie").iter().collect::<Vec<_>>(), ["a=1; b=2; c=3"]);
    }

    #[test]
    fn what_the_response_must_know_is_noted() {
        for (accept, html) in [
            ("text/html,application/xml", true),
            ("*/*", true),
            ("text/*", true),
            ("application/json", false),
        ] {
            assert_eq!(admitted(&[("accept", accept)]).1.html, html, "{accept}");
        }
        assert!(admitted(&[]).1.html);
        assert_eq!(admitted(&[("accept-encoding", "gzip")]).1.coding, Some(Coding::Gzip));
        let mut client = HeaderMap::new();
        client.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        assert_eq!(admit(&mut HeaderMap::new(), client, false).unwrap().coding, None);
    }
}
