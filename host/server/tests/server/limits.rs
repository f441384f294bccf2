//! Every limit, met.

use std::time::Duration;

use appsvc_server::Limits;
use http_body_util::BodyExt;

use crate::support::{Fake, Host, Protocol, data, each_protocol, feed, full, mailbox, read, request, within};

const SHORT: Duration = Duration::from_millis(200);

async fn limited(site: Fake, set: impl FnOnce(&mut Limits)) -> Host {
    Host::with(site, |config| set(&mut config.limits)).await
}

fn path_of(length: usize) -> String {
    format!("/{}", "a".repeat(length - 1))
}

#[tokio::test]
async fn head_bytes() {
    let host = Host::start(Fake::text("x")).await;
    let head = |length: usize| {
        let around = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n".len();
        format!("GET / HTTP/1.1\r\nHost: a\r\nX: {}\r\n\r\n", "b".repeat(length - around))
    };
    let mut raw = host.raw().await;
    raw.send(head(64 * 1024)).await;
    assert_eq!(raw.response().await.0, 200);
    raw.send(head(64 * 1024 + 1)).await;
    assert_eq!(raw.response().await.0, 431);
    assert_eq!(raw.rest().await, "");
}

#[tokio::test]
async fn head_bytes_without_an_end() {
    let host = Host::start(Fake::text("x")).await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\nX: ").await;
    while raw.try_send(vec![b'b'; 4096]).await.is_ok() {}
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\nX: ").await;
    raw.send(vec![b'b'; 64 * 1024]).await;
    assert_eq!(raw.response().await.0, 431);
}

async fn head_lines(protocol: Protocol) {
    let host = Host::start(Fake::text("x")).await;
    let mut client = host.client(protocol).await;
    // `Host` is a line of HTTP/1.1 only.
    let most = if protocol == Protocol::Http1 { 99 } else { 100 };
    for (lines, status) in [(most, 200), (most + 1, 431)] {
        let mut request = request(&client, "GET", "/");
        for line in 0..lines {
            let name: http::HeaderName = format!("x-{line}").parse().unwrap();
            request.headers_mut().insert(name, "y".parse().unwrap());
        }
        assert_eq!(client.send(request).await.status(), status, "{lines}");
    }
}

#[tokio::test]
async fn head_lines_of_more_than_the_library_has_room_for() {
    let host = limited(Fake::text("x"), |limits| limits.head_lines = 300).await;
    for (lines, status) in [(299, 200), (300, 431)] {
        let mut raw = host.raw().await;
        raw.send(format!("GET / HTTP/1.1\r\nHost: a\r\n{}\r\n", "X: y\r\n".repeat(lines))).await;
        assert_eq!(raw.response().await.0, status);
    }
}

async fn url_bytes(protocol: Protocol) {
    let host = Host::start(Fake::text("x")).await;
    let mut client = host.client(protocol).await;
    assert_eq!(client.get(&path_of(16 * 1024)).await.0, 200);
    assert_eq!(client.get(&path_of(16 * 1024 + 1)).await.0, 414);
}

#[tokio::test]
async fn url_bytes_beyond_the_head() {
    let host = Host::start(Fake::text("x")).await;
    let mut raw = host.raw().await;
    raw.send(format!("GET {}", path_of(20 * 1024))).await;
    assert_eq!(raw.response().await.0, 414);
}

#[tokio::test]
async fn http2_header_list() {
    let host = limited(Fake::text("x"), |limits| limits.head_bytes = 4096).await;
    let mut client = host.client(Protocol::Http2).await;
    let mut request = request(&client, "GET", "/");
    request.headers_mut().insert("x", "y".repeat(8000).parse().unwrap());
    // The library may notice before it is sent what the server has said it takes.
    match client.try_send(request).await {
        Ok(response) => assert_eq!(response.status(), 431),
        Err(error) => assert!(error.to_string().contains("http2 error"), "{error:?}"),
    }
}

#[tokio::test]
async fn head_time_of_a_head_that_has_begun() {
    let host = limited(Fake::text("x"), |limits| limits.head_time = SHORT).await;
    for part in ["G", "GET / HTTP/1.1\r\nHost: a\r\nX: y"] {
        let mut raw = host.raw().await;
        raw.send(part).await;
        assert_eq!(raw.response().await.0, 408);
        assert_eq!(raw.rest().await, "");
    }
    // Also one that is a beginning of HTTP/2.
    let mut raw = host.raw().await;
    raw.send("PRI * HT").await;
    assert_eq!(raw.response().await.0, 408);
}

#[tokio::test]
async fn head_time_of_a_second_request() {
    let host = limited(Fake::text("x"), |limits| limits.head_time = SHORT).await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\n").await;
    assert_eq!(raw.response().await.0, 200);
    assert_eq!(raw.response().await.0, 408);
    assert_eq!(raw.rest().await, "");
}

