//! Requests and responses: heads, bodies, trailers, and time.

use std::io::Write as _;

use probe_support::{Target, json};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::http::types::{Fields, IncomingBody, IncomingRequest, Method, Scheme};
use wasip2::io::streams::StreamError;

use crate::reply::Reply;

pub(crate) fn route(target: &Target, request: IncomingRequest, reply: Reply) -> Result<(), Reply> {
    match target.path() {
        "/headers" => reply.json(json::array(request.headers().entries().iter().map(header))),
        "/request" => describe(&request, reply),
        "/echo" => echo(request, reply),
        "/trailers" => {
            // HTTP/1.1 front ends send trailers only if they are announced.
            let mut body = reply.head(200, &[("content-type", "text/plain"), ("trailer", "x-probe")]);
            body.write(b"trailers follow\n");
            let trailers = Fields::from_list(&[("x-probe".into(), b"done".to_vec())]);
            body.finish(trailers.ok());
        }
        "/stream" => stream(target, reply),
        "/big" => big(target, reply),
        "/sleep" => {
            sleep(target);
            reply.text(200, "slept\n");
        }
        "/after" => {
            reply.text(200, "more happens after this\n");
            sleep(target);
            println!("after done");
        }
        _ => match target.after("/status/").and_then(|status| status.parse().ok()) {
            Some(status) => reply.text(status, &format!("status {status}\n")),
            None => return Err(reply),
        },
    }
    Ok(())
}

fn header((name, value): &(String, Vec<u8>)) -> String {
    json::array([json::string(name), json::string(&String::from_utf8_lossy(value))])
}

fn describe(request: &IncomingRequest, reply: Reply) {
    let scheme = request.scheme().map(|scheme| match scheme {
        Scheme::Http => "http".into(),
        Scheme::Https => "https".into(),
        Scheme::Other(other) => other,
    });
    reply.json(json::object([
        ("method", json::string(&method(request.method()))),
        ("scheme", json::optional(scheme.as_deref())),
        ("authority", json::optional(request.authority().as_deref())),
        ("path", json::optional(request.path_with_query().as_deref())),
    ]));
}

fn method(method: Method) -> String {
    let name = match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(other) => return other,
    };
    name.into()
}

fn echo(request: IncomingRequest, reply: Reply) {
    // The second announces trailers; HTTP/1.1 front ends send none that are not announced.
    let copied = ["content-type", "trailer"].map(|name| {
        let value = request.headers().get(name).into_iter().next();
        (name, value.and_then(|value| String::from_utf8(value).ok()))
    });
    let copied = copied.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    let headers: Vec<_> = copied.collect();
    let incoming = request.consume().expect("the body of a request can be had once");
    let source = incoming.stream().expect("the stream of a body can be had once");

    let body = reply.head(200, &headers);
    let failure = loop {
        match body.stream.blocking_splice(&source, 1 << 16) {
            Ok(_) => {}
            Err(StreamError::Closed) => break None,
            Err(StreamError::LastOperationFailed(error)) => break Some(error.to_debug_string()),
        }
    };
    drop(source);
    if let Some(failure) = failure {
        _ = writeln!(std::io::stderr(), "echo: {failure}");
        return; // the body is dropped unfinished: the host must not pass it off as complete
    }
    let trailers = IncomingBody::finish(incoming);
    trailers.subscribe().block();
    match trailers.get() {
        Some(Ok(Ok(trailers))) => body.finish(trailers.map(|fields| fields.clone())),
        other => _ = writeln!(std::io::stderr(), "echo: trailers: {other:?}"),
    }
}

fn stream(target: &Target, reply: Reply) {
    let chunk = vec![b'.'; target.number("size", 16) as usize];
    let mut body = reply.head(200, &[("content-type", "text/plain")]);
    for number in 0..target.number("chunks", 5) {
        if number > 0 {
            sleep(target);
        }
        if !body.flush(&chunk) {
            return;
        }
    }
    body.finish(None);
}

fn big(target: &Target, reply: Reply) {
    let chunk = [b'.'; 1 << 16];
    let mut left = target.number("bytes", 1 << 20);
    let mut body = reply.head(200, &[("content-type", "application/octet-stream")]);
    while left > 0 {
        let part = left.min(chunk.len() as u64);
        if !body.write(&chunk[..part as usize]) {
            return;
        }
        left -= part;
    }
    body.finish(None);
}

/// Waits for the parameter `ms`, through the host's clock.
fn sleep(target: &Target) {
    subscribe_duration(target.number("ms", 100).saturating_mul(1_000_000)).block();
}
