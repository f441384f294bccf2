//! Requests beside the one that a test is about, none of which may notice anything.

use std::time::Duration;

use appsvc_tests::{Host, Request, Version};
use bytes::Bytes;
use http_body::Frame;
use http_body_util::BodyExt as _;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::feed;

/// A request that is under way all the time, with bytes going there and back, and ordinary requests one after
/// the other. They go on until they are stopped.
pub(crate) struct Neighbours {
    /// Set to true to end it.
    stop: watch::Sender<bool>,
    /// Rounds so far.
    rounds: watch::Receiver<usize>,
    task: JoinHandle<Result<(), String>>,
}

impl Neighbours {
    /// Starts them and waits until each has been answered once. `also` is a status that new requests may get
    /// besides 200, where the test takes what all instances of the app share.
    pub(crate) async fn start(host: &Host, also: Option<u16>) -> Self {
        let mut under_way = host.connect(Version::Http2).await;
        let addr = host.addr();
        let (feed, fed) = feed();
        let post = Request::post("/echo").header("content-type", "text/plain").stream(fed);
        let (stop, stopped) = watch::channel(false);
        let (round, mut rounds) = watch::channel(0);
        let task = tokio::spawn(async move {
            let mut echo =
                under_way.head(post).await.map_err(|error| format!("echo: {error:#}"))?.into_body();
            for number in 0.. {
                let line = format!("still here {number}\n");
                feed.send(Frame::data(Bytes::from(line.clone()))).map_err(|_| "echo: nobody reads")?;
                let mut back = String::new();
                while back.len() < line.len() {
                    let frame = echo.frame().await.ok_or("echo: ended")?;
                    let frame = frame.map_err(|error| format!("echo: {error:?}"))?;
                    back.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap_or(&Bytes::new())));
                }
                if back != line {
                    return Err(format!("echo: sent {line:?}, got {back:?}"));
                }
                let status = status(addr).await.map_err(|error| format!("GET /: {error:#}"))?;
                if status != 200 && Some(status) != also {
                    return Err(format!("GET /: {status}"));
                }
                round.send_replace(number + 1);
                if *stopped.borrow() {
                    break;
                }
                // Not a measure of anything: neighbours should leave some of the machine to the test.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            drop(feed);
            match echo.collect().await.map(http_body_util::Collected::to_bytes) {
                Ok(rest) if rest.is_empty() => Ok(()),
                other => Err(format!("echo: {other:?} instead of its end")),
            }
        });
        let mut neighbours = Self { stop, rounds: rounds.clone(), task };
        if rounds.wait_for(|rounds| *rounds > 0).await.is_err() {
            neighbours.fail(host).await;
        }
        neighbours
    }

    /// One more round that begins after this call, then the end. Panics if any of them was not as it should be.
    pub(crate) async fn unharmed(mut self, host: &Host) {
        let begun = *self.rounds.borrow();
        // The round now under way may have begun before.
        let more = self.rounds.wait_for(|rounds| *rounds > begun + 1);
        if appsvc_tests::within("the neighbours", more).await.is_ok_and(|more| more.is_ok()) {
            self.stop.send_replace(true);
        }
        self.fail(host).await;
    }

    /// Panics if they ended badly or do not end.
    async fn fail(&mut self, host: &Host) {
        let ended = appsvc_tests::within("the end of the neighbours", &mut self.task).await;
        if let Err(error) = ended.map_err(|error| error.to_string()).and_then(|ended| ended.unwrap()) {
            panic!("a neighbour noticed: {error}; the host's log:\n{}", host.log());
        }
    }
}

async fn status(addr: std::net::SocketAddr) -> anyhow::Result<u16> {
    let mut raw = appsvc_tests::Raw::connect(addr).await;
    raw.send("GET / HTTP/1.1\r\nHost: neighbour\r\nConnection: close\r\n\r\n").await;
    let answer = raw.read_to_end().await;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| anyhow::anyhow!("answered {answer:?}"))
}
