//! What a guest does after its response.

use appsvc_tests::{Request, Version};

use crate::support::{PROBES, nth, serve};

#[tokio::test]
async fn work_after_the_response_is_done_and_the_client_does_not_wait_for_it() {
    for guest in PROBES {
        for reuse in ["auto", "always", "never"] {
            let mut host = serve(guest).args(["--reuse", reuse]).start().await;
            for version in [Version::Http11, Version::Http2] {
                let mut connection = host.connect(version).await;
                let response = connection.send(Request::get("/after?ms=500")).await.unwrap();
                assert_eq!(response.text(), "more happens after this\n", "{guest} {reuse} {version}");
                let ahead = !host.log().lines().iter().any(|line| line.contains("after done"));
                // The connection may go on, or be gone: the work is done all the same.
                if version == Version::Http11 {
                    assert!(ahead, "{guest} {reuse}: the client had to wait");
                    assert_eq!(connection.send(Request::get("/status/202")).await.unwrap().status(), 202);
                }
                drop(connection);
                let wanted = if version == Version::Http11 { 1 } else { 2 };
                host.wait_for_log("the line", nth("after done", wanted)).await;
            }
            assert!(host.stop().await.success());
        }
    }
}
