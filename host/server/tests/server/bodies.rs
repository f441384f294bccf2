//! Bodies in both directions.

use http::{HeaderMap, Response};
use http_body::Frame;
use http_body_util::BodyExt;

use crate::support::{
    Dropped, Fake, Host, Protocol, data, each_protocol, empty, feed, full, mailbox, read, request, within,
};

async fn a_complete_body_has_a_length(protocol: Protocol) {
    let host = Host::start(Fake::text("hello")).await;
    let (_, headers, text) = host.client(protocol).await.get("/").await;
    assert_eq!(headers["content-length"], "5");
    assert_eq!(text, "hello");
}

async fn a_chunk_reaches_the_client_when_it_is_flushed(protocol: Protocol) {
    let (told, mut heard) = mailbox();
    let host = Host::start(Fake::new(move |_, _| {
        let (feeder, body) = feed();
        let _ = told.send(feeder);
        async { Ok(Response::new(body)) }
    }))
    .await;
    let mut client = host.client(protocol).await;
    let request = request(&client, "GET", "/");
    // The head reaches the client before there is any body.
    let mut body = client.send(request).await.into_body();
    let feeder = heard.recv().await.unwrap();
    for text in ["one", "two", "three"] {
        feeder.send(data(text)).unwrap();
        assert_eq!(within(body.frame()).await.unwrap().unwrap().into_data().unwrap(), text);
    }
    drop(feeder);
    assert_eq!(within(body.collect()).await.unwrap().to_bytes(), "");
}

async fn an_app_may_read_and_write_at_once(protocol: Protocol) {
    let host = Host::start(Fake::new(|request, _| {
        let (feeder, body) = feed();
        tokio::spawn(async move {
            let mut body = request.into_body();
            while let Some(frame) = body.frame().await {
                let _ = feeder.send(Ok(frame.unwrap()));
            }
        });
        async { Ok(Response::new(body)) }
    }))
    .await;
    let mut client = host.client(protocol).await;
    let (feeder, body) = feed();
    let request = request(&client, "POST", "/").map(|_| body);
    feeder.send(data("ping")).unwrap();
    let mut answer = client.send(request).await.into_body();
    for _ in 0..3 {
        assert_eq!(within(answer.frame()).await.unwrap().unwrap().into_data().unwrap(), "ping");
        feeder.send(data("ping")).unwrap();
    }
    drop(feeder);
    assert_eq!(within(answer.collect()).await.unwrap().to_bytes(), "ping");
}

async fn big_bodies_arrive_whole(protocol: Protocol) {
    let host = Host::start(Fake::new(|request, _| async {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        Ok(Response::new(full(body)))
    }))
    .await;
    let mut client = host.client(protocol).await;
    let text = "0123456789abcdef".repeat(200_000);
    let request = request(&client, "POST", "/").map(|_| full(text.clone()));
    let (status, _, answer) = read(client.send(request).await).await;
    assert_eq!(status, 200);
    assert!(answer == text);
}

async fn trailers_reach_the_app(protocol: Protocol) {
    let host = Host::start(Fake::echo()).await;
    let mut client = host.client(protocol).await;
    let (feeder, body) = feed();
    feeder.send(data("body")).unwrap();
    let mut trailers = HeaderMap::new();
    trailers.insert("x-sum", "123".parse().unwrap());
    feeder.send(Ok(Frame::trailers(trailers))).unwrap();
    drop(feeder);
    let mut request = request(&client, "POST", "/").map(|_| body);
    request.headers_mut().insert("trailer", "x-sum".parse().unwrap());
    let (_, _, text) = read(client.send(request).await).await;
    assert!(text.ends_with("\n\nbodyx-sum: 123\n"), "{text}");
}