#[tokio::test]
async fn head_time_of_a_client_that_sends_byte_by_byte() {
    let host = limited(Fake::text("x"), |limits| limits.head_time = SHORT).await;
    let mut raw = host.raw().await;
    for byte in "GET / HTTP/1.1\r\nX: ".bytes().chain(std::iter::repeat(b'y')) {
        if raw.try_send([byte]).await.is_err() {
            break;
        }
        tokio::time::sleep(SHORT / 20).await;
    }
    assert!(raw.anyhow().await.starts_with("HTTP/1.1 408 "));
}

#[tokio::test]
async fn head_time_of_a_client_that_says_nothing() {
    let host = limited(Fake::text("x"), |limits| limits.head_time = SHORT).await;
    assert_eq!(host.raw().await.rest().await, "");
}

#[tokio::test]
async fn idle_time() {
    let host = limited(Fake::text("x"), |limits| limits.idle_time = SHORT).await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(raw.response().await.0, 200);
    // Closed without a word.
    assert_eq!(raw.rest().await, "");
}

#[tokio::test]
async fn idle_time_does_not_run_during_a_request() {
    let host = limited(
        Fake::new(|_, _| async {
            tokio::time::sleep(4 * SHORT).await;
            Ok(http::Response::new(full("late")))
        }),
        |limits| (limits.idle_time, limits.head_time) = (SHORT, SHORT),
    )
    .await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert_eq!(raw.response().await, (200, "late".to_owned()));
}

