//! The pages a visitor sees in place of an app's answer: the status and the request's id, so that it can be
//! reported, and nothing about the inside.

use bytes::Bytes;
use http::StatusCode;
use http::header::HeaderValue;
use uuid::Uuid;

/// A page and its type.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) content_type: HeaderValue,
    pub(crate) text: Bytes,
}

impl Page {
    /// The page for `status`, as HTML or as plain text.
    pub(crate) fn new(status: StatusCode, id: Uuid, html: bool) -> Self {
        let (code, reason) = (status.as_str(), status.canonical_reason().unwrap_or("Error"));
        let what = explanation(status);
        let (content_type, text) = if html {
            let text = format!(
                "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{code} {reason}</title></head>\n\
                 <body>\n<h1>{code} {reason}</h1>\n<p>{what}</p>\n<p>Request id: <code>{id}</code></p>\n</body>\n</html>\n"
            );
            ("text/html; charset=utf-8", text)
        } else {
            ("text/plain; charset=utf-8", format!("{code} {reason}\n{what}\nRequest id: {id}\n"))
        };
        Self { content_type: HeaderValue::from_static(content_type), text: text.into() }
    }

    /// A whole HTTP/1.1 response after which the connection ends, for when the HTTP library cannot send one.
    pub(crate) fn to_http1(&self, status: StatusCode) -> Vec<u8> {
        let (code, reason) = (status.as_str(), status.canonical_reason().unwrap_or("Error"));
        let mut response = format!(
            "HTTP/1.1 {code} {reason}\r\ncontent-type: {}\r\ncontent-length: {}\r\ncache-control: no-store\r\n\
             connection: close\r\n\r\n",
            self.content_type.to_str().unwrap_or("text/html"),
            self.text.len()
        )
        .into_bytes();
        response.extend_from_slice(&self.text);
        response
    }
}

fn explanation(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "The request is not one that this server can read without doubt.",
        StatusCode::REQUEST_TIMEOUT => "The request took too long to arrive.",
        StatusCode::URI_TOO_LONG => "The address of the request is too long.",
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => "The headers of the request are too large.",
        StatusCode::NOT_IMPLEMENTED => "This server does not do what the request asks for.",
        StatusCode::BAD_GATEWAY => "The app did not give a valid answer.",
        StatusCode::SERVICE_UNAVAILABLE => "There are too many requests at the moment. Please try again.",
        _ => "The app could not answer the request.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_tell_status_and_id() {
        let id = Uuid::from_u128(7);
        for html in [true, false] {
            let page = Page::new(StatusCode::BAD_GATEWAY, id, html);
            let text = std::str::from_utf8(&page.text).unwrap();
            assert!(text.contains("502 Bad Gateway") && text.contains(&id.to_string()));
            assert_eq!(text.contains("<html"), html);
        }
    }

    #[test]
    fn a_raw_response_has_the_length_of_its_page() {
        let page = Page::new(StatusCode::REQUEST_TIMEOUT, Uuid::nil(), true);
        let response = String::from_utf8(page.to_http1(StatusCode::REQUEST_TIMEOUT)).unwrap();
        let (head, body) = response.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 408 Request Timeout\r\n"));
        assert!(head.contains(&format!("content-length: {}\r\n", body.len())));
    }
}
