//! Following a request head, line by line.

use memchr::{memchr, memrchr};

use crate::connection::refusal::Refusal;
use crate::limits::Limits;

/// How the length of a body is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// In bytes; 0 also where the head says nothing.
    Length(u64),
    Chunked,
}

/// What is known of the head at hand.
#[derive(Debug)]
pub(super) struct Head {
    most_bytes: usize,
    most_lines: usize,
    most_url: usize,
    bytes: usize,
    /// Lines so far, the request line among them, empty ones before it not.
    lines: usize,
    length: Option<u64>,
    chunked: bool,
    /// The beginning of a line whose end has not arrived.
    begun: Vec<u8>,
}

/// Room for a method and a version around the longest target.
const AROUND_URL: usize = 64;

impl Head {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            most_bytes: limits.head_bytes,
            most_lines: limits.head_lines + 1,
            most_url: limits.url_bytes,
            bytes: 0,
            lines: 0,
            length: None,
            chunked: false,
            begun: Vec::new(),
        }
    }

    /// Whether anything but empty lines has arrived.
    pub(super) fn begun(&self) -> bool {
        self.lines > 0 || !self.begun.is_empty()
    }

    /// Reads on: how many bytes belong to the head, and where it ends, what follows.
    pub(super) fn scan(&mut self, bytes: &[u8]) -> Result<(usize, Option<Framing>), Refusal> {
        let mut rest = bytes;
        while let Some((line, after)) = memchr(b'\n', rest).and_then(|end| rest.split_at_checked(end + 1)) {
            rest = after;
            self.grow(line.len())?;
            let ended = if self.begun.is_empty() {
                self.line(line)?
            } else {
                let mut whole = std::mem::take(&mut self.begun);
                whole.extend_from_slice(line);
                let ended = self.line(&whole)?;
                whole.clear();
                self.begun = whole;
                ended
            };
            if ended {
                return Ok((bytes.len() - rest.len(), Some(self.end()?)));
            }
        }
        self.grow(rest.len())?;
        self.begun.extend_from_slice(rest);
        if self.lines == 0 && self.begun.len() > self.most_url + AROUND_URL {
            return Err(Refusal::UrlTooLong);
        }
        Ok((bytes.len(), None))
    }

    fn grow(&mut self, bytes: usize) -> Result<(), Refusal> {
        self.bytes += bytes;
        if self.bytes > self.most_bytes {
            // A target that fills the head alone is what is too long.
            let url = self.lines == 0 && self.begun.len() > self.most_url;
            return Err(if url { Refusal::UrlTooLong } else { Refusal::HeadTooLong });
        }
        Ok(())
    }

    /// Takes one line with its end; whether it is the one that ends the head.
    fn line(&mut self, line: &[u8]) -> Result<bool, Refusal> {
        let line = line.strip_suffix(b"\r\n").ok_or(Refusal::BareLineFeed)?;
        let Some(first) = line.first() else { return Ok(self.lines > 0) };
        self.lines += 1;
        if self.lines == 1 {
            return self.request_line(line).map(|()| false);
        }
        if self.lines > self.most_lines {
            return Err(Refusal::TooManyLines);
        }
        match first {
            b' ' | b'\t' => Err(Refusal::FoldedLine),
            b'c' | b'C' => self.content_length(line).map(|()| false),
            b't' | b'T' => self.transfer_encoding(line).map(|()| false),
            _ => Ok(false),
        }
    }

    fn request_line(&self, line: &[u8]) -> Result<(), Refusal> {
        if line.len() <= self.most_url {
            return Ok(());
        }
        let spaces = memchr(b' ', line).zip(memrchr(b' ', line));
        match spaces {
            Some((first, last)) if last.saturating_sub(first + 1) > self.most_url => Err(Refusal::UrlTooLong),
            _ => Ok(()),
        }
    }

    fn content_length(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let Some(value) = value(line, b"content-length") else { return Ok(()) };
        let text = std::str::from_utf8(value).map_err(|_| Refusal::BadLength)?;
        // `parse` alone would take a plus sign.
        if !value.first().is_some_and(u8::is_ascii_digit) {
            return Err(Refusal::BadLength);
        }
        let length = text.parse().map_err(|_| Refusal::BadLength)?;
        if self.length.replace(length).is_some_and(|other| other != length) {
            return Err(Refusal::LengthsDiffer);
        }
        Ok(())
    }

    fn transfer_encoding(&mut self, line: &[u8]) -> Result<(), Refusal> {
        let Some(value) = value(line, b"transfer-encoding") else { return Ok(()) };
        if !value.eq_ignore_ascii_case(b"chunked") {
            return Err(Refusal::UnknownCoding);
        }
        if std::mem::replace(&mut self.chunked, true) {
            return Err(Refusal::TwoCodings);
        }
        Ok(())
    }

    /// The head has ended; the next one begins.
    fn end(&mut self) -> Result<Framing, Refusal> {
        let (length, chunked) = (self.length.take(), std::mem::take(&mut self.chunked));
        (self.bytes, self.lines) = (0, 0);
        match (length, chunked) {
            (Some(_), true) => Err(Refusal::TwoFramings),
            (None, true) => Ok(Framing::Chunked),
            (length, false) => Ok(Framing::Length(length.unwrap_or(0))),
        }
    }
}

/// The value of a header line if it is the one called `name`.
fn value<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, rest) = line.split_at_checked(name.len())?;
    let rest = rest.strip_prefix(b":")?;
    start.eq_ignore_ascii_case(name).then(|| rest.trim_ascii())
}
