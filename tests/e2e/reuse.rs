//! Instances for one request, or for many.

use appsvc_tests::{Host, Request, Version};

use crate::support::{PROBES, compiled, serve};

/// Many requests, some at a time, over both versions; returns the statuses.
async fn many(host: &Host, number: usize) -> Vec<u16> {
    let one = async |version| {
        let mut statuses = Vec::new();
        let mut connection = host.connect(version).await;
        for _ in 0..number / 3 {
            statuses.push(connection.send(Request::get("/")).await.map_or(0, |response| response.status()));
        }
        statuses
    };
    let (a, b, c) = tokio::join!(one(Version::Http11), one(Version::Http11), one(Version::Http2));
    [a, b, c].concat()
}

#[tokio::test]
async fn javascript_never_shows_an_error_by_default() {
    compiled().await;
    let mut host = serve("hono").start().await;
    let statuses = many(&host, 300).await;
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}\n{}", host.log());
    assert!(host.stop().await.success());
}

/// Where reuse is asked for although the guest cannot bear it: whatever a request gets, the next one is served, and
/// the operator can see why.
#[tokio::test]
async fn javascript_survives_reuse() {
    compiled().await;
    let mut host = serve("hono").args(["--reuse", "always"]).start().await;
    let statuses = many(&host, 60).await;
    assert!(statuses.iter().all(|status| matches!(status, 200 | 500 | 502)), "{statuses:?}\n{}", host.log());
    assert!(statuses.contains(&200), "{statuses:?}");
    assert!(host.stop().await.success());
    let failed = statuses.iter().filter(|status| **status != 200).count();
    let told = host.log().lines().iter().filter(|line| line.contains("a request had no answer")).count();
    assert_eq!(told, failed, "{}", host.log());
}

/// An instance that gave a request no answer is not the one to give the next.
#[tokio::test]
async fn an_instance_that_gave_no_answer_is_retired() {
    let mut host = serve("http-p2").args(["--reuse", "always", "--threads", "1"]).start().await;
    let before = host.get("/instance").await.text().to_owned();
    assert_eq!(host.get("/no-response").await.status(), 502);
    assert_ne!(host.get("/instance").await.text(), before);
    assert!(host.stop().await.success());
}

#[tokio::test]
async fn instances_are_used_again_as_the_setting_says() {
    // `auto` is always for 0.3 and never for 0.2.
    for (guest, reuse, again) in [
        ("http-p2", "always", true),
        ("http-p2", "never", false),
        ("http-p2", "auto", false),
        ("http-p3", "always", true),
        ("http-p3", "never", false),
        ("http-p3", "auto", true),
    ] {
        let mut host = serve(guest).args(["--reuse", reuse, "--threads", "1"]).start().await;
        for number in 1..=5 {
            let counted: u64 = host.get("/counter").await.text().parse().unwrap();
            assert_eq!(counted, if again { number } else { 1 }, "{guest} {reuse}");
        }
        assert!(host.stop().await.success());
    }
}

/// Whether it is used again or not, an instance serves one request at a time.
#[tokio::test]
async fn an_instance_has_one_request_at_a_time() {
    let mut host = serve("http-p3").start().await;
    let mut connection = host.connect(Version::Http2).await;
    // Under way until the end.
    let never = connection.head(Request::get("/stream?chunks=2&ms=86400000")).await.unwrap();
    for _ in 0..2 {
        let ask = || host.get("/in-flight?ms=200");
        let (a, b, c, d) = tokio::join!(ask(), ask(), ask(), ask());
        for response in [a, b, c, d] {
            assert_eq!(response.text(), "1");
        }
    }
    drop((never, connection));
    assert!(host.stop().await.success());
}

/// What one request leaves in memory, no other finds where instances are not reused.
#[tokio::test]
async fn fresh_instances_are_fresh() {
    for guest in PROBES {
        let mut host = serve(guest).args(["--reuse", "never"]).start().await;
        let mut seen = std::collections::HashSet::new();
        for _ in 0..50 {
            assert!(seen.insert(host.get("/instance").await.text().to_owned()), "{guest}");
        }
        assert!(host.stop().await.success());
    }
}
