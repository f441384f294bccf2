//! A socket whose two directions are used at once: the other end may answer, or leave, while there is still
//! something to send.

use std::net::SocketAddr;
use std::time::Duration;

use appsvc_tests::within;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends `bytes` and returns all that comes back until the connection ends. With a `pause` they go out one at a
/// time, with that pause after each.
pub(crate) async fn talk(to: SocketAddr, bytes: &[u8], pause: Option<Duration>) -> String {
    let stream =
        within("a connection", TcpStream::connect(to)).await.expect("connecting").expect("connecting");
    let (mut read, mut write) = stream.into_split();
    let bytes = bytes.to_vec();
    let sender = tokio::spawn(async move {
        for part in bytes.chunks(if pause.is_some() { 1 } else { bytes.len().max(1) }) {
            // The other end may have closed its side, which is what the answer tells.
            if write.write_all(part).await.is_err() {
                break;
            }
            if let Some(pause) = pause {
                tokio::time::sleep(pause).await;
            }
        }
        // This side stays open until the other is closed.
        write
    });
    let mut back = Vec::new();
    let all =
        within("the end of the connection", async { while let Ok(1..) = read.read_buf(&mut back).await {} });
    all.await.unwrap_or_else(|error| panic!("{error}; so far: {}", String::from_utf8_lossy(&back)));
    sender.abort();
    String::from_utf8_lossy(&back).into_owned()
}

/// The statuses of all HTTP/1.x answers in `answers`.
pub(crate) fn statuses(answers: &str) -> Vec<u16> {
    answers.split("HTTP/1.").skip(1).map(|answer| answer[2..5].parse().expect("a status")).collect()
}
