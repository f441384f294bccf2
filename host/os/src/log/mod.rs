//! Where a guest's output goes.
//!
//! Inside: the [`LineSink`] that whoever shows or stores guest output implements, and a [`queue`] that turns
//! any slow reader into one. Not inside: the cutting of bytes into lines (`lines`), formats and files.
//!
//! A sink must not block: guests write from the threads that serve requests, and a log file on a full disk
//! or a terminal that was stopped with Ctrl-S would otherwise stop every app of the host. What cannot be
//! taken is dropped and counted, and the count is reported.

mod queue;

use uuid::Uuid;

pub use queue::{OwnedLine, QueueReader, QueueSink, queue};

/// Which of a guest's two streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Stream {
    /// `stdout` or `stderr`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// A line of a guest, or a part of one that was too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Where the guest wrote it.
    pub stream: Stream,
    /// The request the guest served when it wrote the line, if any.
    pub request: Option<Uuid>,
    /// The text, without a line end and with nothing in it that a terminal or a log reader would act on.
    pub text: &'a str,
    /// False when this goes on with the line before.
    pub begins: bool,
    /// False when the line goes on in the next.
    pub ends: bool,
}

/// Takes a guest's output line by line.
///
/// One sink serves one app or sandbox and is shared by its instances; lines of two instances may alternate,
/// but each arrives whole.
pub trait LineSink: Send + Sync {
    /// Takes a line. Never blocks; a line for which there is no room is dropped and counted.
    fn line(&self, line: Line<'_>);

    /// How many lines have been dropped so far.
    fn dropped(&self) -> u64;
}
