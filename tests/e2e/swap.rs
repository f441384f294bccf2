//! A new version of the component takes over while requests run.

use std::path::{Path, PathBuf};

use appsvc_tests::{Host, Request, Version, paths, within};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use tempfile::TempDir;

use crate::support::{PROBES, args, feed, nth};

const OLD: &str = "http-p2: a probe";
const NEW: &str = "Hello, world!";

struct Served {
    folder: TempDir,
    file: PathBuf,
    host: Host,
}

impl Served {
    async fn start(guest: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("app.wasm");
        std::fs::copy(paths::guest(guest).unwrap(), &file).unwrap();
        let host = Host::start(args(&file, &[])).await;
        Self { folder, file, host }
    }

    /// Puts `source` in the file's place by rename.
    fn put(&self, source: &Path) {
        let aside = self.folder.path().join("aside");
        std::fs::copy(source, &aside).unwrap();
        std::fs::rename(aside, &self.file).unwrap();
    }

    fn put_guest(&self, guest: &str) {
        self.put(&paths::guest(guest).unwrap());
    }

    /// Waits until the log has `count` lines with `text`.
    async fn told(&self, text: &str, count: usize) {
        self.host.wait_for_log(text, nth(text, count)).await;
    }

    async fn answers(&self) -> String {
        let response = self.host.get("/").await;
        assert_eq!(response.status(), 200, "{response:?}\n{}", self.host.log());
        response.text().to_owned()
    }
}

const SERVES: &str = "the new version serves from now on";
const REFUSED: &str = "the new version is not used";

#[tokio::test]
async fn a_new_version_takes_over_and_no_request_is_lost() {
    for guest in PROBES {
        let mut served = Served::start(guest).await;
        // A request that is under way all the time.
        let mut connection = served.host.connect(Version::Http2).await;
        let (body, fed) = feed();
        let post = Request::post("/echo").header("content-type", "text/plain").stream(fed);
        let mut back = connection.head(post).await.unwrap().into_body();
        let mut round_trip = async |text: &'static str| {
            body.send(Frame::data(Bytes::from_static(text.as_bytes()))).unwrap();
            let frame = within("the echo", back.frame()).await.unwrap().unwrap().unwrap();
            assert_eq!(frame.data_ref().unwrap(), text);
        };
        round_trip("before").await;
        // Others one after the other, over one connection: first the old version, then the new, nothing else.
        served.put_guest("hello-p2");
        let mut others = served.host.connect(Version::Http11).await;
        let (mut old, mut new) = (0, 0);
        while new < 20 {
            let response = others.send(Request::get("/")).await.unwrap();
            assert_eq!(response.status(), 200);
            match response.text() {
                NEW => new += 1,
                text if text.starts_with(guest) => {
                    assert_eq!(new, 0, "{guest}: the old version after the new");
                    old += 1;
                }
                text => panic!("{text}"),
            }
            assert!(old < 1_000_000, "{}", served.host.log());
        }
        served.told(SERVES, 1).await;
        // The one under way is still with the old version.
        round_trip("after").await;
        drop(body);
        let rest = within("the end", back.collect()).await.unwrap().unwrap();
        assert_eq!(rest.to_bytes(), "");
        assert!(served.host.stop().await.success());
    }
}

#[tokio::test]
async fn a_broken_version_is_reported_and_the_old_one_goes_on() {
    let mut served = Served::start("http-p2").await;
    for (count, broken) in ["not-wasm", "truncated", "core", "command", "empty"].into_iter().enumerate() {
        served.put_guest(broken);
        served.told(REFUSED, count + 1).await;
        assert!(served.answers().await.starts_with(OLD), "{broken}");
    }
    let last = served.host.log().lines().into_iter().rfind(|line| line.contains(REFUSED)).unwrap();
    assert!(last.contains("ERROR") && last.contains("exports nothing") && last.contains("app="), "{last}");
    // No file at all.
    std::fs::remove_file(&served.file).unwrap();
    assert!(served.answers().await.starts_with(OLD));
    // And then one that is good.
    served.put_guest("hello-p2");
    served.told(SERVES, 1).await;
    assert_eq!(served.answers().await, NEW);
    // Back again, from one world to the other.
    served.put_guest("http-p3");
    served.told(SERVES, 2).await;
    assert!(served.answers().await.starts_with("http-p3"));
    assert!(served.host.stop().await.success());
}

/// Copied over, as `cp` does it, instead of renamed: while it is being written it is no component.
#[tokio::test]
async fn a_file_that_is_written_in_place_takes_over_when_it_is_whole() {
    let mut served = Served::start("http-p2").await;
    std::fs::copy(paths::guest("hello-p2").unwrap(), &served.file).unwrap();
    served.told(SERVES, 1).await;
    assert_eq!(served.answers().await, NEW);
    assert!(served.host.stop().await.success());
}

/// Through a link, as deployments do it: the link is turned, the files stay.
#[tokio::test]
async fn a_link_that_is_turned_takes_over() {
    let folder = tempfile::tempdir().unwrap();
    let link = folder.path().join("app.wasm");
    let turn = |guest: &str| {
        let aside = folder.path().join("aside");
        std::os::unix::fs::symlink(std::path::absolute(paths::guest(guest).unwrap()).unwrap(), &aside)
            .unwrap();
        std::fs::rename(aside, &link).unwrap();
    };
    turn("http-p2");
    let mut host = Host::start(args(&link, &[])).await;
    assert!(host.get("/").await.text().starts_with(OLD));
    turn("hello-p2");
    host.wait_for_log(SERVES, |line| line.contains(SERVES)).await;
    assert_eq!(host.get("/").await.text(), NEW);
    assert!(host.stop().await.success());
}

/// Warm instances of the old version serve no request that comes after the swap.
#[tokio::test]
async fn instances_that_are_kept_are_not_kept_beyond_their_version() {
    let mut served = Served::start("http-p3").await;
    let mut same = served.host.get("/counter").await.text().to_owned();
    for _ in 0..10 {
        same = served.host.get("/counter").await.text().to_owned();
    }
    assert_ne!(same, "1");
    served.put_guest("hello-p3");
    served.told(SERVES, 1).await;
    assert!(served.answers().await.contains("Hello"));
    served.put_guest("http-p3");
    served.told(SERVES, 2).await;
    assert_eq!(served.host.get("/counter").await.text(), "1");
    assert!(served.host.stop().await.success());
}
