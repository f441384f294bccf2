//! The time limit (LIFE-01, LIFE-02), and apps that do not answer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use appsvc_os::exchange::Failure;
use http::{Response, StatusCode};
use http_body_util::BodyExt;

use crate::support::{
    Dropped, Fake, Feeder, Host, Protocol, data, each_protocol, feed, full, mailbox, read, request, within,
};

const SHORT: Duration = Duration::from_millis(300);
/// Far from any pause in the tests that stay within it, and still soon over.
const LONGER: Duration = Duration::from_secs(2);

async fn limited(site: Fake) -> Host {
    Host::with(site, |config| config.limits.silence = SHORT).await
}

async fn less_limited(site: Fake) -> Host {
    Host::with(site, |config| config.limits.silence = LONGER).await
}

async fn life_01_an_app_that_says_nothing(protocol: Protocol) {
    let (told, mut dropped) = mailbox();
    let host = limited(Fake::new(move |_, exchange| {
        let (guard, gone) = Dropped::new();
        let _ = told.send((gone, exchange));
        async move {
            std::future::pending::<()>().await;
            drop(guard);
            unreachable!()
        }
    }))
    .await;
    let (status, headers, page) = host.client(protocol).await.get("/").await;
    assert_eq!(status, 500);
    assert_eq!(headers["content-type"], "text/html; charset=utf-8");
    let (gone, exchange) = dropped.recv().await.unwrap();
    within(gone).await.unwrap();
    assert!(page.contains(&exchange.id().to_string()), "{page}");
    within(async {
        while !exchange.ended() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

async fn life_02_each_byte_of_the_response_counts(protocol: Protocol) {
    let host = less_limited(Fake::new(|_, _| {
        let (feeder, body) = feed();
        tokio::spawn(async move {
            for _ in 0..6 {
                feeder.send(data("x")).unwrap();
                tokio::time::sleep(LONGER / 5).await;
            }
        });
        async { Ok(Response::new(body)) }
    }))
    .await;
    assert_eq!(host.client(protocol).await.get("/").await.2, "xxxxxx");
}

async fn life_02_each_byte_of_the_request_counts(protocol: Protocol) {
    let host = less_limited(Fake::echo()).await;
    let mut client = host.client(protocol).await;
    let (feeder, body) = feed();
    tokio::spawn(async move {
        for _ in 0..6 {
            feeder.send(data("x")).unwrap();
            tokio::time::sleep(LONGER / 5).await;
        }
    });
    let request = request(&client, "POST", "/").map(|_| body);
    let (status, _, text) = read(client.send(request).await).await;
    assert_eq!(status, 200);
    assert!(text.ends_with("\n\nxxxxxx"), "{text}");
}

/// Gives the head and one chunk, then whatever the test sends through the feeder.
fn begun() -> (Fake, tokio::sync::mpsc::UnboundedReceiver<Feeder>) {
    let (told, heard) = mailbox();
    let site = Fake::new(move |_, _| {
        let (feeder, body) = feed();
        feeder.send(data("begun")).unwrap();
        let _ = told.send(feeder);
        async { Ok(Response::new(body)) }
    });
    (site, heard)
}

#[tokio::test]
async fn life_02_silence_after_the_head_resets_the_connection() {
    let (site, mut feeders) = begun();
    let host = limited(site).await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    raw.until("5\r\nbegun\r\n").await;
    let feeder = feeders.recv().await.unwrap();
    assert_eq!(raw.reset().await, "");
    within(feeder.closed()).await;
}

#[tokio::test]
async fn life_02_silence_after_the_head_resets_the_stream() {
    let (site, mut feeders) = begun();
    let host = limited(site).await;
    let mut client = host.client(Protocol::Http2).await;
    let request = request(&client, "GET", "/");
    let mut body = client.send(request).await.into_body();
    assert_eq!(within(body.frame()).await.unwrap().unwrap().into_data().unwrap(), "begun");
    within(body.frame()).await.unwrap().unwrap_err();
    within(feeders.recv().await.unwrap().closed()).await;
    // The connection goes on.
    let request = self::request(&client, "GET", "/");
    assert_eq!(client.send(request).await.status(), 200);
}

#[tokio::test]
async fn a_trap_after_the_head_resets_the_connection() {
    let (site, mut feeders) = begun();
    let host = Host::start(site).await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    raw.until("5\r\nbegun\r\n").await;
    feeders.recv().await.unwrap().send(Err("trapped".into())).unwrap();
    assert_eq!(raw.reset().await, "");
}

#[tokio::test]
async fn a_trap_right_after_the_first_chunk_lets_that_out() {
    let host = Host::start(Fake::new(|_, _| {
        let (feeder, body) = feed();
        feeder.send(data("all there was")).unwrap();
        feeder.send(Err("trapped".into())).unwrap();
        async { Ok(Response::new(body)) }
    }))
    .await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    raw.until("all there was\r\n").await;
    assert_eq!(raw.reset().await, "");
}

#[tokio::test]
async fn a_trap_after_the_head_resets_the_stream_only() {
    let (site, mut feeders) = begun();
    let host = Host::start(site).await;
    let mut client = host.client(Protocol::Http2).await;
    let request = request(&client, "GET", "/");
    let body = client.send(request).await.into_body();
    feeders.recv().await.unwrap().send(Err("trapped".into())).unwrap();
    let error = within(body.collect()).await.unwrap_err();
    assert!(format!("{error:?}").contains("INTERNAL_ERROR"), "{error:?}");
    let request = self::request(&client, "GET", "/");
    assert_eq!(client.send(request).await.status(), 200);
}

async fn life_13_failures_have_their_status(protocol: Protocol) {
    let host = Host::start(Fake::new(|request, _| async move {
        Err(match request.uri().path() {
            "/trapped" => Failure::Trapped,
            "/none" => Failure::NoResponse,
            "/invalid" => Failure::InvalidResponse("a secret".to_owned()),
            _ => Failure::Overloaded("a secret".to_owned()),
        })
    }))
    .await;
    let mut client = host.client(protocol).await;
    for (path, expected) in [("/trapped", 500), ("/none", 502), ("/invalid", 502), ("/overloaded", 503)] {
        let (status, headers, page) = client.get(path).await;
        assert_eq!(status, expected);
        assert!(page.contains(&expected.to_string()) && page.contains("Request id: "), "{page}");
        assert!(!page.contains("secret"), "{page}");
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers.contains_key("retry-after"), expected == 503);
    }
}

async fn heads_that_are_none_are_502(protocol: Protocol) {
    let host = Host::start(Fake::new(|request, _| async move {
        let builder = Response::builder();
        let builder = match request.uri().path() {
            "/continue" => builder.status(StatusCode::CONTINUE),
            "/switch" => builder.status(StatusCode::SWITCHING_PROTOCOLS),
            "/longer" => builder.header("content-length", "5"),
            "/two" => builder.header("content-length", "4").header("content-length", "5"),
            _ => builder.header("content-length", "four"),
        };
        Ok(builder.body(full("four")).unwrap())
    }))
    .await;
    let mut client = host.client(protocol).await;
    for path in ["/continue", "/switch", "/longer", "/two", "/word"] {
        assert_eq!(client.get(path).await.0, 502, "{path}");
    }
}

async fn pages_are_plain_for_clients_that_take_no_html(protocol: Protocol) {
    let host = Host::start(Fake::new(|_, _| async { Err(Failure::NoResponse) })).await;
    let mut client = host.client(protocol).await;
    let mut request = request(&client, "GET", "/");
    request.headers_mut().insert("accept", "application/json".parse().unwrap());
    let (status, headers, page) = read(client.send(request).await).await;
    assert_eq!(status, 502);
    assert_eq!(headers["content-type"], "text/plain; charset=utf-8");
    assert!(page.starts_with("502 Bad Gateway\n"), "{page}");
    let request = self::request(&client, "HEAD", "/");
    let (status, headers, page) = read(client.send(request).await).await;
    assert_eq!((status.as_u16(), page.as_str()), (502, ""));
    assert!(headers["content-length"].to_str().unwrap().parse::<u64>().unwrap() > 100);
}

async fn an_exchange_ends_with_its_response(protocol: Protocol) {
    let (told, mut heard) = mailbox();
    let host = Host::start(Fake::new(move |request, exchange| {
        let body = match request.uri().path() {
            "/whole" => full("whole"),
            "/empty" => crate::support::empty(),
            _ => {
                let (feeder, body) = feed();
                feeder.send(data("part")).unwrap();
                body
            }
        };
        assert!(!exchange.ended());
        let _ = told.send(exchange);
        async { Ok(Response::new(body)) }
    }))
    .await;
    let mut client = host.client(protocol).await;
    for path in ["/whole", "/empty", "/parts"] {
        assert_eq!(client.get(path).await.0, 200);
        let exchange = heard.recv().await.unwrap();
        within(async {
            while !exchange.ended() {
                tokio::task::yield_now().await;
            }
        })
        .await;
    }
}

each_protocol! {
    an_exchange_ends_with_its_response
    life_01_an_app_that_says_nothing
    life_02_each_byte_of_the_response_counts
    life_02_each_byte_of_the_request_counts
    life_13_failures_have_their_status
    heads_that_are_none_are_502
    pages_are_plain_for_clients_that_take_no_html
}

/// What the operator is told, of all tests that run at the same time.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_operator_is_told_id_app_and_reason() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let (told, mut heard) = mailbox();
    let host = limited(Fake::new(move |request, exchange| {
        let _ = told.send(exchange);
        async move {
            match request.uri().path() {
                "/invalid" => Err(Failure::InvalidResponse("its status is 42".to_owned())),
                "/cut" => {
                    let (feeder, body) = feed();
                    feeder.send(Err("it trapped".into())).unwrap();
                    Ok(Response::new(body))
                }
                _ => std::future::pending().await,
            }
        }
    }))
    .await;
    for (path, reason) in [
        ("/invalid", "the app answered with an invalid response: its status is 42"),
        ("/cut", "it trapped"),
        ("/silent", "no byte has moved for 300ms"),
    ] {
        let mut raw = host.raw().await;
        raw.send(format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
        if path == "/cut" {
            raw.reset().await;
        } else {
            raw.response().await;
        }
        let id = heard.recv().await.unwrap().id().to_string();
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let line =
            text.lines().find(|line| line.contains(&id)).unwrap_or_else(|| panic!("no {id} in {text}"));
        assert!(line.contains("WARN") && line.contains(reason) && line.contains("app=\"fake\""), "{line}");
    }
}
