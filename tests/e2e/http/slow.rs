//! Clients that are slow, or go away.

use std::time::Duration;

use appsvc_tests::{Request, Version, within};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;

use crate::support::{PROBES, Scene, feed, serve, statuses, talk};

#[tokio::test]
async fn a_head_that_takes_too_long_is_answered_with_408() {
    let scene = Scene::open(serve("http-p2").args(["--head-timeout", "1s"])).await;
    let request = format!("GET / HTTP/1.1\r\nHost: a\r\nx: {}\r\n\r\n", "y".repeat(1000));
    let pause = Some(Duration::from_millis(200));
    let answer = talk(scene.addr(), request.as_bytes(), pause).await;
    assert_eq!(statuses(&answer), [408], "{answer:?}\n{}", scene.log());

    // The second request of a connection has the same time as the first.
    let mut raw = scene.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(raw.read_until("source\n").await.unwrap().starts_with("HTTP/1.1 200 "));
    raw.send("GET / HTTP/1.1\r\nHo").await;
    let answer = raw.read_to_end().await;
    assert_eq!(statuses(&answer), [408], "{answer:?}\n{}", scene.log());

    // One that says nothing at all is let go without a word.
    let mut silent = scene.raw().await;
    assert_eq!(silent.read_to_end().await, "");
    scene.close().await;
}

#[tokio::test]
async fn an_idle_connection_is_closed_and_a_busy_one_is_not() {
    let scene = Scene::open(serve("http-p2").args(["--idle-timeout", "1s", "--head-timeout", "1s"])).await;
    let mut raw = scene.raw().await;
    raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(raw.read_until("source\n").await.is_some());
    assert_eq!(raw.read_to_end().await, "");
    // Longer than the limit, with a request under way.
    let mut raw = scene.raw().await;
    raw.send("GET /sleep?ms=2500 HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(raw.read_until("slept\n").await.unwrap().starts_with("HTTP/1.1 200 "));
    scene.close().await;
}

#[tokio::test]
async fn a_body_below_the_least_rate_is_given_up() {
    for guest in PROBES {
        // Five seconds are free; after them this rate leaves nobody waiting for long.
        let mut strict = serve(guest).args(["--min-body-rate", "1MiB"]).start().await;
        for version in [Version::Http11, Version::Http2] {
            let mut connection = strict.connect(version).await;
            let (body, fed) = feed();
            let post = Request::post("/echo").header("content-type", "text/plain").stream(fed);
            let mut back = connection.head(post).await.unwrap().into_body();
            body.send(Frame::data(Bytes::from_static(b"a"))).unwrap();
            let first = within("the echo", back.frame()).await.unwrap().unwrap().unwrap();
            assert_eq!(first.data_ref().unwrap(), "a");
            // Nothing more is sent. The guest's read fails, so the response cannot be complete.
            let end = within("the end", back.frame()).await.unwrap();
            assert!(matches!(end, Some(Err(_))), "{guest} {version}: {end:?}");
            drop(body);
        }
        assert_eq!(strict.get("/").await.status(), 200);
        assert!(strict.stop().await.success());
    }
}

#[tokio::test]
async fn a_client_that_goes_away_within_its_body_is_noticed_by_the_guest_alone() {
    for guest in PROBES {
        let scene = Scene::open(serve(guest)).await;
        for _ in 0..20 {
            let mut raw = scene.raw().await;
            raw.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n0123456789").await;
            assert!(raw.read_until("0123456789").await.is_some());
            drop(raw);
        }
        scene.wait_for_log("the guest's line", |line| line.contains("echo: ")).await;
        for _ in 0..20 {
            let mut connection = scene.connect(Version::Http2).await;
            let (body, fed) = feed();
            let post = Request::post("/echo").header("content-type", "text/plain").stream(fed);
            let mut back = connection.head(post).await.unwrap().into_body();
            body.send(Frame::data(Bytes::from_static(b"a"))).unwrap();
            assert!(within("the echo", back.frame()).await.unwrap().unwrap().is_ok());
            // The stream, then the connection.
            drop((body, back));
        }
        scene.close().await;
    }
}

#[tokio::test]
async fn a_client_that_goes_away_within_the_response_leaves_nothing_behind() {
    for guest in PROBES {
        let scene = Scene::open(serve(guest)).await;
        for target in ["/big?bytes=1000000000000", "/stream?chunks=1000000000&ms=1&size=10"] {
            for version in [Version::Http11, Version::Http2] {
                let mut connection = scene.connect(version).await;
                let mut back = connection.head(Request::get(target)).await.unwrap().into_body();
                assert!(within("a byte", back.frame()).await.unwrap().unwrap().is_ok());
            }
        }
        scene.close().await;
    }
}

/// A client that asks and never reads: the guest is held back, so the host does not gather what it writes.
#[tokio::test]
async fn a_client_that_does_not_read_holds_the_guest_back() {
    for guest in PROBES {
        let scene = Scene::open(serve(guest)).await;
        let mut stuck = Vec::new();
        for _ in 0..4 {
            let mut raw = scene.raw().await;
            raw.send("GET /big?bytes=1000000000 HTTP/1.1\r\nHost: a\r\n\r\n").await;
            assert!(raw.read_until("\r\n\r\n").await.is_some());
            stuck.push(raw);
        }
        // A gigabyte each would show.
        for _ in 0..50 {
            assert_eq!(scene.get("/big?bytes=1000000").await.bytes().len(), 1_000_000);
        }
        scene.still_serves("four clients that do not read").await;
        drop(stuck);
        scene.close().await;
    }
}
