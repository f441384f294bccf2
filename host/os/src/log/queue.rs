//! A sink that hands lines to another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use uuid::Uuid;

use super::{Line, LineSink, Stream};
use crate::budget::{Budget, Charge};

/// A sink and the reader of what it takes, with room for `bytes` between them.
///
/// The bound is in bytes because a line has anything from none to several thousand of them: a bound in lines
/// would have to be tiny or hold megabytes.
///
/// ```
/// use appsvc_os::log::{Line, LineSink, Stream, queue};
/// let (sink, reader) = queue(1024);
/// sink.line(Line { stream: Stream::Stdout, request: None, text: "hello", begins: true, ends: true });
/// drop(sink);
/// assert_eq!(reader.next().unwrap().text(), "hello");
/// assert!(reader.next().is_none());
/// ```
pub fn queue(bytes: u64) -> (QueueSink, QueueReader) {
    let (sender, receiver) = channel();
    let room = Budget::root("guest log", bytes);
    (QueueSink { sender, room, dropped: AtomicU64::new(0) }, QueueReader { receiver })
}

/// The sink of a [`queue`].
#[derive(Debug)]
pub struct QueueSink {
    sender: Sender<OwnedLine>,
    room: Arc<Budget>,
    dropped: AtomicU64,
}

/// The reader of a [`queue`].
#[derive(Debug)]
pub struct QueueReader {
    receiver: Receiver<OwnedLine>,
}

/// A [`Line`] on its way. Its room in the queue is free again when it is dropped.
#[derive(Debug)]
pub struct OwnedLine {
    stream: Stream,
    request: Option<Uuid>,
    text: Box<str>,
    begins: bool,
    ends: bool,
    _room: Charge,
}

impl LineSink for QueueSink {
    fn line(&self, line: Line<'_>) {
        let size = (size_of::<OwnedLine>() + line.text.len()) as u64;
        let sent = self.room.reserve(size).is_ok_and(|room| {
            let Line { stream, request, text, begins, ends } = line;
            self.sender
                .send(OwnedLine { stream, request, text: text.into(), begins, ends, _room: room })
                .is_ok()
        });
        if !sent {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl QueueReader {
    /// Waits for the next line. `None` when the sink is gone and all its lines have been read.
    pub fn next(&self) -> Option<OwnedLine> {
        self.receiver.recv().ok()
    }

    /// Waits for the next line for at most `timeout`.
    ///
    /// # Errors
    /// Tells whether the time is up or the sink is gone.
    pub fn next_within(&self, timeout: Duration) -> Result<OwnedLine, RecvTimeoutError> {
        self.receiver.recv_timeout(timeout)
    }
}

impl OwnedLine {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All of it.
    pub fn as_line(&self) -> Line<'_> {
        Line {
            stream: self.stream,
            request: self.request,
            text: &self.text,
            begins: self.begins,
            ends: self.ends,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line<'_> {
        Line { stream: Stream::Stderr, request: None, text, begins: true, ends: false }
    }

    #[test]
    fn lines_arrive_in_order_as_they_were() {
        let (sink, reader) = queue(10_000);
        sink.line(line("one"));
        sink.line(line(""));
        assert_eq!(reader.next().unwrap().as_line(), line("one"));
        assert_eq!(reader.next().unwrap().as_line(), line(""));
        let waited = reader.next_within(Duration::from_millis(1));
        assert_eq!(waited.unwrap_err(), RecvTimeoutError::Timeout);
        drop(sink);
        assert!(reader.next().is_none());
    }

    #[test]
    fn what_has_no_room_is_dropped_and_counted_and_room_comes_back() {
        let size = size_of::<OwnedLine>() as u64 + 4;
        let (sink, reader) = queue(size * 2);
        for _ in 0..5 {
            sink.line(line("1234"));
        }
        assert_eq!(sink.dropped(), 3);
        drop(reader.next());
        sink.line(line("5678"));
        sink.line(line("9"));
        assert_eq!(sink.dropped(), 4);
        assert_eq!(reader.next().unwrap().text(), "1234");
        assert_eq!(reader.next().unwrap().text(), "5678");
    }

    #[test]
    fn without_a_reader_everything_is_dropped_and_nothing_is_kept() {
        let (sink, reader) = queue(1000);
        drop(reader);
        for _ in 0..100 {
            sink.line(line("x"));
        }
        assert_eq!((sink.dropped(), sink.room.used()), (100, 0));
    }
}
