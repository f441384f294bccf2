//! Trailers, and bodies that are not what their heads say.

use appsvc_tests::{Request, Version};
use bytes::Bytes;
use http::HeaderMap;
use http_body::Frame;

use crate::support::{PROBES, feed, serve, statuses, talk};

const VERSIONS: [Version; 2] = [Version::Http11, Version::Http2];

#[tokio::test]
async fn trailers_pass_in_both_directions() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        for version in VERSIONS {
            let get = Request::get("/trailers").header("te", "trailers").over(version);
            let response = host.send(get).await;
            assert_eq!(response.text(), "trailers follow\n", "{guest} {version}");
            assert_eq!(response.trailers()["x-probe"], "done", "{guest} {version}");

            let (body, fed) = feed();
            let mut trailers = HeaderMap::new();
            trailers.insert("x-probe", "sent".parse().unwrap());
            body.send(Frame::data(Bytes::from_static(b"content"))).unwrap();
            body.send(Frame::trailers(trailers)).unwrap();
            drop(body);
            let post = Request::post("/echo")
                .header("content-type", "text/plain")
                .header("te", "trailers")
                .header("trailer", "x-probe")
                .stream(fed);
            let response = host.send(post.over(version)).await;
            assert_eq!(response.text(), "content", "{guest} {version}");
            assert_eq!(response.trailers()["x-probe"], "sent", "{guest} {version}");
        }
        assert!(host.stop().await.success());
    }
}

#[tokio::test]
async fn a_response_with_less_than_its_length_is_cut_and_not_completed() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        for version in VERSIONS {
            let response = host.try_send(Request::get("/bad-head?kind=short").over(version)).await;
            // There may be no response at all; if there is, it is not whole.
            if let Ok(response) = response {
                let refused = response.status() == 502;
                assert!(refused || response.cut().is_some(), "{guest} {version}: {response:?}");
            }
        }
        let mut raw = host.raw().await;
        raw.send("GET /bad-head?kind=long HTTP/1.1\r\nHost: a\r\n\r\n").await;
        raw.send("GET /status/202 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
        // What is too much must not be taken for the next answer.
        let answers = raw.read_to_end().await;
        assert!(!answers.contains("0123456789"), "{guest}: {answers}");
        let statuses: Vec<_> = answers.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
        assert!(matches!(statuses[..], ["200" | "502"] | ["200" | "502", "202"]), "{guest}: {answers}");
        assert_eq!(host.get("/").await.status(), 200);
        assert!(host.stop().await.success());
    }
}

/// The app answers without a look at the body: the client has its answer, and what it went on sending is not taken
/// for a request.
#[tokio::test]
async fn a_body_that_nobody_reads_costs_no_answer() {
    for guest in PROBES {
        let mut host = serve(guest).args(["--idle-timeout", "300ms"]).start().await;
        for size in [100, 100_000, 5_000_000] {
            let body = "GET /stdout?text=smuggled HTTP/1.1\r\nHost: a\r\n\r\n".repeat(size / 50);
            let request =
                format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{body}", body.len());
            let next = "GET /status/202 HTTP/1.1\r\nHost: a\r\n\r\n";
            let answers = talk(host.addr(), format!("{request}{next}").as_bytes(), None).await;
            assert!(matches!(statuses(&answers)[..], [200] | [200, 202]), "{guest} {size}: {answers:?}");
            assert!(answers.contains(" a probe"), "{guest} {size}: {answers:?}");
        }
        assert!(host.stop().await.success());
        assert!(!host.log().lines().iter().any(|line| line.contains("smuggled")), "{guest}");
    }
}

#[tokio::test]
async fn a_head_that_is_none_is_refused() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        for version in VERSIONS {
            // Each is refused to the guest, which says so, or to the client.
            for target in [
                "/bad-head?kind=status&status=1000",
                "/bad-head?kind=status&status=99",
                "/bad-head?kind=status&status=0",
                "/bad-head?kind=header&name=bad%20name&value=x",
                "/bad-head?kind=header&name=x&value=a%0d%0ab:%20c",
                "/bad-head?kind=header&name=content-length&value=abc",
            ] {
                let response = host.send(Request::get(target).over(version)).await;
                assert!(!response.headers().contains_key("b"), "{guest} {version} {target}: {response:?}");
                let told = response.status() == 502 || response.json()["ok"] == false;
                assert!(told, "{guest} {version} {target}: {response:?}");
            }
            let informational = Request::get("/bad-head?kind=status&status=101").over(version);
            assert_eq!(host.send(informational).await.status(), 502, "{guest} {version}");
        }
        assert_eq!(host.get("/").await.status(), 200);
        assert!(host.stop().await.success());
    }
}
