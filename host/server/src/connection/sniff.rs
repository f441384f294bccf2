//! Telling HTTP/2 from HTTP/1.1 on a connection where nothing else tells.

use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncReadExt};

/// What a client that knows we speak HTTP/2 sends first (RFC 9113 section 3.4).
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    Http1,
    Http2,
}

/// Reads until it is clear. What was read is in `read`, and belongs to the protocol.
pub(super) async fn sniff(
    socket: &mut (impl AsyncRead + Unpin),
    read: &mut BytesMut,
) -> io::Result<Protocol> {
    loop {
        let mut rest = [0; PREFACE.len()];
        // No more than the preface, so that little is read twice.
        let room = rest.get_mut(read.len()..).unwrap_or_default();
        let count = socket.read(room).await?;
        read.extend_from_slice(room.get(..count).unwrap_or_default());
        if count == 0 || !PREFACE.starts_with(read) {
            return Ok(Protocol::Http1);
        }
        if read.len() == PREFACE.len() {
            return Ok(Protocol::Http2);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt;

    use super::*;

    async fn sniffed(parts: &[&[u8]]) -> (Protocol, Vec<u8>) {
        let (mut client, mut server) = tokio::io::duplex(64);
        let parts: Vec<Vec<u8>> = parts.iter().map(|part| part.to_vec()).collect();
        tokio::spawn(async move {
            for part in parts {
                client.write_all(&part).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
        let mut read = BytesMut::new();
        let protocol = sniff(&mut server, &mut read).await.unwrap();
        let mut all = read.to_vec();
        server.read_to_end(&mut all).await.unwrap();
        (protocol, all)
    }

    #[tokio::test]
    async fn protocols_are_told_apart_and_nothing_is_lost() {
        let get = b"GET / HTTP/1.1\r\n\r\n and more than the preface is long".as_slice();
        assert_eq!(sniffed(&[get]).await, (Protocol::Http1, get.to_vec()));
        assert_eq!(sniffed(&[&get[..1], &get[1..]]).await, (Protocol::Http1, get.to_vec()));
        let preface = [PREFACE.as_slice(), b"frames"].concat();
        assert_eq!(sniffed(&[&preface]).await, (Protocol::Http2, preface.clone()));
        let bytes: Vec<&[u8]> = preface.chunks(1).collect();
        assert_eq!(sniffed(&bytes).await, (Protocol::Http2, preface.clone()));
        assert_eq!(
            sniffed(&[b"PRI * HTTP/1.1\r\n"]).await,
            (Protocol::Http1, b"PRI * HTTP/1.1\r\n".to_vec())
        );
        assert_eq!(sniffed(&[]).await, (Protocol::Http1, Vec::new()));
    }
}
