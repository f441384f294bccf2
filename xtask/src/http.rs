//! Just enough of an HTTP client to see whether a server answers.
//!
//! A real client crate would be one more thing to compile before `cargo xtask demo` can begin.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use anyhow::Context as _;

/// Sends `GET path` to `address` and returns the status of the response once its status line is there;
/// `patience` is the limit on each wait for the server.
pub(crate) fn status_of(address: SocketAddr, path: &str, patience: Duration) -> anyhow::Result<u16> {
    let mut stream = TcpStream::connect_timeout(&address, patience)
        .with_context(|| format!("cannot connect to http://{address}{path}"))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(
        format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes(),
    )?;
    let mut line = String::new();
    BufReader::new(stream)
        .read_line(&mut line)
        .with_context(|| format!("no answer to GET http://{address}{path} within {patience:?}"))?;
    let status = line.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.split_whitespace().next());
    status.and_then(|status| status.parse().ok()).with_context(|| {
        format!("GET http://{address}{path} was answered with {line:?}, which is not HTTP/1.1")
    })
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    fn answer(with: &'static str) -> anyhow::Result<u16> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut seen = Vec::new();
            while !seen.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                seen.push(byte[0]);
            }
            stream.write_all(with.as_bytes()).unwrap();
            String::from_utf8(seen).unwrap()
        });
        let status = status_of(address, "/json", Duration::from_secs(10));
        assert!(server.join().unwrap().starts_with("GET /json HTTP/1.1\r\nHost: 127.0.0.1:"));
        status
    }

    #[test]
    fn the_status_is_read() {
        assert_eq!(answer("HTTP/1.1 204 No Content\r\n\r\n").unwrap(), 204);
    }

    #[test]
    fn what_is_not_http_is_shown() {
        let error = answer("SSH-2.0-OpenSSH\r\n").unwrap_err().to_string();
        assert!(error.contains("SSH-2.0"), "{error}");
    }
}
