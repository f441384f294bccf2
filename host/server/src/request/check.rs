//! What a request must be before an app hears of it.

use http::header::{HOST, HeaderValue};
use http::request::Parts;
use http::{Method, Version};

use crate::connection::refusal::Refusal;
use crate::limits::Limits;

/// Checks a request and takes out the host it is for; nothing where HTTP/1.0 names none. Whether it names two
/// is seen when all headers are gone through.
///
/// # Errors
/// Why the request is refused.
pub(crate) fn check(parts: &mut Parts, limits: &Limits) -> Result<Option<HeaderValue>, Refusal> {
    if parts.method == Method::CONNECT {
        return Err(Refusal::Tunnel);
    }
    // RFC 9112 sections 3.2.3 and 3.2.4: a bare authority is the target of CONNECT alone, `*` that of OPTIONS.
    let bare =
        parts.version != Version::HTTP_2 && parts.uri.authority().is_some() && parts.uri.scheme().is_none();
    if bare || (parts.uri.path() == "*" && parts.method != Method::OPTIONS) {
        return Err(Refusal::BadTarget);
    }
    // The gate has seen to these for HTTP/1.1.
    if parts.headers.len() > limits.head_lines {
        return Err(Refusal::TooManyLines);
    }
    if parts.uri.path_and_query().is_some_and(|target| target.as_str().len() > limits.url_bytes) {
        return Err(Refusal::UrlTooLong);
    }
    // Replaced, since that is cheaper than a copy or a removal.
    let host = parts.headers.get_mut(HOST).map(|host| std::mem::replace(host, HeaderValue::from_static("")));
    let host = match (parts.uri.authority(), host, parts.version) {
        (None, Some(host), _) => host,
        (None, None, Version::HTTP_10) => return Ok(None),
        (None, None, _) | (Some(_), None, Version::HTTP_11) => return Err(Refusal::NoHost),
        (Some(authority), Some(host), Version::HTTP_2) => {
            // RFC 9113 section 8.3.1
            if !host.as_bytes().eq_ignore_ascii_case(authority.as_str().as_bytes()) {
                return Err(Refusal::HostsDiffer);
            }
            host
        }
        // RFC 9112 section 3.2.2: a target with a host overrules the header.
        (Some(authority), _, _) => HeaderValue::from_str(authority.as_str()).map_err(|_| Refusal::BadHost)?,
    };
    if host.as_bytes().iter().all(|byte| is_of_hosts(*byte)) { Ok(Some(host)) } else { Err(Refusal::BadHost) }
}

/// Whether a byte may be in a host (RFC 3986 section 3.2.2) or port. No user: `a@b` is another host to some.
fn is_of_hosts(byte: u8) -> bool {
    static OF_HOSTS: [bool; 256] = {
        let mut set = [false; 256];
        let mut rest =
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~:[]%!$&'()*+;=".as_slice();
        while let [byte, after @ ..] = rest {
            #[expect(clippy::indexing_slicing, reason = "the index is a byte; there are 256 places")]
            {
                set[*byte as usize] = true;
            }
            rest = after;
        }
        set
    };
    OF_HOSTS.get(usize::from(byte)).copied().unwrap_or(false)
}

/// Path and query as received (HDR-08, HDR-09).
pub(crate) fn target(parts: &Parts) -> HeaderValue {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    if target == "/" {
        return HeaderValue::from_static("/");
    }
    HeaderValue::from_str(target).unwrap_or_else(|_| HeaderValue::from_static("/"))
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn verdict(version: Version, uri: &str, hosts: &[&str]) -> Result<Option<String>, Refusal> {
        let mut request = Request::builder().version(version).uri(uri);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        let host = check(&mut parts, &Limits::default())?;
        Ok(host.map(|host| host.to_str().unwrap().to_owned()))
    }

    #[test]
    fn the_host_is_where_the_version_has_it() {
        let is = |host: &str| Ok(Some(host.to_owned()));
        assert_eq!(verdict(Version::HTTP_11, "/", &["a:80"]), is("a:80"));
        assert_eq!(verdict(Version::HTTP_11, "/", &[]), Err(Refusal::NoHost));
        assert_eq!(verdict(Version::HTTP_11, "http://b/", &["a"]), is("b"));
        assert_eq!(verdict(Version::HTTP_11, "http://b/", &[]), Err(Refusal::NoHost));
        assert_eq!(verdict(Version::HTTP_10, "/", &[]), Ok(None));
        assert_eq!(verdict(Version::HTTP_10, "/", &["a"]), is("a"));
        assert_eq!(verdict(Version::HTTP_2, "http://b/", &[]), is("b"));
        assert_eq!(verdict(Version::HTTP_2, "http://b/", &["B"]), is("B"));
        assert_eq!(verdict(Version::HTTP_2, "http://b/", &["c"]), Err(Refusal::HostsDiffer));
        assert_eq!(verdict(Version::HTTP_2, "/", &[]), Err(Refusal::NoHost));
        for bad in ["a b", "a/b", "a@b", "a,b", "a?", "a#", "a\\b"] {
            assert_eq!(verdict(Version::HTTP_11, "/", &[bad]), Err(Refusal::BadHost), "{bad}");
        }
    }
}
