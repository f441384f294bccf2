//! A host to which something bad is done.

use std::ops::Deref;
use std::time::{Duration, Instant};

use appsvc_tests::{Host, PATIENCE, Request, Response, Serve, Version};

use super::Neighbours;

/// How much more memory a host may hold than before, in KiB: free instance slots keep what they touched, the
/// allocator keeps what it will need again.
const SLACK: u64 = 64 * 1024;

/// A host with neighbours for the request that is tested.
pub(crate) struct Scene {
    host: Host,
    neighbours: Option<Neighbours>,
    /// Resident memory before, in KiB.
    before: u64,
}

impl Scene {
    /// Starts a host, lets it warm up, and starts the neighbours.
    pub(crate) async fn open(serve: Serve) -> Self {
        Self::open_where(serve, None).await
    }

    /// The same where new requests may also be answered with the status `also`.
    pub(crate) async fn open_where(serve: Serve, also: Option<u16>) -> Self {
        // On a busy machine neighbours send as slowly as it lets them.
        let host = serve.args(["--min-body-rate", "0"]).start().await;
        for version in [Version::Http11, Version::Http2].repeat(4) {
            let echo = Request::post("/echo").header("content-type", "text/plain").body("warm");
            assert_eq!(host.send(echo.over(version)).await.text(), "warm");
        }
        let before = resident(host.pid());
        let neighbours = Some(Neighbours::start(&host, also).await);
        Self { host, neighbours, before }
    }

    /// A request that gets the platform's page as text, should it fail.
    pub(crate) async fn ask(&self, target: &str) -> Response {
        self.send(Request::get(target).header("accept", "text/plain")).await
    }

    /// Checks that the host serves the next request and holds no more memory than before.
    pub(crate) async fn still_serves(&self, after: &str) {
        let next = self.get("/").await;
        assert_eq!(next.status(), 200, "after {after}: {next:?}\n{}", self.log());
        let begun = Instant::now();
        loop {
            let now = resident(self.pid());
            if now <= self.before + SLACK {
                return;
            }
            let before = self.before;
            assert!(
                begun.elapsed() < PATIENCE / 3,
                "after {after}: {now} KiB are resident, before {before} KiB"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends it: no neighbour may have noticed anything, memory is back, and the host ends well.
    pub(crate) async fn close(mut self) {
        if let Some(neighbours) = self.neighbours.take() {
            neighbours.unharmed(&self.host).await;
        }
        self.still_serves("all").await;
        let ended = self.host.stop().await;
        assert!(ended.success(), "{ended}\n{}", self.host.log());
    }
}

impl Deref for Scene {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.host
    }
}

/// Resident memory of a process in KiB.
pub(crate) fn resident(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process is alive");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it has memory");
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number")
}
