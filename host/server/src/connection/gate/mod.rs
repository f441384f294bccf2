//! The gate between the socket and the HTTP/1.1 library: it follows where each message begins and ends and
//! lets through one at a time.
//!
//! The library is lenient where two parties on one connection may read the same bytes differently (request
//! smuggling): of `Content-Length` and `Transfer-Encoding` it quietly drops the former, and it takes a line
//! feed alone for the end of a line. By the time it hands over a request, what it dropped cannot be seen any
//! more, so the raw head is looked at here. To know what is head and what is body, bodies are followed too;
//! that costs nothing but counting, except for chunked ones. What the library does refuse (bad methods,
//! header names and values, versions) is left to it.

mod chunked;
mod head;

use self::chunked::Chunks;
use self::head::{Framing, Head};
use super::refusal::Refusal;
use crate::limits::Limits;

/// Where in the stream of messages a connection is.
#[derive(Debug)]
pub(crate) struct Gate {
    stage: Stage,
    head: Head,
}

#[derive(Debug)]
enum Stage {
    Head,
    /// Bytes left of a body of known length.
    Length(u64),
    Chunked(Chunks),
}

impl Gate {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { stage: Stage::Head, head: Head::new(limits) }
    }

    /// Lets through the first bytes of `bytes`, up to the end of the message they belong to, and returns how
    /// many they are: at least one if there are any. The others are to be shown again.
    ///
    /// # Errors
    /// The message must not go on, nor anything after it.
    pub(crate) fn admit(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (passed, ended) = match &mut self.stage {
                Stage::Head => match self.head.scan(rest)? {
                    (passed, None) => (passed, false),
                    (passed, Some(framing)) => {
                        self.stage = match framing {
                            Framing::Length(length) => Stage::Length(length),
                            Framing::Chunked => Stage::Chunked(Chunks::default()),
                        };
                        (passed, framing == Framing::Length(0))
                    }
                },
                Stage::Length(left) => {
                    let passed = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    *left -= passed as u64;
                    (passed, *left == 0)
                }
                Stage::Chunked(chunks) => chunks.scan(rest)?,
            };
            rest = rest.get(passed..).unwrap_or_default();
            if ended {
                self.stage = Stage::Head;
                break;
            }
        }
        Ok(bytes.len() - rest.len())
    }

    /// Whether a head has begun and not ended.
    pub(crate) fn within_head(&self) -> bool {
        matches!(self.stage, Stage::Head) && self.head.begun()
    }

    /// Whether a body has begun, or is due, and has not ended.
    pub(crate) fn within_body(&self) -> bool {
        !matches!(self.stage, Stage::Head)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lengths of the messages in `bytes`, given in pieces of `piece`, and what ended them.
    fn messages(bytes: &[u8], piece: usize) -> (Vec<usize>, Result<(), Refusal>) {
        let mut gate = Gate::new(&Limits::default());
        let (mut lengths, mut message) = (Vec::new(), Vec::new());
        for part in bytes.chunks(piece) {
            let mut rest = part;
            while !rest.is_empty() {
                let passed = match gate.admit(rest) {
                    Ok(passed) => passed,
                    Err(refusal) => return (lengths, Err(refusal)),
                };
                assert!(passed > 0);
                message.extend_from_slice(&rest[..passed]);
                rest = &rest[passed..];
                let begun = message.iter().any(|byte| !b"\r\n".contains(byte));
                if begun && !gate.within_head() && !gate.within_body() {
                    lengths.push(message.len());
                    message.clear();
                }
            }
        }
        (lengths, Ok(()))
    }

    fn refusal(bytes: &[u8]) -> Refusal {
        let refusal = messages(bytes, usize::MAX).1.unwrap_err();
        for piece in 1..bytes.len() {
            assert_eq!(messages(bytes, piece).1, Err(refusal), "in pieces of {piece}");
        }
        refusal
    }

    const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    const POST: &[u8] =
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 30\r\n\r\nGET /not HTTP/1.1\r\nHost: b\r\n\r\n";
    const CHUNKED: &[u8] =
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1;x=y\r\nd\r\n0\r\nt: u\r\n\r\n";

    #[test]
    fn messages_are_told_apart_however_the_bytes_arrive() {
        let all = [GET, POST, CHUNKED, CHUNKED, GET, GET].concat();
        let expected: Vec<usize> =
            [GET, POST, CHUNKED, CHUNKED, GET, GET].iter().map(|bytes| bytes.len()).collect();
        for piece in 1..=all.len() {
            assert_eq!(messages(&all, piece), (expected.clone(), Ok(())), "in pieces of {piece}");
        }
    }

    #[test]
    fn smuggling_is_refused() {
        let with = |lines: &str| refusal(format!("POST / HTTP/1.1\r\nHost: a\r\n{lines}\r\n\r\n").as_bytes());
        assert_eq!(with("Content-Length: 3\r\nTransfer-Encoding: chunked"), Refusal::TwoFramings);
        assert_eq!(with("transfer-encoding: chunked\r\ncontent-length: 3"), Refusal::TwoFramings);
        assert_eq!(with("Content-Length: 3\r\nContent-Length: 4"), Refusal::LengthsDiffer);
        assert_eq!(with("Content-Length: 3, 4"), Refusal::BadLength);
        assert_eq!(with("Content-Length: +3"), Refusal::BadLength);
        assert_eq!(with("Content-Length: 0x3"), Refusal::BadLength);
        assert_eq!(with("Content-Length:"), Refusal::BadLength);
        assert_eq!(with("Content-Length: 99999999999999999999"), Refusal::BadLength);
        assert_eq!(with("Transfer-Encoding: gzip, chunked"), Refusal::UnknownCoding);
        assert_eq!(with("Transfer-Encoding: xchunked"), Refusal::UnknownCoding);
        assert_eq!(with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), Refusal::TwoCodings);
        assert_eq!(with("X: a\r\n Content-Length: 3"), Refusal::FoldedLine);
        assert_eq!(with("X: a\r\n\tb"), Refusal::FoldedLine);
        assert_eq!(with("X: a\nContent-Length: 3"), Refusal::BareLineFeed);
        assert_eq!(refusal(b"GET / HTTP/1.1\nHost: a\n\n"), Refusal::BareLineFeed);
        assert_eq!(refusal(b"GET / HTTP/1.1\r\nHost: a\r\n\n"), Refusal::BareLineFeed);
        assert_eq!(refusal(&[GET, b"\n"].concat()), Refusal::BareLineFeed);
    }

    #[test]
    fn equal_lengths_are_one() {
        let twice = b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc";
        assert_eq!(messages(twice, usize::MAX), (vec![twice.len()], Ok(())));
    }

    #[test]
    fn heads_are_limited() {
        let limits = Limits { head_bytes: 4096, head_lines: 3, url_bytes: 256, ..Limits::default() };
        let admit = |bytes: &[u8]| Gate::new(&limits).admit(bytes);
        let url = |length: usize| format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(length - 1));
        admit(url(256).as_bytes()).unwrap();
        assert_eq!(admit(url(257).as_bytes()), Err(Refusal::UrlTooLong));
        assert_eq!(admit(format!("GET /{}", "a".repeat(400)).as_bytes()), Err(Refusal::UrlTooLong));
        let lines = |count| format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(count));
        admit(lines(3).as_bytes()).unwrap();
        assert_eq!(admit(lines(4).as_bytes()), Err(Refusal::TooManyLines));
        let head = |length: usize| {
            let rest = "GET / HTTP/1.1\r\na: \r\n\r\n".len();
            format!("GET / HTTP/1.1\r\na: {}\r\n\r\n", "b".repeat(length - rest))
        };
        admit(head(4096).as_bytes()).unwrap();
        assert_eq!(admit(head(4097).as_bytes()), Err(Refusal::HeadTooLong));
        assert_eq!(admit(&head(5000).as_bytes()[..4500]), Err(Refusal::HeadTooLong));
        assert_eq!(admit("\r\n".repeat(2049).as_bytes()), Err(Refusal::HeadTooLong));
    }

    #[test]
    fn empty_lines_before_a_request_are_part_of_it_but_do_not_begin_it() {
        let mut gate = Gate::new(&Limits::default());
        assert_eq!(gate.admit(b"\r\n\r\n"), Ok(4));
        assert!(!gate.within_head());
        assert_eq!(gate.admit(b"G"), Ok(1));
        assert!(gate.within_head());
    }

    proptest! {
        #[test]
        fn any_bytes_in_any_pieces_give_one_verdict(
            bytes in proptest::collection::vec(prop_oneof![
                Just(b"GET / HTTP/1.1\r\n".to_vec()), Just(b"Content-Length: 2\r\n".to_vec()),
                Just(b"Transfer-Encoding: chunked\r\n".to_vec()), Just(b"\r\n".to_vec()), Just(b"2\r\n".to_vec()),
                Just(b"0\r\n\r\n".to_vec()), proptest::collection::vec(any::<u8>(), 0..3),
            ], 0..12).prop_map(|parts| parts.concat()),
            piece in 1_usize..40,
        ) {
            prop_assert_eq!(messages(&bytes, piece), messages(&bytes, 1));
        }
    }
}
