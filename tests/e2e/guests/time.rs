//! Guests that take too long.

use appsvc_tests::{Request, Version};

use crate::support::{PROBES, Scene, about, explained, nth, serve};

/// Long enough for neighbours on a busy machine, and short enough to wait for.
const LIMITS: [&str; 4] = ["--time-limit", "3s", "--background-limit", "1s"];

#[tokio::test]
async fn a_guest_that_computes_for_ever_is_answered_for_and_stopped() {
    for (guest, threads) in PROBES.into_iter().zip(["1", "2"]) {
        let scene = Scene::open(serve(guest).args(LIMITS).args(["--threads", threads])).await;
        // More of them than threads, at once.
        let (one, two, three) = tokio::join!(scene.ask("/spin"), scene.ask("/spin"), scene.ask("/spin"));
        for response in [one, two, three] {
            let id = explained(&scene, &response, 500, "Internal Server Error").await;
            about(&scene, &id, &["LIFE-01", "the guest was stopped"]).await;
        }
        scene.still_serves("/spin").await;
        let response = scene.get("/spin-after").await;
        assert_eq!((response.status(), response.cut()), (200, None), "{guest}");
        scene.wait_for_log("the end of the fourth", nth("the guest was stopped", 4)).await;
        scene.still_serves("/spin-after").await;
        idle(&scene).await;
        scene.close().await;
    }
}

/// Waits until no thread of the host computes all the time.
async fn idle(scene: &Scene) {
    let used = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", scene.pid())).unwrap();
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        // User and system time in hundredths of a second.
        fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
    };
    for _ in 0..100 {
        let before = used();
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        if used() - before < 45 {
            return;
        }
    }
    panic!("a guest that was stopped goes on computing");
}

#[tokio::test]
async fn a_guest_that_waits_for_ever_is_answered_for_and_stopped() {
    for guest in PROBES {
        let scene = Scene::open(serve(guest).args(LIMITS)).await;
        let targets: &[&str] =
            if guest == "http-p3" { &["/sleep-forever", "/pending"] } else { &["/sleep-forever"] };
        for target in targets {
            let response = scene.ask(target).await;
            if *target == "/pending" && response.status() == 500 {
                // An engine may find out by itself that nothing can ever happen; then it is a trap.
                let text = response.text().to_owned();
                let id = text.rsplit(' ').next().unwrap().trim();
                about(&scene, id, &["status=500"]).await;
                continue;
            }
            let id = explained(&scene, &response, 500, "Internal Server Error").await;
            about(&scene, &id, &["LIFE-01", "the guest was stopped"]).await;
        }
        scene.still_serves("waiting for ever").await;
        scene.close().await;
    }
}

#[tokio::test]
async fn a_stream_that_stays_active_is_not_cut_however_long_it_takes() {
    for guest in PROBES {
        // Six seconds with a limit of three.
        let scene = Scene::open(serve(guest).args(LIMITS)).await;
        let ask = |version| scene.send(Request::get("/stream?chunks=13&ms=500&size=1").over(version));
        let (one, two) = tokio::join!(ask(Version::Http11), ask(Version::Http2));
        assert_eq!((one.text(), two.text()), (".............", "............."), "{guest}");
        scene.close().await;
    }
}

/// The visitor gets an error at the time limit; the guest goes on in the background.
#[tokio::test]
async fn a_guest_that_is_late_goes_on() {
    for guest in PROBES {
        let scene = Scene::open(serve(guest).args(["--time-limit", "2s"])).await;
        // Eight seconds at the rate at which guests may print.
        let response = scene.ask("/flood?mib=32").await;
        explained(&scene, &response, 500, "Internal Server Error").await;
        // Two thirds of it, which cannot have been printed in two seconds.
        scene.wait_for_log("what is printed later", nth("INFO guest: 63....", 32 * 16 * 2 / 3)).await;
        scene.close().await;
    }
}

/// Bytes from the client count as well.
#[tokio::test]
async fn an_upload_that_stays_active_is_not_cut() {
    for guest in PROBES {
        let scene = Scene::open(serve(guest).args(["--time-limit", "2s"])).await;
        let mut connection = scene.connect(Version::Http11).await;
        let (body, fed) = crate::support::feed();
        // Never read by the app before the end, which comes after four seconds.
        let sender = tokio::spawn(async move {
            for _ in 0..8 {
                let _ = body.send(http_body::Frame::data(bytes::Bytes::from_static(b"0123456789")));
                tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            }
        });
        let post = Request::post("/echo").header("content-type", "text/plain").stream(fed);
        let response = connection.send(post).await.unwrap();
        assert_eq!(response.text(), "0123456789".repeat(8), "{guest}");
        sender.await.unwrap();
        scene.close().await;
    }
}

/// What lingers after its response is stopped after the background limit, and its instance is gone.
#[tokio::test]
async fn tasks_that_linger_are_stopped() {
    let scene = Scene::open(serve("http-p3").args(LIMITS)).await;
    for _ in 0..10 {
        assert_eq!(scene.get("/linger?n=100").await.status(), 200);
    }
    scene.wait_for_log("the end of ten guests", nth("the guest was stopped", 10)).await;
    scene.still_serves("/linger").await;
    scene.close().await;
}