#[tokio::test]
async fn idle_time_of_http2() {
    let host = limited(Fake::text("x"), |limits| limits.idle_time = SHORT).await;
    let crate::support::Client::Http2(mut sender) = host.client(Protocol::Http2).await else { panic!() };
    let request = http::Request::get("http://a/").body(crate::support::empty()).unwrap();
    read(within(sender.send_request(request)).await.unwrap()).await;
    within(async {
        while !sender.is_closed() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// Reads its body and answers with what came of it; also tells it to the test.
fn reader() -> (Fake, tokio::sync::mpsc::UnboundedReceiver<String>) {
    let (told, heard) = mailbox();
    let site = Fake::new(move |request, _| {
        let told = told.clone();
        async move {
            let result = match request.into_body().collect().await {
                Ok(body) => format!("{} bytes", body.to_bytes().len()),
                Err(error) => error.to_string(),
            };
            let _ = told.send(result.clone());
            Ok(http::Response::new(full(result)))
        }
    });
    (site, heard)
}

#[tokio::test]
async fn body_rate_of_a_client_that_stops() {
    let (site, mut heard) = reader();
    let host = limited(site, |limits| limits.body_grace = SHORT).await;
    let mut raw = host.raw().await;
    raw.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc").await;
    assert_eq!(raw.response().await.0, 408);
    assert_eq!(raw.rest().await, "");
    assert_eq!(within(heard.recv()).await.unwrap(), "the client sends the request's body too slowly");
}

#[tokio::test]
async fn body_rate_of_a_client_that_sends_byte_by_byte() {
    let (site, mut heard) = reader();
    let host = limited(site, |limits| limits.body_grace = SHORT).await;
    let mut raw = host.raw().await;
    raw.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n").await;
    while raw.try_send("a").await.is_ok() {
        tokio::time::sleep(SHORT / 10).await;
    }
    assert_eq!(within(heard.recv()).await.unwrap(), "the client sends the request's body too slowly");
}

#[tokio::test]
async fn body_rate_of_http2() {
    let (site, mut heard) = reader();
    let host = limited(site, |limits| limits.body_grace = SHORT).await;
    let mut client = host.client(Protocol::Http2).await;
    let (feeder, body) = feed();
    feeder.send(data("abc")).unwrap();
    let request = http::Request::post("http://a/").body(body).unwrap();
    assert_eq!(client.send(request).await.status(), 408);
    assert_eq!(within(heard.recv()).await.unwrap(), "the client sends the request's body too slowly");
    drop(feeder);
}

#[tokio::test]
async fn body_rate_that_is_kept() {
    let (site, _) = reader();
    let host = limited(site, |limits| (limits.body_grace, limits.body_rate) = (SHORT, 10)).await;
    let mut raw = host.raw().await;
    // Earns 100 s of waiting.
    let head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n";
    raw.send(format!("{head}{}", "a".repeat(1000))).await;
    tokio::time::sleep(3 * SHORT).await;
    raw.send("a").await;
    assert_eq!(raw.response().await, (200, "1001 bytes".to_owned()));
}

#[tokio::test]
async fn body_rate_counts_only_while_the_app_waits() {
    let host = limited(
        Fake::new(|request, _| async move {
            tokio::time::sleep(4 * SHORT).await;
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Ok(http::Response::new(full(body)))
        }),
        |limits| limits.body_grace = SHORT,
    )
    .await;
    let mut raw = host.raw().await;
    raw.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc").await;
    assert_eq!(raw.response().await, (200, "abc".to_owned()));
}

#[tokio::test]
async fn body_rate_after_the_response_has_begun() {
    let (told, mut heard) = mailbox();
    let host = limited(
        Fake::new(move |request, _| {
            let (feeder, body) = feed();
            let told = told.clone();
            tokio::spawn(async move {
                feeder.send(data("begun")).unwrap();
                let error = request.into_body().collect().await.unwrap_err();
                let _ = told.send(error.to_string());
                feeder.send(data(" and ended")).unwrap();
            });
            async { Ok(http::Response::new(body)) }
        }),
        |limits| limits.body_grace = SHORT,
    )
    .await;
    let mut raw = host.raw().await;
    raw.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n").await;
    assert!(raw.head().await.starts_with("http/1.1 200"));
    assert_eq!(within(heard.recv()).await.unwrap(), "the client sends the request's body too slowly");
    assert_eq!(raw.rest().await, "5\r\nbegun\r\nA\r\n and ended\r\n0\r\n\r\n");
}

/// Answers with more than any buffer on the way can hold, and tells when it has been dropped.
fn endless() -> (Fake, tokio::sync::mpsc::UnboundedReceiver<()>) {
    let (told, heard) = mailbox();
    let site = Fake::new(move |_, _| {
        let told = told.clone();
        let (feeder, body) = feed();
        tokio::spawn(async move {
            for _ in 0..2000 {
                let _ = feeder.send(Ok(http_body::Frame::data(vec![b'x'; 64 * 1024].into())));
            }
            feeder.closed().await;
            let _ = told.send(());
        });
        async { Ok(http::Response::new(body)) }
    });
    (site, heard)
}

#[tokio::test]
async fn write_stall() {
    let (site, mut heard) = endless();
    let host = limited(site, |limits| limits.write_stall = SHORT).await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    within(heard.recv()).await.unwrap();
    raw.reset().await;
}

#[tokio::test]
async fn write_stall_of_one_http2_stream() {
    let (site, mut heard) = endless();
    let host = limited(site, |limits| limits.write_stall = SHORT).await;
    let mut client = host.client(Protocol::Http2).await;
    let request = http::Request::get("http://a/").body(crate::support::empty()).unwrap();
    let response = client.send(request).await;
    within(heard.recv()).await.unwrap();
    let error = within(response.into_body().collect()).await.unwrap_err();
    assert!(format!("{error:?}").contains("CANCEL"), "{error:?}");
}

#[tokio::test]
async fn write_stall_does_not_cut_a_client_that_reads_slowly() {
    let host = limited(
        Fake::new(|_, _| async { Ok(http::Response::new(full(vec![b'x'; 8 * 1024 * 1024]))) }),
        |limits| (limits.write_stall, limits.silence) = (5 * SHORT, 5 * SHORT),
    )
    .await;
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut client = host.client(protocol).await;
        let request = request(&client, "GET", "/");
        let mut body = client.send(request).await.into_body();
        let (mut length, mut pauses) = (0, 0);
        while let Some(frame) = within(body.frame()).await {
            length += frame.unwrap().into_data().unwrap().len();
            // In all, longer than either limit.
            if length / (512 * 1024) > pauses {
                pauses += 1;
                tokio::time::sleep(SHORT).await;
            }
        }
        assert_eq!((length, pauses), (8 * 1024 * 1024, 16));
    }
}

#[tokio::test]
async fn streams() {
    let (arrived, mut arrivals) = mailbox();
    let (go, wait) = tokio::sync::watch::channel(false);
    let host = limited(
        Fake::new(move |_, _| {
            let _ = arrived.send(());
            let mut wait = wait.clone();
            async move {
                let _ = wait.wait_for(|go| *go).await;
                Ok(http::Response::new(full("x")))
            }
        }),
        |limits| limits.streams = 3,
    )
    .await;
    let crate::support::Client::Http2(mut sender) = host.client(Protocol::Http2).await else { panic!() };
    // One answered first, so that the client knows what it may.
    go.send_replace(true);
    let get = || http::Request::get("http://a/").body(crate::support::empty()).unwrap();
    read(within(sender.send_request(get())).await.unwrap()).await;
    within(arrivals.recv()).await.unwrap();
    go.send_replace(false);
    let mut tasks = Vec::new();
    for _ in 0..5 {
        let mut sender = sender.clone();
        tasks.push(tokio::spawn(async move {
            sender.ready().await.unwrap();
            read(sender.send_request(get()).await.unwrap()).await
        }));
    }
    for _ in 0..3 {
        within(arrivals.recv()).await.unwrap();
    }
    tokio::time::sleep(SHORT).await;
    assert!(arrivals.try_recv().is_err(), "more than three at a time");
    go.send_replace(true);
    for task in tasks {
        assert_eq!(within(task).await.unwrap().0, 200);
    }
}

each_protocol! {
    head_lines
    url_bytes
}
