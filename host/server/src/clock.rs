//! A cheap clock for limits of seconds.
//!
//! `Instant::now` costs about 45 ns where this costs 10; the kernel's coarse clock steps every few
//! milliseconds, which no limit here can tell apart.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A moment in milliseconds since an arbitrary start. 0 never comes up and may stand for "not at all".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    /// Now.
    pub(crate) fn now() -> Self {
        let now = clock_gettime(ClockId::MonotonicCoarse);
        let seconds = u64::try_from(now.tv_sec).unwrap_or(0);
        let milliseconds = u64::try_from(now.tv_nsec).unwrap_or(0) / 1_000_000;
        Self((seconds * 1000 + milliseconds).max(1))
    }

    /// The number, to be kept in an atomic.
    pub(crate) fn to_bits(self) -> u64 {
        self.0
    }

    /// The moment kept under `bits`, unless that is 0.
    pub(crate) fn from_bits(bits: u64) -> Option<Self> {
        (bits != 0).then_some(Self(bits))
    }

    /// This moment and `wait` more, rounded up to the clock's step so that nothing is due early.
    pub(crate) fn after(self, wait: Duration) -> Self {
        let milliseconds = u64::try_from(wait.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(milliseconds))
    }

    /// The time from `earlier` to this moment; zero if `earlier` is later.
    pub(crate) fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_add_up_and_round_up() {
        let start = Moment(10);
        assert_eq!(start.after(Duration::from_micros(1)), Moment(11));
        assert_eq!(start.after(Duration::from_millis(5)).since(start), Duration::from_millis(5));
        assert_eq!(start.since(Moment(11)), Duration::ZERO);
        assert_eq!(Moment::from_bits(0), None);
        assert!(Moment::now() >= Moment::from_bits(1).unwrap());
    }
}
