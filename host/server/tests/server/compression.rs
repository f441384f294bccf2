//! Compression of responses.

use std::io::Read;

use http::{HeaderMap, Response};
use http_body_util::BodyExt;

use crate::support::{
    Fake, Host, Protocol, TestBody, data, each_protocol, feed, full, mailbox, request, within,
};

fn html(body: TestBody) -> Response<TestBody> {
    Response::builder()
        .header("content-type", "text/html")
        .header("etag", "\"1\"")
        .header("accept-ranges", "bytes")
        .body(body)
        .unwrap()
}

fn page() -> String {
    "<p>All work and no play makes a dull page.</p>\n".repeat(1000)
}

async fn get(host: &Host, protocol: Protocol, accept: Option<&str>) -> (HeaderMap, Vec<u8>) {
    let mut client = host.client(protocol).await;
    let mut request = request(&client, "GET", "/");
    if let Some(accept) = accept {
        request.headers_mut().insert("accept-encoding", accept.parse().unwrap());
    }
    let (parts, body) = client.send(request).await.into_parts();
    (parts.headers, within(body.collect()).await.unwrap().to_bytes().to_vec())
}

fn decode(headers: &HeaderMap, bytes: &[u8]) -> String {
    let mut text = String::new();
    match headers.get("content-encoding").map(|coding| coding.to_str().unwrap()) {
        Some("gzip") => flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap(),
        Some("br") => brotli::Decompressor::new(bytes, 4096).read_to_string(&mut text).unwrap(),
        other => panic!("coded as {other:?}"),
    };
    text
}

async fn a_page_is_compressed_as_asked(protocol: Protocol) {
    let host = Host::start(Fake::new(|_, _| async { Ok(html(full(page()))) })).await;
    for (accept, coding) in [("gzip", "gzip"), ("br", "br"), ("gzip, deflate, br, zstd", "br")] {
        let (headers, bytes) = get(&host, protocol, Some(accept)).await;
        assert_eq!(headers["content-encoding"], coding);
        assert_eq!(headers["vary"], "Accept-Encoding");
        assert_eq!(headers["etag"], "W/\"1\"");
        assert!(!headers.contains_key("content-length") && !headers.contains_key("accept-ranges"));
        assert!(bytes.len() < page().len() / 10);
        assert_eq!(decode(&headers, &bytes), page());
    }
}

async fn a_page_is_left_alone_unless_asked(protocol: Protocol) {
    let host = Host::start(Fake::new(|_, _| async { Ok(html(full(page()))) })).await;
    for accept in [None, Some("gzip;q=0"), Some("zstd")] {
        let (headers, bytes) = get(&host, protocol, accept).await;
        assert!(!headers.contains_key("content-encoding"));
        assert_eq!(headers["etag"], "\"1\"");
        assert_eq!(bytes, page().into_bytes());
    }
}

async fn a_setting_turns_it_off(protocol: Protocol) {
    let site = Fake::new(|_, _| async { Ok(html(full(page()))) });
    let host = Host::with(site, |config| config.compression = false).await;
    let (headers, bytes) = get(&host, protocol, Some("gzip")).await;
    assert!(!headers.contains_key("content-encoding"));
    assert_eq!(bytes, page().into_bytes());
}

async fn what_the_app_compressed_is_left_alone(protocol: Protocol) {
    let host = Host::start(Fake::new(|_, _| async {
        let mut response = html(full(page()));
        response.headers_mut().insert("content-encoding", "zstd".parse().unwrap());
        Ok(response)
    }))
    .await;
    let (headers, bytes) = get(&host, protocol, Some("gzip")).await;
    assert_eq!(headers["content-encoding"], "zstd");
    assert_eq!(bytes, page().into_bytes());
}

async fn a_flushed_chunk_reaches_the_client_at_once(protocol: Protocol) {
    for coding in ["gzip", "br"] {
        let (told, mut heard) = mailbox();
        let host = Host::start(Fake::new(move |_, _| {
            let (feeder, body) = feed();
            let _ = told.send(feeder);
            async { Ok(html(body)) }
        }))
        .await;
        let mut client = host.client(protocol).await;
        let mut request = request(&client, "GET", "/");
        request.headers_mut().insert("accept-encoding", coding.parse().unwrap());
        let (parts, mut body) = client.send(request).await.into_parts();
        let feeder = heard.recv().await.unwrap();
        let (mut bytes, mut expected) = (Vec::new(), String::new());
        for text in ["one ", "two ", "three "] {
            feeder.send(data(text)).unwrap();
            expected.push_str(text);
            // All that was given so far can be read before there is any more.
            let mut read = vec![0; expected.len()];
            loop {
                let frame = within(body.frame()).await.unwrap().unwrap();
                bytes.extend_from_slice(&frame.into_data().unwrap());
                let result = match coding {
                    "gzip" => flate2::read::GzDecoder::new(&*bytes).read_exact(&mut read),
                    _ => brotli::Decompressor::new(&*bytes, 64).read_exact(&mut read),
                };
                if result.is_ok() {
                    break;
                }
            }
            assert_eq!(read, expected.as_bytes());
        }
        drop(feeder);
        bytes.extend_from_slice(&within(body.collect()).await.unwrap().to_bytes());
        assert_eq!(decode(&parts.headers, &bytes), expected);
    }
}

async fn head_tells_of_it_too(protocol: Protocol) {
    let host = Host::start(Fake::new(|_, _| async { Ok(html(full(page()))) })).await;
    let mut client = host.client(protocol).await;
    let mut request = request(&client, "HEAD", "/");
    request.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
    let response = client.send(request).await;
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert!(!response.headers().contains_key("content-length"));
    assert_eq!(within(response.into_body().collect()).await.unwrap().to_bytes(), "");
}

each_protocol! {
    a_page_is_compressed_as_asked
    a_page_is_left_alone_unless_asked
    a_setting_turns_it_off
    what_the_app_compressed_is_left_alone
    a_flushed_chunk_reaches_the_client_at_once
    head_tells_of_it_too
}
