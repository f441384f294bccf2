//! Answering: the one response of a request, and its body.

use std::fmt::Debug;

use probe_support::{error, json};
use wasip3::http::types::{ErrorCode, Fields, Response};
use wasip3::wit_bindgen::{FutureWriter, StreamWriter};
use wasip3::{wit_future, wit_stream};

/// Members of a JSON object.
pub(crate) type Members = Vec<(&'static str, String)>;

pub(crate) fn text(status: u16, text: &str) -> Response {
    send(status, "text/plain; charset=utf-8", text.into())
}

/// 200 with JSON that is written already.
pub(crate) fn json(text: String) -> Response {
    send(200, "application/json", text.into_bytes())
}

/// 200 with `{"ok":true}` and more members.
pub(crate) fn ok(members: Members) -> Response {
    json(json::object([("ok", "true".into())].into_iter().chain(members)))
}

/// 200 with what came of something.
pub(crate) fn result<E: Debug>(result: Result<Members, E>) -> Response {
    result.map_or_else(|code| json(error::of_wasi(&code)), ok)
}

fn send(status: u16, content_type: &str, content: Vec<u8>) -> Response {
    stream(status, &[("content-type", content_type)], async move |mut body| {
        body.write(content).await;
        body.finish(None).await;
    })
}

/// A response whose body `write` sends after `handle` has returned. The headers and the status must be ones that
/// the host accepts.
pub(crate) fn stream<W>(status: u16, headers: &[(&str, &str)], write: W) -> Response
where
    W: AsyncFnOnce(Body) + 'static,
{
    let fields = Fields::new();
    for (name, value) in headers {
        fields.append(name, value.as_bytes()).expect("the host refuses a plain header");
    }
    let (response, body) = start(fields);
    response.set_status_code(status).expect("the host refuses the status code");
    wasip3::spawn_local(write(body));
    response
}

/// A response and its body, which is to be sent by a task of its own.
pub(crate) fn start(headers: Fields) -> (Response, Body) {
    let (stream, reader) = wit_stream::new();
    let (end, trailers) = wit_future::new(|| Err(ErrorCode::InternalError(Some("unfinished".into()))));
    let (response, _sent) = Response::new(headers, Some(reader), trailers);
    (response, Body { stream, end })
}

/// A body that is being sent. Dropped unfinished it ends with an error.
pub(crate) struct Body {
    stream: StreamWriter<u8>,
    end: FutureWriter<Result<Option<Fields>, ErrorCode>>,
}

impl Body {
    /// Writes all of it, waiting for the reader. False if the reader has gone.
    pub(crate) async fn write(&mut self, content: Vec<u8>) -> bool {
        self.stream.write_all(content).await.is_empty()
    }

    pub(crate) async fn finish(self, trailers: Option<Fields>) {
        drop(self.stream);
        // Fails if the client has gone, which is not a failure of the probe.
        _ = self.end.write(Ok(trailers)).await;
    }
}
