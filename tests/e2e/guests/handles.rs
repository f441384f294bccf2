//! Guests that open handles without end.

use crate::support::{PROBES, Scene, serve};

#[tokio::test]
async fn a_hundred_thousand_handles_are_refused_or_given_back() {
    for guest in PROBES {
        let scene = Scene::open(serve(guest)).await;
        let kinds = if guest == "http-p3" { ["fields", "streams"] } else { ["fields", "pollables"] };
        for kind in kinds {
            for route in ["handles", "leak"] {
                for _ in 0..3 {
                    let target = format!("/{route}?n=100000&kind={kind}");
                    let response = scene.ask(&target).await;
                    // The guest gets them and gives them back, or is stopped at the host's cap.
                    let got = response.status() == 200 && response.json()["ok"] == true;
                    assert!(got || response.status() == 500, "{guest} {target}: {response:?}");
                    scene.still_serves(&target).await;
                }
            }
        }
        scene.close().await;
    }
}

/// An instance that leaks is retired, one that gives its handles back is kept.
#[tokio::test]
async fn an_instance_that_leaked_is_retired() {
    for guest in PROBES {
        let mut host = serve(guest).args(["--reuse", "always", "--threads", "1"]).start().await;
        let instance = async || host.get("/instance").await.text().to_owned();
        let first = instance().await;
        assert_eq!(instance().await, first, "{guest}");
        assert_eq!(host.get("/handles?n=1000").await.status(), 200);
        assert_eq!(instance().await, first, "{guest}: retired though nothing leaked");
        assert_eq!(host.get("/leak?n=1000").await.status(), 200);
        let second = instance().await;
        assert_ne!(second, first, "{guest}: kept though it leaked");
        // Little by little comes to the same.
        let mut changed = false;
        for _ in 0..200 {
            assert_eq!(host.get("/leak?n=1").await.status(), 200);
            changed |= instance().await != second;
            if changed {
                break;
            }
        }
        assert!(changed, "{guest}: kept though it leaked a handle with each of 200 requests");
        assert!(host.stop().await.success());
    }
}

#[tokio::test]
async fn an_instance_that_failed_is_retired() {
    for guest in PROBES {
        let mut host = serve(guest).args(["--reuse", "always", "--threads", "1"]).start().await;
        for target in ["/trap", "/panic", "/exit", "/recurse", "/trap-after-head"] {
            let before = host.get("/instance").await.text().to_owned();
            drop(host.try_send(appsvc_tests::Request::get(target)).await);
            let after = host.get("/instance").await.text().to_owned();
            assert_ne!(after, before, "{guest}: kept after {target}");
        }
        assert!(host.stop().await.success());
    }
}
