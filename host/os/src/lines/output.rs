//! One stream of one guest, from its writes to its sink.

use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use super::splitter::Piece;
use super::{Flow, Lines, harmless};
use crate::log::{Line, LineSink, Stream};

/// Standard output or error of one guest instance. A line that has no end yet is written when it is dropped.
pub struct Output {
    stream: Stream,
    request: Option<Uuid>,
    lines: Lines,
    flow: Arc<Flow>,
    sink: Arc<dyn LineSink>,
}

impl Output {
    /// A stream that writes to `sink`, no faster than `flow` allows.
    pub fn new(stream: Stream, lines: Lines, flow: Arc<Flow>, sink: Arc<dyn LineSink>) -> Self {
        Self { stream, request: None, lines, flow, sink }
    }

    /// Lines from here on belong to `request`.
    pub fn set_request(&mut self, request: Option<Uuid>) {
        self.request = request;
    }

    /// Takes what the guest wrote and tells how long the guest has to wait before its next write.
    #[must_use]
    pub fn write(&mut self, bytes: &[u8], now: Instant) -> Duration {
        let Self { stream, request, lines, sink, .. } = self;
        lines.push(bytes, |piece| pass(*stream, *request, piece, &**sink));
        self.flow.take(bytes.len() as u64, now)
    }

    /// How long the guest has to wait at `now` before its next write.
    #[must_use]
    pub fn wait(&self, now: Instant) -> Duration {
        self.flow.wait(now)
    }

    /// Writes the line that has no end yet.
    pub fn finish(&mut self) {
        let Self { stream, request, lines, sink, .. } = self;
        lines.finish(|piece| pass(*stream, *request, piece, &**sink));
    }
}

fn pass(stream: Stream, request: Option<Uuid>, piece: Piece<'_>, sink: &dyn LineSink) {
    sink.line(Line { stream, request, text: &harmless(piece.bytes), begins: piece.begins, ends: piece.ends });
}

impl Drop for Output {
    fn drop(&mut self) {
        self.finish();
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output").field("stream", &self.stream).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;
    use crate::log::queue;

    #[test]
    fn writes_of_two_guests_never_mix_within_a_line() {
        let (sink, reader) = queue(1 << 20);
        let sink: Arc<dyn LineSink> = Arc::new(sink);
        let now = Instant::now();
        let flow = Arc::new(Flow::new(NonZeroU64::new(1000).unwrap(), 100, now));
        let output = |stream| Output::new(stream, Lines::default(), Arc::clone(&flow), Arc::clone(&sink));
        let (mut one, mut two) = (output(Stream::Stdout), output(Stream::Stderr));
        assert_eq!(one.write(b"hello ", now), Duration::ZERO);
        assert_eq!(two.write(b"forged\x1b[2K\rline\nand ", now), Duration::ZERO);
        assert_eq!(one.write(b"world\n", now), Duration::ZERO);
        assert_eq!(two.write(&[b'x'; 100], now), Duration::from_millis(32)); // 132 bytes so far, of all guests
        assert_eq!(one.wait(now), Duration::from_millis(32));
        drop(two);
        drop(one);
        drop((flow, sink));
        let lines: Vec<_> = std::iter::from_fn(|| reader.next()).collect();
        let texts: Vec<_> = lines.iter().map(|line| (line.as_line().stream.as_str(), line.text())).collect();
        let rest = format!("and {}", "x".repeat(100));
        assert_eq!(
            texts,
            [("stderr", "forged\\x1b[2K\\rline"), ("stdout", "hello world"), ("stderr", rest.as_str())]
        );
    }
}