async fn trailers_reach_the_client(protocol: Protocol) {
    let host = Host::start(Fake::new(|_, _| {
        let (feeder, body) = feed();
        feeder.send(data("body")).unwrap();
        let mut trailers = HeaderMap::new();
        trailers.insert("x-sum", "123".parse().unwrap());
        feeder.send(Ok(Frame::trailers(trailers))).unwrap();
        async { Ok(Response::builder().header("trailer", "x-sum").body(body).unwrap()) }
    }))
    .await;
    let mut client = host.client(protocol).await;
    let mut request = request(&client, "GET", "/");
    request.headers_mut().insert("te", "trailers".parse().unwrap());
    let collected = within(client.send(request).await.into_body().collect()).await.unwrap();
    assert_eq!(collected.trailers().unwrap()["x-sum"], "123");
    assert_eq!(collected.to_bytes(), "body");
}

async fn head_runs_the_app_and_sends_no_body(protocol: Protocol) {
    let (told, mut heard) = mailbox();
    let host = Host::start(Fake::new(move |request, _| {
        let _ = told.send(request.method().clone());
        let body = if request.uri().path() == "/known" { full("12345") } else { feed().1 };
        async { Ok(Response::builder().header("x-app", "yes").body(body).unwrap()) }
    }))
    .await;
    let mut client = host.client(protocol).await;
    for path in ["/known", "/unknown"] {
        let request = request(&client, "HEAD", path);
        let (status, headers, text) = read(client.send(request).await).await;
        assert_eq!((status.as_u16(), text.as_str()), (200, ""));
        assert_eq!(headers["x-app"], "yes");
        let length = headers.get("content-length").map(|length| length.to_str().unwrap());
        assert_eq!(length, (path == "/known").then_some("5"));
        assert_eq!(heard.recv().await.unwrap(), "HEAD");
    }
}

async fn responses_that_have_no_body_have_none(protocol: Protocol) {
    let host = Host::start(Fake::new(|request, _| async move {
        let status: u16 = request.uri().path()[1..].parse().unwrap();
        Ok(Response::builder().status(status).body(full("none of this")).unwrap())
    }))
    .await;
    let mut client = host.client(protocol).await;
    for path in ["/204", "/304", "/204"] {
        let (status, _, text) = client.get(path).await;
        assert_eq!((status.as_str(), text.as_str()), (&path[1..], ""));
    }
}

