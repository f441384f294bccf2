//! More requests at once than an app can have instances.

use appsvc_tests::{Connection, Request, Version};

use crate::support::{PROBES, explained, serve};

#[tokio::test]
async fn a_request_without_room_is_answered_with_503_and_room_comes_back() {
    for guest in PROBES {
        let limits = ["--plan", "F1", "--background-limit", "1ms"];
        let mut host = serve(guest).args(limits).start().await;
        // Requests that wait for ever, in streams of a few connections, until there is no room for another.
        let mut held: Vec<(Connection, Vec<_>)> = Vec::new();
        let mut turned_away = None;
        for _ in 0..15 {
            let mut connection = host.connect(Version::Http2).await;
            let mut waiting = Vec::new();
            for _ in 0..90 {
                // The head of this one comes at once, its end never.
                let get = Request::get("/stream?chunks=2&ms=86400000").header("accept", "text/plain");
                let head = connection.head(get).await.unwrap();
                if head.status() != 200 {
                    turned_away = Some(head.status().as_u16());
                    break;
                }
                waiting.push(head);
            }
            held.push((connection, waiting));
            if turned_away.is_some() {
                break;
            }
        }
        assert_eq!(turned_away, Some(503), "{guest}\n{}", host.log());
        let response = host.send(Request::get("/").header("accept", "text/plain")).await;
        explained(&host, &response, 503, "Service Unavailable").await;
        assert!(response.header("retry-after").is_some());
        drop(held);
        let mut served = false;
        for _ in 0..500 {
            served = host.get("/").await.status() == 200;
            if served {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert!(served, "{guest}: no room comes back\n{}", host.log());
        assert!(host.stop().await.success());
    }
}
