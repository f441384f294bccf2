//! Connections: how many, on which threads, and how they end.

use std::collections::HashSet;
use std::time::Duration;

use appsvc_server::{BindError, Config, Server, Threads};
use http::Response;
use http_body_util::BodyExt;

use crate::support::{
    Client, Fake, Host, Protocol, data, each_protocol, empty, feed, full, mailbox, read, request, within,
};

fn thread() -> String {
    std::thread::current().name().unwrap().to_owned()
}

#[tokio::test]
async fn one_connection_too_many_is_told_so() {
    let host = Host::with(Fake::text("x"), |config| config.limits.connections = 2).await;
    let mut first = host.raw().await;
    let mut second = host.raw().await;
    for raw in [&mut first, &mut second] {
        raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(raw.response().await.0, 200);
    }
    let mut third = host.raw().await;
    third.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let head = third.head().await;
    assert!(head.starts_with("http/1.1 503 ") && head.contains("retry-after: "), "{head}");
    assert!(head.contains("connection: close\r\n"), "{head}");
    assert!(third.rest().await.contains("Request id: "));
    let (status, _, _) = host.client(Protocol::Http2).await.get("/").await;
    assert_eq!(status, 503);
    // The others go on, and there is room again when one has ended.
    first.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    assert!(first.rest().await.ends_with("\r\n\r\nx"));
    within(async {
        loop {
            let mut raw = host.raw().await;
            raw.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
            if raw.rest().await.starts_with("HTTP/1.1 200 ") {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn connections_are_spread_over_the_threads() {
    let host = Host::start(Fake::new(|_, _| async { Ok(Response::new(full(thread()))) })).await;
    let (mut clients, mut names) = (Vec::new(), Vec::new());
    for _ in 0..6 {
        let mut client = host.client(Protocol::Http1).await;
        names.push(client.get("/").await.2);
        clients.push(client);
    }
    for name in ["guest-0", "guest-1"] {
        assert_eq!(names.iter().filter(|other| *other == name).count(), 3, "{names:?}");
    }
}

#[tokio::test]
async fn requests_of_one_http2_connection_are_handed_on() {
    let (told, mut heard) = mailbox();
    let (go, wait) = tokio::sync::watch::channel(false);
    let host = Host::start(Fake::new(move |request, _| {
        let _ = told.send(thread());
        let mut wait = wait.clone();
        async move {
            let _ = wait.wait_for(|go| *go).await;
            let body = request.into_body().collect().await.unwrap().to_bytes();
            Ok(Response::new(full(body)))
        }
    }))
    .await;
    let Client::Http2(sender) = host.client(Protocol::Http2).await else { panic!() };
    let mut tasks = Vec::new();
    for number in 0..40 {
        let mut sender = sender.clone();
        tasks.push(tokio::spawn(async move {
            let text = number.to_string().repeat(30_000);
            let request = http::Request::post("http://a/").body(full(text.clone())).unwrap();
            assert!(read(sender.send_request(request).await.unwrap()).await.2 == text);
        }));
    }
    let mut names = Vec::new();
    for _ in 0..40 {
        names.push(within(heard.recv()).await.unwrap());
    }
    go.send_replace(true);
    for task in tasks {
        within(task).await.unwrap();
    }
    let distinct: HashSet<_> = names.iter().collect();
    assert_eq!(distinct.len(), 2, "{names:?}");
}

async fn a_stop_waits_for_requests_under_way(protocol: Protocol) {
    let (told, mut heard) = mailbox();
    let host = Host::start(Fake::new(move |_, _| {
        let (feeder, body) = feed();
        feeder.send(data("begun")).unwrap();
        let _ = told.send(feeder);
        async { Ok(Response::new(body)) }
    }))
    .await;
    let address = host.address;
    let idle = host.client(protocol).await;
    let silent = host.raw().await;
    let mut client = host.client(protocol).await;
    let request = request(&client, "GET", "/");
    let mut body = client.send(request).await.into_body();
    let feeder = heard.recv().await.unwrap();
    within(body.frame()).await.unwrap().unwrap();
    let mut stopped = std::pin::pin!(host.stop());
    // New connections are refused as soon as it stops.
    within(async {
        loop {
            tokio::select! {
                _ = &mut stopped => panic!("stopped before the request had ended"),
                connected = tokio::net::TcpStream::connect(address) => match connected {
                    Ok(_) => tokio::time::sleep(Duration::from_millis(10)).await,
                    Err(_) => break,
                }
            }
        }
    })
    .await;
    feeder.send(data(" and ended")).unwrap();
    drop(feeder);
    assert_eq!(within(body.collect()).await.unwrap().to_bytes(), " and ended");
    assert_eq!(stopped.await, 0);
    drop((idle, silent, client));
}

async fn a_stop_does_not_wait_for_ever(protocol: Protocol) {
    let host = Host::with(
        Fake::new(|_, _| {
            let (feeder, body) = feed();
            feeder.send(data("begun")).unwrap();
            tokio::spawn(async move { feeder.closed().await });
            async { Ok(Response::new(body)) }
        }),
        |config| config.limits.stop_grace = Duration::from_millis(100),
    )
    .await;
    let mut client = host.client(protocol).await;
    let request = request(&client, "GET", "/");
    let mut body = client.send(request).await.into_body();
    within(body.frame()).await.unwrap().unwrap();
    assert_eq!(host.stop().await, 1);
    within(body.frame()).await.unwrap().unwrap_err();
}

#[tokio::test]
async fn a_request_under_way_outlasts_the_limits_of_a_connection_that_closes() {
    let (told, mut heard) = mailbox();
    let host = Host::with(
        Fake::new(move |_, _| {
            let (feeder, body) = feed();
            let _ = told.send(feeder);
            async { Ok(Response::new(body)) }
        }),
        |config| {
            let short = Duration::from_millis(100);
            (config.limits.idle_time, config.limits.head_time) = (short, short);
        },
    )
    .await;
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut client = host.client(protocol).await;
        let request = request(&client, "GET", "/");
        let mut body = client.send(request).await.into_body();
        let feeder = within(heard.recv()).await.unwrap();
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            feeder.send(data("x")).unwrap();
            assert_eq!(within(body.frame()).await.unwrap().unwrap().into_data().unwrap(), "x");
        }
    }
}

#[tokio::test]
async fn a_stop_without_requests_is_immediate() {
    let host = Host::start(Fake::text("x")).await;
    let mut clients = Vec::new();
    for protocol in [Protocol::Http1, Protocol::Http2] {
        let mut client = host.client(protocol).await;
        client.get("/").await;
        clients.push(client);
    }
    let raw = host.raw().await;
    assert_eq!(host.stop().await, 0);
    drop((clients, raw));
}

#[tokio::test]
async fn a_client_that_takes_back_request_after_request_is_cut() {
    let host = Host::start(Fake::new(|_, _| std::future::pending())).await;
    let Client::Http2(mut sender) = host.client(Protocol::Http2).await else { panic!() };
    within(async {
        // Rapid reset: far more than anyone needs, unless the connection ends first.
        for _ in 0..100_000 {
            if sender.ready().await.is_err() {
                return;
            }
            let request = http::Request::get("http://a/").body(empty()).unwrap();
            let sending = sender.send_request(request);
            drop(tokio::time::timeout(Duration::ZERO, sending).await);
        }
        panic!("the connection was never cut");
    })
    .await;
}

#[tokio::test]
async fn an_address_in_use_is_told_with_what_to_do() {
    let host = Host::start(Fake::text("x")).await;
    let threads = Threads::start(Some(1), |_| {}).unwrap();
    let Err(error) = Server::bind(Config::new(host.address), threads, Fake::text("x")) else { panic!() };
    assert!(matches!(error, BindError::InUse { address } if address == host.address));
    let text = error.to_string();
    assert!(text.contains(&host.address.to_string()) && text.contains("listen on another port"), "{text}");
}

#[tokio::test]
async fn settings_that_cannot_be_are_told() {
    let threads = Threads::start(Some(1), |_| {}).unwrap();
    let bind = |set: &dyn Fn(&mut Config)| {
        let mut config = Config::new(([127, 0, 0, 1], 0).into());
        set(&mut config);
        Server::bind(config, threads.clone(), Fake::text("x")).err().unwrap().to_string()
    };
    assert!(bind(&|config| config.limits.streams = 0).contains("`streams` is 0"));
    assert!(bind(&|config| config.deployment_id = Some("a\nb".to_owned())).contains("X-SITE-DEPLOYMENT-ID"));
    assert!(
        bind(&|config| config.address = ([192, 0, 2, 1], 0).into())
            .contains("not an address of this machine")
    );
}

each_protocol! {
    a_stop_waits_for_requests_under_way
    a_stop_does_not_wait_for_ever
}