async fn a_client_that_goes_away_before_the_answer(protocol: Protocol) {
    let (told, mut heard) = mailbox();
    let host = Host::start(Fake::new(move |_, exchange| {
        let (guard, gone) = Dropped::new();
        let _ = told.send((gone, exchange));
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            unreachable!()
        }
    }))
    .await;
    let mut client = host.client(protocol).await;
    let request = request(&client, "GET", "/");
    let sending = tokio::spawn(async move { client.try_send(request).await });
    let (gone, exchange) = heard.recv().await.unwrap();
    sending.abort();
    within(gone).await.unwrap();
    within(async {
        while !exchange.ended() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn a_client_that_goes_away_within_its_body(protocol: Protocol) {
    let (told, mut heard) = mailbox();
    let host = Host::start(Fake::new(move |request, _| {
        let told = told.clone();
        let mut body = request.into_body();
        // In the background, as a guest may: the request itself is dropped when the client goes.
        tokio::spawn(async move {
            let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
            let _ = told.send(String::from_utf8(first.to_vec()).unwrap());
            let error = body.frame().await.unwrap().unwrap_err();
            let _ = told.send(error.to_string());
        });
        std::future::pending()
    }))
    .await;
    let mut client = host.client(protocol).await;
    let (feeder, body) = feed();
    let request = request(&client, "POST", "/").map(|_| body);
    feeder.send(data("part")).unwrap();
    let sending = tokio::spawn(async move { client.try_send(request).await });
    assert_eq!(within(heard.recv()).await.unwrap(), "part");
    sending.abort();
    drop(sending.await);
    let error = within(heard.recv()).await.unwrap();
    assert!(error.starts_with("the client went away within the request's body"), "{error}");
    drop(feeder);
}

async fn a_client_that_goes_away_within_the_response(protocol: Protocol) {
    let (told, mut heard) = mailbox();
    let host = Host::start(Fake::new(move |_, _| {
        let (feeder, body) = feed();
        feeder.send(data("begun")).unwrap();
        let _ = told.send(feeder);
        async { Ok(Response::new(body)) }
    }))
    .await;
    let mut client = host.client(protocol).await;
    let request = request(&client, "GET", "/");
    let mut body = client.send(request).await.into_body();
    within(body.frame()).await.unwrap().unwrap();
    let feeder = heard.recv().await.unwrap();
    drop((body, client));
    within(feeder.closed()).await;
}

each_protocol! {
    a_complete_body_has_a_length
    a_chunk_reaches_the_client_when_it_is_flushed
    an_app_may_read_and_write_at_once
    big_bodies_arrive_whole
    trailers_reach_the_app
    trailers_reach_the_client
    head_runs_the_app_and_sends_no_body
    responses_that_have_no_body_have_none
    a_client_that_goes_away_before_the_answer
    a_client_that_goes_away_within_its_body
    a_client_that_goes_away_within_the_response
}

#[tokio::test]
async fn a_body_of_unknown_length_is_chunked() {
    let host = Host::start(Fake::new(|_, _| {
        let (feeder, body) = feed();
        feeder.send(data("abc")).unwrap();
        async { Ok(Response::new(body)) }
    }))
    .await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(raw.head().await.contains("transfer-encoding: chunked\r\n"));
    raw.until("3\r\nabc\r\n0\r\n\r\n").await;
}

#[tokio::test]
async fn continue_is_sent_when_the_app_reads() {
    let (told, mut heard) = mailbox();
    let host = Host::start(Fake::new(move |request, _| {
        let (go, wait) = tokio::sync::oneshot::channel::<()>();
        let _ = told.send(go);
        async move {
            wait.await.unwrap();
            assert!(!request.headers().contains_key("expect"));
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Ok(Response::new(full(body)))
        }
    }))
    .await;
    let mut raw = host.raw().await;
    raw.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n").await;
    heard.recv().await.unwrap().send(()).unwrap();
    assert_eq!(raw.head().await, "http/1.1 100 continue\r\n\r\n");
    raw.send("abc").await;
    assert_eq!(raw.response().await, (200, "abc".to_owned()));
}

#[tokio::test]
async fn continue_is_not_sent_when_the_app_does_not_read() {
    let host = Host::start(Fake::text("no thanks")).await;
    let mut raw = host.raw().await;
    raw.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n").await;
    assert_eq!(raw.response().await, (200, "no thanks".to_owned()));
}

#[tokio::test]
async fn an_answer_to_a_body_that_nobody_reads_arrives() {
    let host = Host::start(Fake::text("enough")).await;
    let mut raw = host.raw().await;
    raw.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n").await;
    let mut sent = 0;
    while sent < 10_000_000 && raw.try_send(vec![b'x'; 10_000]).await.is_ok() {
        sent += 10_000;
    }
    assert!(raw.anyhow().await.ends_with("enough"));
}

#[tokio::test]
async fn connections_are_kept_and_closed_as_asked() {
    let host = Host::start(Fake::text("x")).await;
    let mut raw = host.raw().await;
    for _ in 0..3 {
        raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(raw.response().await.0, 200);
    }
    raw.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(raw.head().await.contains("connection: close\r\n"));
    assert_eq!(raw.rest().await, "x");
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n").await;
    assert!(raw.rest().await.ends_with("\r\n\r\nx"));
}

#[tokio::test]
async fn an_empty_body_is_empty() {
    let host = Host::start(Fake::new(|request, _| async move {
        assert!(http_body::Body::is_end_stream(request.body()));
        Ok(Response::new(empty()))
    }))
    .await;
    for protocol in [Protocol::Http1, Protocol::Http2] {
        assert_eq!(host.client(protocol).await.get("/").await.2, "");
    }
}
