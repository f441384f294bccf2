//! Every limit of the front end, in one place: unit, range, default and what happens when it is met.
//!
//! They bound what a client can make the host spend before an app has said anything. What a guest may spend
//! is bounded by its tier, elsewhere.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The limits of one listening address.
///
/// Durations are measured with the kernel's coarse clock and looked at in steps of an eighth of the
/// shortest one (never more than half a second), so a limit is met late by at most that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request head, request line and header lines together. 4 KiB to 16 MiB, default 64 KiB.
    /// A longer head is answered with 431.
    pub head_bytes: usize,
    /// Header lines of a request. 1 to 10,000, default 100. More are answered with 431.
    pub head_lines: usize,
    /// Bytes of a request's target (path and query). 1 to 65,534, default 16 KiB. A longer one is
    /// answered with 414.
    pub url_bytes: usize,
    /// Time from the first byte of a request head to its last, from the start of a connection to its first
    /// byte, and for a TLS handshake. 1 ms to 1 h, default 30 s. A head that has begun is answered with
    /// 408; a connection that never said anything is closed.
    pub head_time: Duration,
    /// Time a connection may rest between two requests. 1 ms to 1 day, default 120 s. Then it is closed.
    pub idle_time: Duration,
    /// Least rate of a request body in bytes per second, while the app waits for it. 0 (no limit) to 1 GiB,
    /// default 240. Below it the app's read fails and the client gets 408 unless its response has begun.
    pub body_rate: u32,
    /// Waiting time during which no rate is asked for. 1 ms to 1 h, default 5 s.
    pub body_grace: Duration,
    /// Time a client may leave the response unread without taking a single byte. 1 ms to 1 h, default
    /// 60 s. Then the connection is reset (HTTP/2: the stream).
    pub write_stall: Duration,
    /// Connections at the same time. 1 to 1,000,000, default 10,000. One more is answered with 503 and closed.
    pub connections: usize,
    /// Streams of one HTTP/2 connection at the same time. 1 to 10,000, default 100. The client is told.
    pub streams: u32,
    /// The time limit of a request: the longest time in which no byte moves in either direction
    /// (LIFE-01, LIFE-02). 1 ms to 1 day, default 230 s. Before the response's head the client gets 500,
    /// after it the connection is reset (HTTP/2: the stream).
    pub silence: Duration,
    /// Time that requests under way are given when the server stops (UNC-08). 0 to 1 h, default 30 s.
    pub stop_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head_bytes: 64 * 1024,
            head_lines: 100,
            url_bytes: 16 * 1024,
            head_time: Duration::from_secs(30),
            idle_time: Duration::from_secs(120),
            body_rate: 240,
            body_grace: Duration::from_secs(5),
            write_stall: Duration::from_secs(60),
            connections: 10_000,
            streams: 100,
            silence: Duration::from_secs(230),
            stop_grace: Duration::from_secs(30),
        }
    }
}

/// A limit outside its range.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the limit `{name}` is {value}; it must be {least} to {most}")]
pub struct LimitError {
    /// The field of [`Limits`].
    pub name: &'static str,
    /// What it was set to, with its unit.
    pub value: String,
    /// The least that is allowed.
    pub least: String,
    /// The most that is allowed.
    pub most: String,
}

const SHORTEST: Duration = Duration::from_millis(1);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

impl Limits {
    /// Whether every limit is within its range.
    ///
    /// # Errors
    /// [`LimitError`] names the first that is not.
    pub fn check(&self) -> Result<(), LimitError> {
        number("head_bytes", self.head_bytes, 4096..=16 * 1024 * 1024)?;
        number("head_lines", self.head_lines, 1..=10_000)?;
        number("url_bytes", self.url_bytes, 1..=65_534)?;
        time("head_time", self.head_time, SHORTEST..=HOUR)?;
        time("idle_time", self.idle_time, SHORTEST..=DAY)?;
        number("body_rate", self.body_rate as usize, 0..=1024 * 1024 * 1024)?;
        time("body_grace", self.body_grace, SHORTEST..=HOUR)?;
        time("write_stall", self.write_stall, SHORTEST..=HOUR)?;
        number("connections", self.connections, 1..=1_000_000)?;
        number("streams", self.streams as usize, 1..=10_000)?;
        time("silence", self.silence, SHORTEST..=DAY)?;
        time("stop_grace", self.stop_grace, Duration::ZERO..=HOUR)
    }

    /// The shortest duration that something waits for.
    pub(crate) fn shortest(&self) -> Duration {
        self.head_time.min(self.idle_time).min(self.body_grace).min(self.write_stall).min(self.silence)
    }
}

fn number(name: &'static str, value: usize, range: RangeInclusive<usize>) -> Result<(), LimitError> {
    check(name, value, range, |n| n.to_string())
}

fn time(name: &'static str, value: Duration, range: RangeInclusive<Duration>) -> Result<(), LimitError> {
    check(name, value, range, |d| format!("{d:?}"))
}

fn check<T: PartialOrd>(
    name: &'static str,
    value: T,
    range: RangeInclusive<T>,
    show: impl Fn(&T) -> String,
) -> Result<(), LimitError> {
    if range.contains(&value) {
        return Ok(());
    }
    Err(LimitError { name, value: show(&value), least: show(range.start()), most: show(range.end()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_within_their_ranges() {
        Limits::default().check().unwrap();
    }

    #[test]
    fn a_limit_out_of_range_is_named_with_its_range() {
        let limits = Limits { idle_time: Duration::ZERO, ..Limits::default() };
        let error = limits.check().unwrap_err();
        assert_eq!(error.to_string(), "the limit `idle_time` is 0ns; it must be 1ms to 86400s");
        let limits = Limits { connections: 0, ..Limits::default() };
        assert_eq!(limits.check().unwrap_err().name, "connections");
    }
}
