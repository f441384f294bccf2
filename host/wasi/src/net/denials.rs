//! What was refused, told to the operator: counted always, written at most so often (decision 16).

use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Least time between two log lines of one app, in milliseconds.
const INTERVAL_MS: u64 = 1_000;

/// Counts the refusals of one sandbox and writes a line about them, rate limited.
#[derive(Debug)]
pub struct Denials {
    app: String,
    begun: Instant,
    total: AtomicU64,
    unwritten: AtomicU64,
    /// Milliseconds from `begun` to the next moment a line may be written.
    next: AtomicU64,
}

impl Denials {
    /// No refusals yet, for the app of this name.
    pub fn new(app: impl Into<String>) -> Self {
        Self {
            app: app.into(),
            begun: Instant::now(),
            total: AtomicU64::new(0),
            unwritten: AtomicU64::new(0),
            next: AtomicU64::new(0),
        }
    }

    /// Notes that the app was not allowed to `verb` the `target`.
    pub fn deny(&self, verb: &str, target: &dyn Display) {
        self.total.fetch_add(1, Ordering::Relaxed);
        let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let next = self.next.load(Ordering::Relaxed);
        let turn = now >= next
            && self
                .next
                .compare_exchange(next, now + INTERVAL_MS, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if !turn {
            self.unwritten.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let unwritten = self.unwritten.swap(0, Ordering::Relaxed);
        tracing::warn!(
            id = "NET-05",
            app = self.app,
            unwritten,
            "the app may not {verb} {target}: this version of the host gives apps no network, \
             and no setting opens it; the guest got access-denied"
        );
    }

    /// How many refusals there were in all.
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_is_counted_though_few_are_written() {
        let denials = Denials::new("shop");
        for port in 0..100 {
            denials.deny("connect to", &format_args!("127.0.0.1:{port}"));
        }
        assert_eq!(denials.total(), 100);
        assert_eq!(denials.unwritten.load(Ordering::Relaxed), 99);
    }
}
