//! Answers every request `200 text/plain "Hello, world!"` through WASI 0.2, with as little guest code as
//! possible: what a benchmark of this component measures is the host.

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam};

struct Hello;

wasip2::http::proxy::export!(Hello);

impl Guest for Hello {
    fn handle(_request: IncomingRequest, response_out: ResponseOutparam) {
        let headers = Fields::new();
        headers.append("content-type", b"text/plain").unwrap();
        let response = OutgoingResponse::new(headers);
        let body = response.body().unwrap();
        ResponseOutparam::set(response_out, Ok(response));

        let stream = body.write().unwrap();
        // A new stream has room for a short body. A client that has gone is not this guest's failure.
        _ = stream.blocking_write_and_flush(b"Hello, world!");
        drop(stream);
        _ = OutgoingBody::finish(body, None);
    }
}
