//! Requests and responses: heads, bodies, trailers, and time.

use probe_support::{Target, json};
use wasip3::clocks::monotonic_clock::wait_for;
use wasip3::http::types::{Fields, Method, Request, Response, Scheme};
use wasip3::wit_bindgen::StreamResult;
use wasip3::wit_future;

use crate::reply;

pub(crate) fn headers(request: &Request) -> Response {
    let header = |(name, value): &(String, Vec<u8>)| {
        json::array([json::string(name), json::string(&String::from_utf8_lossy(value))])
    };
    reply::json(json::array(request.get_headers().copy_all().iter().map(header)))
}

pub(crate) fn describe(request: &Request) -> Response {
    let scheme = request.get_scheme().map(|scheme| match scheme {
        Scheme::Http => "http".into(),
        Scheme::Https => "https".into(),
        Scheme::Other(other) => other,
    });
    reply::json(json::object([
        ("method", json::string(&method(request.get_method()))),
        ("scheme", json::optional(scheme.as_deref())),
        ("authority", json::optional(request.get_authority().as_deref())),
        ("path", json::optional(request.get_path_with_query().as_deref())),
    ]))
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

pub(crate) fn echo(request: Request) -> Response {
    // The second announces trailers; HTTP/1.1 front ends send none that are not announced.
    let headers = request.get_headers();
    let copied = ["content-type", "trailer"].map(|name| {
        let value = headers.get(name).into_iter().next();
        (name, value.and_then(|value| String::from_utf8(value).ok()))
    });
    let copied = copied.iter().filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    let copied: Vec<_> = copied.collect();

    reply::stream(200, &copied, async move |mut body| {
        let (_done, done) = wit_future::new(|| Ok(()));
        let (mut source, trailers) = Request::consume_body(request, done);
        loop {
            let (result, chunk) = source.read(Vec::with_capacity(1 << 16)).await;
            if !chunk.is_empty() && !body.write(chunk).await {
                return;
            }
            if matches!(result, StreamResult::Dropped) {
                break;
            }
        }
        drop(source);
        match trailers.await {
            Ok(trailers) => body.finish(trailers).await,
            // The body is dropped unfinished: the host must not pass it off as complete.
            Err(code) => eprintln!("echo: {code:?}"),
        }
    })
}

pub(crate) fn trailers() -> Response {
    // HTTP/1.1 front ends send trailers only if they are announced.
    reply::stream(200, &[("content-type", "text/plain"), ("trailer", "x-probe")], async |mut body| {
        body.write(b"trailers follow\n".to_vec()).await;
        body.finish(Fields::from_list(&[("x-probe".into(), b"done".to_vec())]).ok()).await;
    })
}

pub(crate) fn stream(target: Target) -> Response {
    reply::stream(200, &[("content-type", "text/plain")], async move |mut body| {
        let chunk = vec![b'.'; target.number("size", 16) as usize];
        for number in 0..target.number("chunks", 5) {
            if number > 0 {
                sleep(&target).await;
            }
            if !body.write(chunk.clone()).await {
                return;
            }
        }
        body.finish(None).await;
    })
}

pub(crate) fn big(target: &Target) -> Response {
    let mut left = target.number("bytes", 1 << 20);
    reply::stream(200, &[("content-type", "application/octet-stream")], async move |mut body| {
        while left > 0 {
            let part = left.min(1 << 16);
            if !body.write(vec![b'.'; part as usize]).await {
                return;
            }
            left -= part;
        }
        body.finish(None).await;
    })
}

pub(crate) fn after(target: Target) -> Response {
    reply::stream(200, &[("content-type", "text/plain")], async move |mut body| {
        body.write(b"more happens after this\n".to_vec()).await;
        body.finish(None).await;
        sleep(&target).await;
        println!("after done");
    })
}

/// Waits for the parameter `ms`, through the host's clock.
pub(crate) async fn sleep(target: &Target) {
    wait_for(target.number("ms", 100).saturating_mul(1_000_000)).await;
}
