//! From an app's response, or the lack of one, to what the client gets.

pub(crate) mod body;
pub(crate) mod compress;
mod page;
mod trouble;

use appsvc_os::exchange::Failure;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
    SERVER,
};
use http::{Response, StatusCode, Version};
use http_body::Body;

use self::body::{Course, ResponseBody};
use self::compress::Compressed;
pub(crate) use self::page::Page;
pub(crate) use self::trouble::Trouble;
use crate::request::{Asked, hop};
use crate::site::BoxError;

/// Seconds after which a client that was turned away may come again.
const RETRY_SECONDS: &str = "5";

static X_POWERED_BY: HeaderName = HeaderName::from_static("x-powered-by");

/// What a response depends on besides the app.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) asked: Asked,
    /// The request was HEAD.
    pub(crate) head: bool,
    pub(crate) version: Version,
    /// HDR-23
    pub(crate) iis_headers: bool,
}

/// Makes an app's response fit to be sent.
///
/// # Errors
/// [`Failure::InvalidResponse`] where its head is none.
pub(crate) fn finish<B: Body<Data = Bytes, Error: Into<BoxError>>>(
    response: Response<B>,
    terms: Terms,
    course: Course,
) -> Result<Response<ResponseBody<B>>, (Failure, Course)> {
    let (mut head, body) = response.into_parts();
    let no_body = matches!(head.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let exact = body.size_hint().exact();
    if let Err(what) = check(head.status, &head.headers, exact.filter(|_| !terms.head && !no_body)) {
        return Err((Failure::InvalidResponse(what), course));
    }
    if head.headers.keys().any(hop::ends_here) {
        strip(&mut head.headers);
    }
    if terms.iis_headers {
        head.headers.insert(SERVER, HeaderValue::from_static("Microsoft-IIS/10.0"));
        head.headers.insert(&X_POWERED_BY, HeaderValue::from_static("ASP.NET"));
    }
    let coding = terms.asked.coding.filter(|_| compress::suits(head.status, &head.headers, exact));
    if let Some(coding) = coding {
        compress::mark(&mut head.headers, coding);
    }
    let body = if terms.head || no_body {
        // The library would send the body of such a response on HTTP/2.
        if terms.head
            && !no_body
            && coding.is_none()
            && let Some(length) = exact
        {
            head.headers.entry(CONTENT_LENGTH).or_insert_with(|| HeaderValue::from(length));
        }
        ResponseBody::page(Bytes::new(), course)
    } else if let Some(coding) = coding {
        ResponseBody::compressed(Compressed::new(body, coding), course)
    } else {
        ResponseBody::app(body, course)
    };
    Ok(Response::from_parts(head, body))
}

/// Why a head cannot be sent. `size` is the length of the body that goes with it, where that is known.
fn check(status: StatusCode, headers: &HeaderMap, size: Option<u64>) -> Result<(), String> {
    if status.is_informational() {
        return Err(format!("its status is {status}, which no app can answer with here"));
    }
    let mut lengths = headers.get_all(CONTENT_LENGTH).iter().map(|value| {
        let number = value.to_str().ok().and_then(|text| text.trim().parse::<u64>().ok());
        number.ok_or_else(|| format!("its Content-Length is {value:?}"))
    });
    let Some(length) = lengths.next().transpose()? else { return Ok(()) };
    for other in lengths {
        let other = other?;
        if other != length {
            return Err(format!("it has two lengths, {length} and {other}"));
        }
    }
    match size {
        Some(size) if size != length => {
            Err(format!("its Content-Length is {length}, but its body has {size} bytes"))
        }
        _ => Ok(()),
    }
}

/// Takes away what ends at this hop.
fn strip(headers: &mut HeaderMap) {
    let mut names: Vec<HeaderName> = headers.keys().filter(|name| hop::ends_here(name)).cloned().collect();
    for connection in headers.get_all(CONNECTION) {
        hop::name(connection, &mut names);
    }
    for name in names {
        headers.remove(name);
    }
}

/// The platform's page in place of an app's response, with a line for the operator.
pub(crate) fn trouble<B>(trouble: &Trouble, terms: Terms, course: Course) -> Response<ResponseBody<B>> {
    let (id, status) = (course.exchange.0.id(), trouble.status());
    let (app, code) = (course.busy.conduct().app(), status.as_u16());
    if let Trouble::Refused(refusal) = trouble {
        tracing::info!(request = %id, app, status = code, reason = %refusal, "a request was refused");
    } else {
        tracing::warn!(request = %id, app, status = code, reason = %trouble, "a request had no answer");
    }
    let page = Page::new(status, id, terms.asked.html);
    let length = page.text.len();
    let text = if terms.head { Bytes::new() } else { page.text };
    let mut response = Response::new(ResponseBody::page(text, course));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, page.content_type);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(RETRY_SECONDS));
    }
    if matches!(trouble, Trouble::Refused(_)) && terms.version < Version::HTTP_2 {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_that_are_none_are_told() {
        let with = |lengths: &[&'static str], size| {
            let mut headers = HeaderMap::new();
            for length in lengths {
                headers.append(CONTENT_LENGTH, HeaderValue::from_static(length));
            }
            check(StatusCode::OK, &headers, size)
        };
        with(&[], Some(3)).unwrap();
        with(&["3"], Some(3)).unwrap();
        with(&["3", "3"], None).unwrap();
        with(&["4"], Some(3)).unwrap_err();
        with(&["3", "4"], None).unwrap_err();
        with(&["x"], None).unwrap_err();
        check(StatusCode::SWITCHING_PROTOCOLS, &HeaderMap::new(), None).unwrap_err();
    }

    #[test]
    fn hop_by_hop_headers_end_here() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, x-a"),
            ("x-a", "1"),
            ("keep-alive", "5"),
            ("upgrade", "h2c"),
            ("x-b", "2"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        strip(&mut headers);
        assert_eq!(headers.keys().collect::<Vec<_>>(), ["x-b"]);
    }
}
