//! Requests that no client should send: each is refused, its connection ends, and nothing hidden in it is served.

use appsvc_tests::{Host, Request, Version};

use crate::support::{PROBES, serve, statuses, talk};

/// A host that soon closes connections on which nothing more comes.
async fn impatient(guest: &str) -> Host {
    serve(guest).args(["--idle-timeout", "300ms", "--head-timeout", "3s"]).start().await
}

/// Sends `bytes`, and returns the statuses that come back until the host ends the connection.
async fn answers(host: &Host, bytes: &[u8]) -> Vec<u16> {
    statuses(&talk(host.addr(), bytes, None).await)
}

#[tokio::test]
async fn what_is_no_request_is_refused() {
    let mut host = impatient("http-p2").await;
    let long = format!("GET / HTTP/1.1\r\nHost: a\r\n{}: b\r\n\r\n", "n".repeat(70_000));
    for (request, wanted) in [
        ("GARBAGE\r\n\r\n", 400),
        ("\0\0\0\0\r\n\r\n", 400),
        ("GET /\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nno colon here\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\n: no name\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nspace : b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nna me: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nx: a\0b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nx: a\rb\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\r\nx: b\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: a\n\n", 400),
        ("GET / HTTP/1.1\r\nHost: a\n\r\n", 400),
        (" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("G@T / HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / x HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTP/9.9\r\nHost: a\r\n\r\n", 400),
        ("GET / HTTPS/1.1\r\nHost: a\r\n\r\n", 400),
        ("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501),
        ("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", 400),
        (&long, 431),
    ] {
        let got = answers(&host, request.as_bytes()).await;
        let shown = &request[..request.len().min(100)];
        // HTTP/2's preface gone wrong may also be answered in HTTP/2 or not at all.
        let none = got.is_empty() && request.starts_with("PRI");
        assert!(none || got == [wanted], "{shown:?}: {got:?} instead of {wanted}\n{}", host.log());
        assert_eq!(host.get("/").await.status(), 200, "after {shown:?}");
    }
    // A client that speaks TLS to a port that does not.
    let mut tls = host.raw().await;
    tls.send([0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00]).await;
    tls.finish().await;
    tls.read_to_end().await;
    assert_eq!(host.get("/").await.status(), 200);
    assert!(host.stop().await.success());
}

/// Two ends of a chain of proxies must not be able to see different requests in the same bytes.
#[tokio::test]
async fn no_request_hides_in_the_body_of_another() {
    for guest in PROBES {
        let mut host = impatient(guest).await;
        let hidden = "GET /stdout?text=smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
        let (length, chunk) = (hidden.len(), format!("{:x}\r\n{hidden}\r\n0\r\n\r\n", hidden.len()));
        let cases = [
            // Both lengths, in both orders.
            (format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"), 400),
            (format!("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}"), 400),
            // Two lengths.
            (format!("Content-Length: 0\r\nContent-Length: {length}\r\n\r\n{hidden}"), 400),
            (format!("Content-Length: {length}, 0\r\n\r\n{hidden}"), 400),
            // Lengths that are none.
            (format!("Content-Length: +0\r\n\r\n{hidden}"), 400),
            (format!("Content-Length: -0\r\n\r\n{hidden}"), 400),
            (format!("Content-Length: 0x0\r\n\r\n{hidden}"), 400),
            (format!("Content-Length: 0 0\r\n\r\n{hidden}"), 400),
            (format!("Content-Length:\r\n\r\n{hidden}"), 400),
            (format!("Content-Length: 18446744073709551616\r\n\r\n{hidden}"), 400),
            (format!("Content-Length : {length}\r\n\r\n{hidden}"), 400),
            (format!("Content-Length: 0\r\n Content-Length: {length}\r\n\r\n{hidden}"), 400),
            // Codings that one end may not know.
            (format!("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n{chunk}"), 501),
            (format!("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n{chunk}"), 501),
            (format!("Transfer-Encoding: xchunked\r\n\r\n{chunk}"), 501),
            (format!("Transfer-Encoding: chunked, identity\r\n\r\n{chunk}"), 501),
            (format!("Transfer-Encoding: gzip, chunked\r\n\r\n{chunk}"), 501),
            (format!("Transfer-Encoding: \x0bchunked\r\n\r\n{chunk}"), 501),
            (format!("Transfer-Encoding : chunked\r\n\r\n{chunk}"), 400),
            (format!("Transfer-Encoding:\r\n chunked\r\n\r\n{chunk}"), 501),
            (format!("X: y\nTransfer-Encoding: chunked\r\n\r\n{chunk}"), 400),
        ];
        for (rest, wanted) in cases {
            let got = answers(&host, format!("POST / HTTP/1.1\r\nHost: a\r\n{rest}").as_bytes()).await;
            // A coding that is malformed is also one that is unknown.
            let refused = got == [wanted] || (wanted == 501 && got == [400]);
            assert!(refused, "{guest}: {rest:?}: {got:?} instead of {wanted}");
        }
        // Transfer-Encoding is not for HTTP/1.0.
        let old =
            format!("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}");
        let got = answers(&host, old.as_bytes()).await;
        assert_eq!(got.len(), 1, "{guest}: {got:?}");
        nothing_was_smuggled(&host).await;
        assert!(host.stop().await.success());
    }
}

#[tokio::test]
async fn a_bad_chunk_ends_the_connection_whoever_reads_the_body() {
    for guest in PROBES {
        let mut host = impatient(guest).await;
        let hidden = "GET /stdout?text=smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
        for bad in [
            "zz\r\n",
            "-1\r\n",
            "+1\r\nx\r\n",
            "0x1\r\nx\r\n",
            "1 \r\nx\r\n",
            "1\nx\n",
            "1\r\nxy\r\n",
            "5\r\nabc\r\n0\r\n\r\n",
            "\r\n",
            "ffffffffffffffff1\r\n",
            "1;a=\"\r\nx\r\n",
            "1;\nx\r\n",
            "0\r\nbad trailer\r\n\r\n",
            "0\r\n\n",
        ] {
            for target in ["/", "/echo"] {
                let head = format!("POST {target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
                let got = answers(&host, format!("{head}{bad}{hidden}").as_bytes()).await;
                // The app may have answered before the fault came, and then only once.
                assert!(matches!(got[..], [] | [200 | 400]), "{guest} {target} {bad:?}: {got:?}");
            }
        }
        nothing_was_smuggled(&host).await;
        assert!(host.stop().await.success());
    }
}

/// What a guest prints comes in the order of its requests: a line printed now is after all before.
async fn nothing_was_smuggled(host: &Host) {
    assert_eq!(host.get("/stdout?text=the-last-line").await.status(), 200);
    host.wait_for_log("the last line", |line| line.contains("the-last-line")).await;
    assert!(!host.log().lines().iter().any(|line| line.contains("smuggled")), "{}", host.log());
}

/// RFC 9112 section 3.2: without a scheme or a slash a target is for CONNECT alone. Taken for a host it would
/// overrule the header of that name.
#[tokio::test]
async fn a_target_in_the_form_of_connect_is_refused() {
    let mut host = impatient("http-p2").await;
    for request in [
        "GET other HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET other:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    ] {
        assert_eq!(answers(&host, request.as_bytes()).await, [400], "{request:?}\n{}", host.log());
    }
    assert!(host.stop().await.success());
}

#[tokio::test]
async fn odd_and_valid_requests_are_served() {
    let mut host = impatient("http-p2").await;
    for request in [
        "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /?%00%ff HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nhOsT:a\r\nX-Empty:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;ext=\"a\"\r\nabc\r\n0\r\nX: y\r\n\r\n",
        "FROBNICATE / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
    ] {
        assert_eq!(answers(&host, request.as_bytes()).await, [200], "{request:?}\n{}", host.log());
    }
    let options = answers(&host, b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(matches!(options[..], [200 | 404]), "{options:?}");
    let http2 = Request::get("/").over(Version::Http2);
    assert_eq!(host.send(http2).await.status(), 200);
    assert!(host.stop().await.success());
}
