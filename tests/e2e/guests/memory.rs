//! Guests that want more memory than there is.

use appsvc_tests::{Request, Version};

use crate::support::{PROBES, Scene, resident, serve};

/// The memory of tier B1, in MiB.
const PLAN: u64 = 1792;

/// New requests may be turned away while one of the same app has all memory of the plan.
const FULL: Option<u16> = Some(503);

#[tokio::test]
async fn four_gibibytes_in_one_memory_are_refused_to_the_guest_alone() {
    for guest in PROBES {
        // An instance that is kept for the next request keeps what it has.
        let scene = Scene::open_where(serve(guest).args(["--reuse", "never"]), FULL).await;
        for _ in 0..2 {
            let got = scene.ask("/alloc?mib=4096").await.json()["mib"].as_u64().unwrap();
            assert!(got > PLAN / 2 && got < PLAN, "{guest}: {got} MiB");
        }
        scene.close().await;
    }
}

#[tokio::test]
async fn eight_gibibytes_over_several_memories_are_refused() {
    let mut host = serve("memories").start().await;
    for version in [Version::Http11, Version::Http2] {
        for _ in 0..2 {
            let big = host.send(Request::get("/?mib=8192").over(version));
            // Meanwhile others get what they ask for, or are turned away while there is nothing left.
            let others = async {
                for _ in 0..50 {
                    let other = host.get("/?mib=4").await;
                    let fine = other.status() == 200 && other.json()["mib"].as_u64() <= Some(4);
                    assert!(fine || other.status() == 503, "{other:?}\n{}", host.log());
                }
            };
            let (big, ()) = tokio::join!(big, others);
            let got = big.json()["mib"].as_u64().unwrap();
            assert!(got > PLAN / 2 && got < PLAN, "{got} MiB");
        }
    }
    // A small one is served as before.
    assert_eq!(host.get("/?mib=4").await.json()["mib"], 4);
    assert!(host.stop().await.success());
}

/// The least tier has a gigabyte.
#[tokio::test]
async fn what_is_refused_follows_the_tier() {
    let mut host = serve("memories").args(["--plan", "F1"]).start().await;
    let got = host.get("/?mib=8192").await.json()["mib"].as_u64().unwrap();
    assert!(got > 512 && got <= 1024, "{got} MiB");
    assert!(host.stop().await.success());
}

/// Nothing else happens on this host: what one request took is given back all the same.
#[tokio::test]
async fn memory_is_given_back_without_further_requests() {
    for (guest, target) in
        [("memories", "/?mib=512"), ("http-p2", "/alloc?mib=512"), ("http-p3", "/alloc?mib=512")]
    {
        for reuse in ["never", "auto"] {
            let mut host = serve(guest).args(["--reuse", reuse]).start().await;
            let small = target.replace("512", "1");
            host.get(&small).await;
            let before = resident(host.pid());
            assert_eq!(host.get(target).await.json()["mib"], 512, "{guest} {reuse}");
            let keeps = guest == "http-p3" && reuse == "auto";
            for _ in 0..200 {
                if keeps || resident(host.pid()) < before + 64 * 1024 {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
            let after = resident(host.pid());
            // An instance that is kept for the next request keeps its memory until it is retired.
            assert!(keeps || after < before + 64 * 1024, "{guest} {reuse}: {before} KiB, then {after} KiB");
            assert!(host.stop().await.success());
        }
    }
}

/// The same, one after the other: they must not add up.
#[tokio::test]
async fn requests_with_much_memory_do_not_add_up() {
    for (guest, target) in [("memories", "/?mib=512"), ("http-p2", "/alloc?mib=512")] {
        let mut host = serve(guest).start().await;
        host.get(&target.replace("512", "1")).await;
        let before = resident(host.pid());
        for round in 0..6 {
            assert_eq!(host.get(target).await.json()["mib"], 512, "{guest}");
            // What was taken in this round may still be there.
            let now = resident(host.pid());
            assert!(now < before + 2 * 512 * 1024, "{guest}, round {round}: {before} KiB, then {now} KiB");
        }
        assert!(host.stop().await.success());
    }
}

/// Instances that are kept and hold memory make way for a request that needs it.
#[tokio::test]
async fn idle_instances_make_way() {
    for guest in PROBES {
        let mut host = serve(guest).args(["--reuse", "always", "--threads", "2"]).start().await;
        for _ in 0..6 {
            let got = host.get("/alloc?mib=700&hold=1").await.json();
            assert_eq!(got["ok"], true, "{guest}: {got}");
        }
        for _ in 0..20 {
            assert_eq!(host.get("/").await.status(), 200, "{guest}\n{}", host.log());
        }
        assert!(host.stop().await.success());
    }
}
