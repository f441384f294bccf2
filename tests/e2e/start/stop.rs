//! Ending: requests under way are finished, nothing new is begun, and the exit code is 0.

use std::time::Duration;

use appsvc_tests::{Connection, Host, Request, Version, within};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use rustix::process::Signal;

use crate::support::{Feed, PROBES, feed, serve};

/// A request under way: it echoes what it is fed.
struct Echo {
    feed: Feed,
    back: Incoming,
    _connection: Connection,
}

impl Echo {
    async fn open(host: &Host, version: Version) -> Self {
        let mut connection = host.connect(version).await;
        let (feed, fed) = feed();
        let post = Request::post("/echo").header("content-type", "text/plain").stream(fed);
        let back = connection.head(post).await.unwrap().into_body();
        let mut echo = Self { feed, back, _connection: connection };
        echo.sends("one").await;
        echo
    }

    async fn sends(&mut self, text: &'static str) {
        self.feed.send(Frame::data(Bytes::from_static(text.as_bytes()))).unwrap();
        let frame = within("the echo", self.back.frame()).await.unwrap().unwrap().unwrap();
        assert_eq!(frame.data_ref().unwrap(), text);
    }
}

#[tokio::test]
async fn requests_under_way_are_finished_and_the_host_ends_well() {
    for (guest, signal) in PROBES.into_iter().zip([Signal::TERM, Signal::INT]) {
        let mut host = serve(guest).start().await;
        let mut echoes = Vec::new();
        for version in [Version::Http11, Version::Http2] {
            echoes.push(Echo::open(&host, version).await);
        }
        let mut idle = host.raw().await;
        idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(idle.read_until("\r\n\r\n").await.is_some());
        let mut silent = host.raw().await;

        host.signal(signal);
        host.wait_for_log("that it stops", |line| line.contains("stopping")).await;
        // Idle connections end.
        idle.read_to_end().await;
        silent.read_to_end().await;
        // New ones are refused.
        let refused = within("a refusal", async {
            while tokio::net::TcpStream::connect(host.addr()).await.is_ok() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        refused.await.unwrap();
        // Those under way go on as long as they need.
        for mut echo in echoes {
            echo.sends("two").await;
            drop(echo.feed);
            let rest = within("the end", echo.back.collect()).await.unwrap().unwrap();
            assert_eq!(rest.to_bytes(), "");
        }
        let status = host.exit().await;
        assert_eq!(status.code(), Some(0), "{guest}: {status}\n{}", host.log());
    }
}

/// The address is there before the component is compiled, and so is the way to end it.
#[tokio::test]
async fn a_host_that_still_compiles_ends_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        // In a folder of its own, where nothing is compiled.
        let mut host = Host::serve("http-p2").start().await;
        host.signal(signal);
        let status = host.exit().await;
        assert_eq!(status.code(), Some(0), "{status}\n{}", host.log());
    }
}

#[tokio::test]
async fn a_host_without_requests_ends_at_once_with_0() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut host = serve("http-p2").start().await;
        host.get("/").await;
        host.signal(signal);
        let status = host.exit().await;
        assert_eq!(status.code(), Some(0), "{status}\n{}", host.log());
    }
}

#[tokio::test]
async fn what_does_not_end_is_cut_when_the_time_is_over() {
    for guest in PROBES {
        let mut host = serve(guest).args(["--grace", "500ms"]).start().await;
        let mut never = host.raw().await;
        never.send("GET /stream?chunks=2&ms=86400000 HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(never.read_until("................").await.is_some());
        let mut spins = host.raw().await;
        spins.send("GET /spin HTTP/1.1\r\nHost: a\r\n\r\n").await;
        // Somebody else is answered, so the spinning one has begun or will not be waited for.
        host.get("/").await;
        let status = host.stop().await;
        assert_eq!(status.code(), Some(0), "{guest}: {status}\n{}", host.log());
        // It was not passed off as complete.
        assert!(!never.read_to_end().await.contains("0\r\n\r\n"));
        assert!(host.log().lines().iter().any(|line| line.contains("connections are cut")), "{}", host.log());
    }
}
