//! Sizes and counts.

use appsvc_tests::{Host, Request, Response, Version};

use crate::support::{resident, serve, talk};

const VERSIONS: [Version; 2] = [Version::Http11, Version::Http2];

async fn refused(host: &Host, request: Request, version: Version, status: u16) {
    match host.try_send(request.over(version)).await {
        Ok(response) => assert_eq!(response.status(), status, "{version}: {response:?}"),
        // Over HTTP/2 a head that is far too long may end the connection: there is no response to it.
        Err(error) => assert_eq!(version, Version::Http2, "{error:#}\n{}", host.log()),
    }
}

async fn ok(host: &Host, request: Request) -> Response {
    let response = host.send(request).await;
    assert_eq!(response.status(), 200, "{response:?}");
    response
}

#[tokio::test]
async fn a_megabyte_of_headers_is_refused_and_not_kept() {
    let mut host = serve("http-p2").start().await;
    ok(&host, Request::get("/")).await;
    let before = resident(host.pid());
    for round in 0..8 {
        // One line of a megabyte, then thousands of short ones.
        for head in [format!("x: {}\r\n", "y".repeat(1 << 20)), "x-filler: 0123456789\r\n".repeat(50_000)] {
            let request = format!("GET / HTTP/1.1\r\nHost: a\r\n{head}\r\n");
            let answer = talk(host.addr(), request.as_bytes(), None).await;
            assert!(answer.starts_with("HTTP/1.1 431 "), "round {round}: {answer:?}");
        }
        let big = "y".repeat(60_000);
        let mut request = Request::get("/");
        for number in 0..17 {
            request = request.header(&format!("x-{number}"), &big);
        }
        refused(&host, request, Version::Http2, 431).await;
    }
    ok(&host, Request::get("/")).await;
    let after = resident(host.pid());
    assert!(after < before + 32 * 1024, "{before} KiB before, {after} KiB after");
    assert!(host.stop().await.success());
}

#[tokio::test]
async fn as_many_header_lines_as_the_limit_and_no_more() {
    let mut host = serve("http-p2").args(["--max-headers", "20"]).start().await;
    for version in VERSIONS {
        // HTTP/1.1 has a line for the host; HTTP/2 has it apart.
        let most = if version == Version::Http11 { 19 } else { 20 };
        let with = |lines: usize| {
            (0..lines)
                .fold(Request::get("/").over(version), |request, n| request.header(&format!("x-{n}"), "y"))
        };
        ok(&host, with(most)).await;
        refused(&host, with(most + 1), version, 431).await;
    }
    assert!(host.stop().await.success());
}

#[tokio::test]
async fn a_url_as_long_as_the_limit_and_no_longer() {
    let mut host = serve("http-p2").start().await;
    let limit = 16 * 1024;
    for version in VERSIONS {
        let target = |length: usize| format!("/?{}", "q".repeat(length - 2));
        ok(&host, Request::get(&target(limit)).over(version)).await;
        let response = host.send(Request::get(&target(limit + 1)).over(version)).await;
        assert_eq!(response.status(), 414, "{version}");
    }
    assert!(host.stop().await.success());
}

#[tokio::test]
async fn a_head_as_long_as_the_limit_and_no_longer() {
    let mut host = serve("http-p2").args(["--max-header-bytes", "8KiB", "--max-url", "8KiB"]).start().await;
    let request = |length: usize| {
        let frame = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nx: \r\n\r\n";
        frame.replace("x: ", &format!("x: {}", "y".repeat(length - frame.len())))
    };
    for (length, wanted) in [(8192, "200"), (8193, "431"), (16_000, "431")] {
        let mut raw = host.raw().await;
        raw.send(request(length)).await;
        let answer = raw.read_to_end().await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {wanted} ")), "{length}: {answer:?}");
    }
    assert!(host.stop().await.success());
}

#[tokio::test]
async fn a_connection_too_many_is_turned_away_and_others_go_on() {
    let mut host = serve("http-p2").args(["--max-connections", "2"]).start().await;
    let mut kept = [host.raw().await, host.raw().await];
    for raw in &mut kept {
        raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(raw.read_until("source\n").await.unwrap().starts_with("HTTP/1.1 200 "));
    }
    let response = host.send(Request::get("/").header("accept", "text/plain")).await;
    assert_eq!(response.status(), 503);
    assert!(response.header("retry-after").is_some());
    for raw in &mut kept {
        raw.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert!(raw.read_until("source\n").await.unwrap().starts_with("HTTP/1.1 200 "));
    }
    drop(kept);
    let mut free = false;
    for _ in 0..1000 {
        free = host.try_send(Request::get("/")).await.is_ok_and(|response| response.status() == 200);
        if free {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert!(free, "places are not given back\n{}", host.log());
    assert!(host.stop().await.success());
}
