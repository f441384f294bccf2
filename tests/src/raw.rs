//! Bytes on a socket.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::within;

/// A TCP connection without a protocol, for requests that no client would send. Panics where the system
/// refuses, and where nothing comes within [`PATIENCE`](crate::PATIENCE).
#[derive(Debug)]
pub struct Raw {
    stream: TcpStream,
    /// Read, and not yet handed out.
    read: Vec<u8>,
}

impl Raw {
    /// Connects.
    pub async fn connect(to: SocketAddr) -> Self {
        let stream = within("a connection", TcpStream::connect(to)).await.expect("connecting");
        Self {
            stream: stream.unwrap_or_else(|error| panic!("connecting to {to}: {error}")),
            read: Vec::new(),
        }
    }

    /// This end's address.
    pub fn local(&self) -> SocketAddr {
        self.stream.local_addr().expect("a connected socket has an address")
    }

    /// Sends bytes.
    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let sent = within("sending", self.stream.write_all(bytes.as_ref())).await.expect("sending");
        sent.expect("sending");
    }

    /// Tells the host that nothing more will be sent.
    pub async fn finish(&mut self) {
        self.stream.shutdown().await.expect("ending the sending side");
    }

    /// What comes up to and with `end`; `None` when the connection ends before it.
    pub async fn read_until(&mut self, end: &str) -> Option<String> {
        let what = format!("bytes up to {end:?}");
        within(&what, async {
            loop {
                let found = self.read.windows(end.len()).position(|window| window == end.as_bytes());
                if let Some(start) = found {
                    let rest = self.read.split_off(start + end.len());
                    return Some(text(&std::mem::replace(&mut self.read, rest)));
                }
                if !self.more().await {
                    return None;
                }
            }
        })
        .await
        .unwrap_or_else(|error| panic!("{error}; so far: {}", text(&self.read)))
    }

    /// Everything until the host closes or resets the connection.
    pub async fn read_to_end(&mut self) -> String {
        let read = within("the end of the connection", async { while self.more().await {} }).await;
        read.unwrap_or_else(|error| panic!("{error}; so far: {}", text(&self.read)));
        text(&std::mem::take(&mut self.read))
    }

    /// Whether there was more before the end.
    async fn more(&mut self) -> bool {
        matches!(self.stream.read_buf(&mut self.read).await, Ok(1..))
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bytes_are_read_up_to_a_mark_and_to_the_end() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut asked = [0; 4];
            stream.read_exact(&mut asked).await.unwrap();
            stream.write_all(b"a\r\n\r\nb").await.unwrap();
            asked
        });
        let mut raw = Raw::connect(addr).await;
        raw.send("ping").await;
        assert_eq!(raw.read_until("\r\n\r\n").await.as_deref(), Some("a\r\n\r\n"));
        assert_eq!(raw.read_until("\r\n").await, None);
        assert_eq!(raw.read_to_end().await, "b");
        assert_eq!(&server.await.unwrap(), b"ping");
    }
}
