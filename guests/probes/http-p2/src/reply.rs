//! Answering: the one response of a request, and its body.

use std::io::Write as _;

use probe_support::json;
use wasip2::http::types::{ErrorCode, Fields, OutgoingBody, OutgoingResponse, ResponseOutparam};
use wasip2::io::streams::OutputStream;

/// The right to answer. Routes use it up.
pub(crate) struct Reply(ResponseOutparam);

impl Reply {
    pub(crate) fn new(response_out: ResponseOutparam) -> Self {
        Self(response_out)
    }

    /// The host's own handle.
    pub(crate) fn into_inner(self) -> ResponseOutparam {
        self.0
    }

    pub(crate) fn text(self, status: u16, text: &str) {
        self.send(status, "text/plain; charset=utf-8", text.as_bytes());
    }

    /// 200 with JSON that is written already.
    pub(crate) fn json(self, text: String) {
        self.send(200, "application/json", text.as_bytes());
    }

    /// 200 with `{"ok":true}` and more members.
    pub(crate) fn ok<const N: usize>(self, members: [(&str, String); N]) {
        self.json(json::object([("ok", "true".into())].into_iter().chain(members)));
    }

    fn send(self, status: u16, content_type: &str, content: &[u8]) {
        let mut body = self.head(status, &[("content-type", content_type)]);
        body.write(content);
        body.finish(None);
    }

    /// Sends the head; the body follows. The headers and the status must be ones that the host accepts.
    pub(crate) fn head(self, status: u16, headers: &[(&str, &str)]) -> Body {
        let fields = Fields::new();
        for (name, value) in headers {
            fields.append(name, value.as_bytes()).expect("the host refuses a plain header");
        }
        let response = OutgoingResponse::new(fields);
        response.set_status_code(status).expect("the host refuses the status code");
        self.response(response)
    }

    /// Sends a response that is made already.
    pub(crate) fn response(self, response: OutgoingResponse) -> Body {
        let body = response.body().expect("the body of a new response can be had once");
        let stream = body.write().expect("the stream of a new body can be had once");
        ResponseOutparam::set(self.0, Ok(response));
        Body { stream, body }
    }

    pub(crate) fn error(self, code: ErrorCode) {
        ResponseOutparam::set(self.0, Err(code));
    }
}

/// A body that is being sent. Dropped unfinished it is, for the host, an incomplete one.
pub(crate) struct Body {
    // In this order: the stream is a child of the body and has to be dropped first.
    pub(crate) stream: OutputStream,
    body: OutgoingBody,
}

impl Body {
    /// Writes all of it, waiting where the host takes no more. A client that has gone is not a failure of the
    /// probe, so errors are dropped; the host sees them.
    pub(crate) fn write(&mut self, content: &[u8]) -> bool {
        self.stream.write_all(content).is_ok()
    }

    /// Writes and waits until the host has it. False if the client has gone.
    pub(crate) fn flush(&mut self, content: &[u8]) -> bool {
        self.write(content) && self.stream.blocking_flush().is_ok()
    }

    pub(crate) fn finish(self, trailers: Option<Fields>) {
        drop(self.stream);
        _ = OutgoingBody::finish(self.body, trailers);
    }
}
