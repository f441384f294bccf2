//! Answers every request `200 text/plain "Hello, world!"` through WASI 0.3, with as little guest code as
//! possible: what a benchmark of this component measures is the host.

use wasip3::exports::http::handler::Guest;
use wasip3::http::types::{ErrorCode, Fields, Request, Response};
use wasip3::{wit_future, wit_stream};

struct Hello;

wasip3::http::service::export!(Hello);

impl Guest for Hello {
    async fn handle(_request: Request) -> Result<Response, ErrorCode> {
        let headers = Fields::new();
        headers.append("content-type", b"text/plain").unwrap();
        let (mut body, body_reader) = wit_stream::new();
        // Dropping the writer resolves the trailers to the default: none.
        let (_, trailers) = wit_future::new(|| Ok(None));
        let (response, _sent) = Response::new(headers, Some(body_reader), trailers);

        // The stream has no buffer: a write ends when the host reads, which is after `handle` returns.
        wasip3::spawn_local(async move {
            // What could not be written comes back; a client that has gone is not this guest's failure.
            body.write_all(b"Hello, world!".to_vec()).await;
        });
        Ok(response)
    }
}
