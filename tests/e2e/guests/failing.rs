//! Guests that fail before, with or after their response's head.

use appsvc_tests::{Request, Version};

use crate::support::{PROBES, Scene, about, explained, serve};

#[tokio::test]
async fn a_guest_that_fails_before_its_response_is_answered_for() {
    for guest in PROBES {
        let scene = Scene::open(serve(guest)).await;
        for (target, status, reason) in [
            ("/trap", 500, "Internal Server Error"),
            ("/panic", 500, "Internal Server Error"),
            ("/exit", 500, "Internal Server Error"),
            ("/exit?code=0", 500, "Internal Server Error"),
            ("/recurse", 500, "Internal Server Error"),
            ("/no-response", 502, "Bad Gateway"),
            ("/error-response", 502, "Bad Gateway"),
        ] {
            if guest == "http-p3" && target == "/no-response" {
                continue; // 0.3 has no way to return without one
            }
            for version in [Version::Http11, Version::Http2] {
                let request = Request::get(target).header("accept", "text/plain").over(version);
                let response = scene.send(request).await;
                explained(&scene, &response, status, reason).await;
            }
            scene.still_serves(target).await;
        }
        scene.close().await;
    }
}

#[tokio::test]
async fn the_operator_reads_where_a_guest_trapped() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        for (target, function, cause) in [
            ("/trap", "probe_support::stress::trap", "unreachable"),
            ("/panic", "panic", "unreachable"),
            ("/recurse", "probe_support::stress::recurse", "wasm trap"),
        ] {
            let response = host.send(Request::get(target).header("accept", "text/plain")).await;
            let id = explained(&host, &response, 500, "Internal Server Error").await;
            let event = about(&host, &id, &["wasm backtrace", cause]).await;
            let app = format!("app=\"{guest}-");
            for wanted in [function, "ERROR", &app] {
                assert!(event.contains(wanted), "{guest} {target}: {wanted:?} is not in {event}");
            }
        }
        let response = host.send(Request::get("/panic").header("accept", "text/plain")).await;
        let id = explained(&host, &response, 500, "Internal Server Error").await;
        about(&host, &id, &["the probe panics as asked", "stderr"]).await;
        assert!(host.stop().await.success());
    }
}

#[tokio::test]
async fn the_log_can_be_json_with_one_event_a_line() {
    for guest in PROBES {
        let mut host = serve(guest).args(["--log-format", "json"]).start().await;
        let response = host.send(Request::get("/trap").header("accept", "text/plain")).await;
        assert_eq!(response.status(), 500);
        let id = response.text().rsplit(' ').next().unwrap().trim().to_owned();
        let is_ours = |line: &str| line.contains(&id) && line.contains("wasm backtrace");
        let line = host.wait_for_log("the trap", is_ours).await;
        let event: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(event["request"], id, "{event}");
        assert!(event["app"].as_str().unwrap().starts_with(guest), "{event}");
        assert!(event["message"].as_str().unwrap().contains("probe_support::stress::trap"), "{event}");
        host.get("/stdout?text=%22quoted%22").await;
        host.wait_for_log("the guest's line", |line| line.contains(r#"\"quoted\""#)).await;
        assert!(host.stop().await.success());
        let first_is_the_address = host.log().lines().into_iter().skip(1);
        for line in first_is_the_address.filter(|line| !line.starts_with("compiling")) {
            assert!(serde_json::from_str::<serde_json::Value>(&line).is_ok(), "{line}");
        }
    }
}

#[tokio::test]
async fn pages_are_html_for_browsers_and_say_as_little() {
    let mut host = serve("http-p2").start().await;
    for (target, status) in [("/trap", 500), ("/no-response", 502)] {
        let response = host.send(Request::get(target).header("accept", "text/html,*/*;q=0.8")).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.header("content-type"), Some("text/html; charset=utf-8"));
        let text = response.text();
        let words = text.split(|c: char| !c.is_ascii_alphanumeric()).collect::<Vec<_>>();
        for word in ["trap", "wasm", "backtrace", "unreachable", "guest", "component", "http_p2", "appsvc"] {
            assert!(!words.contains(&word), "{word} in {text}");
        }
    }
    assert!(host.stop().await.success());
}

#[tokio::test]
async fn a_response_that_breaks_off_is_never_passed_off_as_complete() {
    for guest in PROBES {
        let scene = Scene::open(serve(guest)).await;
        for target in ["/trap-after-head", "/unfinished"] {
            for bytes in [16, 100_000] {
                let target = format!("{target}?bytes={bytes}");
                for version in [Version::Http11, Version::Http2] {
                    let response = scene.send(Request::get(&target).over(version)).await;
                    assert_eq!(response.status(), 200, "{guest} {version} {target}");
                    assert!(response.cut().is_some(), "{guest} {version} {target}: {response:?}");
                    let part = response.part();
                    assert!(part.iter().all(|byte| *byte == b'.') && part.len() <= bytes, "{response:?}");
                }
                // On the wire: no last chunk.
                let mut raw = scene.raw().await;
                raw.send(format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
                let answer = raw.read_to_end().await;
                assert!(!answer.ends_with("0\r\n\r\n"), "{guest} {target}: {answer:?}");
            }
            scene.still_serves(target).await;
        }
        let trapped = |line: &str| line.contains("probe_support::stress::trap");
        scene.wait_for_log("the trap", trapped).await;
        scene.close().await;
    }
}

#[tokio::test]
async fn an_answer_cannot_be_given_twice() {
    let scene = Scene::open(serve("http-p2")).await;
    for version in [Version::Http11, Version::Http2] {
        let response = scene.try_send(Request::get("/twice").over(version)).await;
        // The first answer stands, or the request fails; it is not answered twice.
        let status = response.map(|response| response.status());
        assert!(matches!(status, Ok(200 | 500) | Err(_)), "{status:?}");
    }
    scene.wait_for_log("the fault", |line| line.contains("unknown handle index")).await;
    let mut raw = scene.raw().await;
    raw.send("GET /twice HTTP/1.1\r\nHost: a\r\n\r\n").await;
    raw.send("GET /status/202 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    let answers = raw.read_to_end().await;
    assert!(answers.matches("HTTP/1.1 200").count() <= 1, "{answers}");
    scene.close().await;
}
