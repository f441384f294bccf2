//! What HTTP offers besides one request after the other.

use appsvc_tests::{Request, Version};
use bytes::Bytes;

use crate::support::{PROBES, serve};

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        let mut raw = host.raw().await;
        let mut requests = String::new();
        // The slow one first: its answer must not be overtaken.
        for target in ["/sleep?ms=300", "/status/201", "/stdout?text=x", "/status/202"] {
            requests.push_str(&format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
        }
        requests.push_str("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
        requests.push_str("GET /status/203 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        raw.send(requests).await;
        let answers = raw.read_to_end().await;
        let statuses: Vec<_> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
        assert_eq!(statuses, ["200", "201", "200", "202", "200", "203"], "{guest}: {answers}");
        assert!(host.stop().await.success());
    }
}

#[tokio::test]
async fn a_connection_serves_many_requests() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        for version in [Version::Http11, Version::Http2] {
            let mut connection = host.connect(version).await;
            for number in 0..100 {
                let post =
                    Request::post("/echo").header("content-type", "text/plain").body(format!("{number}"));
                assert_eq!(connection.send(post).await.unwrap().text(), number.to_string());
            }
        }
        assert!(host.stop().await.success());
    }
}

#[tokio::test]
async fn head_has_the_head_alone() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        let mut raw = host.raw().await;
        for target in ["/", "/big?bytes=100000", "/stream?chunks=2&ms=1", "/no-such-route"] {
            raw.send(format!("HEAD {target} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
            let head = raw.read_until("\r\n\r\n").await.unwrap();
            assert!(head.starts_with("HTTP/1.1 "), "{guest} {target}: {head}");
            // If a body came, it would be taken for the beginning of this answer.
            raw.send("GET /status/202 HTTP/1.1\r\nHost: a\r\n\r\n").await;
            let next = raw.read_until("status 202\n").await.unwrap();
            assert!(next.starts_with("HTTP/1.1 202 "), "{guest} after HEAD {target}: {next}");
        }
        let mut connection = host.connect(Version::Http2).await;
        for target in ["/", "/big?bytes=100000", "/stream?chunks=2&ms=1"] {
            let head = connection.send(Request::new("HEAD", target)).await.unwrap();
            assert_eq!((head.status(), &head.bytes()[..]), (200, &b""[..]), "{guest} {target}");
        }
        assert!(host.stop().await.success());
    }
}

#[tokio::test]
async fn a_client_that_expects_to_be_asked_is_asked() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        let mut raw = host.raw().await;
        raw.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n").await;
        let asked = raw.read_until("\r\n\r\n").await.unwrap();
        // The guest sends its head before it reads; either may be first on the wire, 100 only before the head.
        assert!(asked.starts_with("HTTP/1.1 100 ") || asked.starts_with("HTTP/1.1 200 "), "{guest}: {asked}");
        raw.send("body").await;
        if asked.starts_with("HTTP/1.1 100 ") {
            assert!(raw.read_until("\r\n\r\n").await.unwrap().starts_with("HTTP/1.1 200 "), "{guest}");
        }
        assert!(raw.read_until("body").await.is_some(), "{guest}");
        // Who is not asked need not send: there is an answer without the body.
        let mut raw = host.raw().await;
        raw.send("POST /status/403 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
            .await;
        assert!(raw.read_until("\r\n\r\n").await.unwrap().starts_with("HTTP/1.1 403 "), "{guest}");
        assert!(host.stop().await.success());
    }
}

#[tokio::test]
async fn streams_of_one_connection_do_not_wait_for_each_other() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        let mut connection = host.connect(Version::Http2).await;
        // An answer that never ends, and others that come all the same.
        let never = connection.head(Request::get("/stream?chunks=2&ms=86400000")).await.unwrap();
        assert_eq!(never.status(), 200);
        for _ in 0..20 {
            assert_eq!(connection.send(Request::get("/status/202")).await.unwrap().status(), 202);
        }
        drop((never, connection));
        assert!(host.stop().await.success());
    }
}

#[tokio::test]
async fn https_speaks_what_the_client_chooses() {
    for guest in PROBES {
        let mut host = serve(guest).tls().start().await;
        for version in [Version::Http11, Version::Http2] {
            // The client fails unless ALPN agrees on it.
            assert_eq!(host.send(Request::get("/").over(version)).await.status(), 200, "{guest} {version}");
            let big = Bytes::from(vec![b'x'; 300_000]);
            let post = Request::post("/echo").header("content-type", "text/plain").body(big.clone());
            assert_eq!(host.send(post.over(version)).await.bytes(), &big, "{guest} {version}");
            let described = host.send(Request::get("/request").over(version)).await.json();
            assert_eq!(described["scheme"], "https", "{guest} {version}");
        }
        // Without TLS there is nothing to be had here, and no harm done.
        let mut plain = host.raw().await;
        plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(!plain.read_to_end().await.contains("200 OK"));
        let mut halfway = host.raw().await;
        halfway.send([0x16, 0x03, 0x01, 0x02]).await;
        halfway.finish().await;
        halfway.read_to_end().await;
        assert_eq!(host.get("/").await.status(), 200);
        assert!(host.stop().await.success());
    }
}
