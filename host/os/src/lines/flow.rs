//! How fast a guest may write.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A token bucket over bytes: so many per second, and a burst that is free after a silence.
///
/// A write is always taken; what it costs beyond the bucket is a debt, and the guest waits until the debt is
/// paid before its next write is. So the guest is slowed and nothing is lost. Refusing writes instead would
/// end in lost lines or in errors that no program expects of its standard output.
///
/// All instances of a sandbox share one flow. It is one atomic number, the time at which the bucket will be
/// full again, in nanoseconds since it was made.
///
/// ```
/// use std::{num::NonZeroU64, time::{Duration, Instant}};
/// use appsvc_os::lines::Flow;
/// let start = Instant::now();
/// let flow = Flow::new(NonZeroU64::new(1000).unwrap(), 500, start);
/// assert_eq!(flow.take(500, start), Duration::ZERO);
/// assert_eq!(flow.take(250, start), Duration::from_millis(250));
/// assert_eq!(flow.wait(start + Duration::from_millis(250)), Duration::ZERO);
/// ```
#[derive(Debug)]
pub struct Flow {
    start: Instant,
    bytes_per_second: NonZeroU64,
    /// How far ahead of now the bucket may be full again, in nanoseconds: the burst as a time.
    burst: u64,
    full_at: AtomicU64,
}

impl Flow {
    /// A flow whose bucket is full at `start`.
    pub fn new(bytes_per_second: NonZeroU64, burst: u64, start: Instant) -> Self {
        let burst = nanoseconds(burst, bytes_per_second);
        Self { start, bytes_per_second, burst, full_at: AtomicU64::new(0) }
    }

    /// Takes a write of `bytes` at `now` and tells how long the guest has to wait before its next one.
    #[must_use]
    pub fn take(&self, bytes: u64, now: Instant) -> Duration {
        let cost = nanoseconds(bytes, self.bytes_per_second);
        let now = self.since_start(now);
        let after = |full_at: u64| full_at.max(now).saturating_add(cost);
        let before = self
            .full_at
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |full_at| Some(after(full_at)))
            .unwrap_or_else(|full_at| full_at);
        self.debt(after(before), now)
    }

    /// How long a guest has to wait at `now` before its next write is taken.
    #[must_use]
    pub fn wait(&self, now: Instant) -> Duration {
        self.debt(self.full_at.load(Ordering::Acquire), self.since_start(now))
    }

    fn debt(&self, full_at: u64, now: u64) -> Duration {
        Duration::from_nanos(full_at.saturating_sub(now).saturating_sub(self.burst))
    }

    fn since_start(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.start).as_nanos()).unwrap_or(u64::MAX)
    }
}

/// The time that `bytes` take, rounded up.
fn nanoseconds(bytes: u64, per_second: NonZeroU64) -> u64 {
    let time = (u128::from(bytes) * 1_000_000_000).div_ceil(u128::from(per_second.get()));
    u64::try_from(time).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn flow(rate: u64, burst: u64) -> (Flow, Instant) {
        let start = Instant::now();
        (Flow::new(NonZeroU64::new(rate).unwrap(), burst, start), start)
    }

    #[test]
    fn a_burst_is_free_and_comes_back_with_silence() {
        let (flow, start) = flow(100, 1000);
        assert_eq!(flow.take(1000, start), Duration::ZERO);
        assert_eq!(flow.take(1, start), Duration::from_millis(10));
        let later = start + Duration::from_secs(60);
        assert_eq!(flow.take(1000, later), Duration::ZERO);
        assert_eq!(flow.take(100, later), Duration::from_secs(1));
        assert_eq!(flow.wait(later + Duration::from_millis(400)), Duration::from_millis(600));
    }

    #[test]
    fn extremes_do_not_overflow() {
        let (flow, start) = flow(1, 0);
        let never = flow.take(u64::MAX, start);
        assert!(never > Duration::from_secs(86_400 * 365));
        assert!(flow.take(u64::MAX, start + Duration::from_secs(1)) <= never);
        let (flow, start) = self::flow(u64::MAX, u64::MAX);
        assert_eq!(flow.take(1 << 40, start), Duration::ZERO);
    }

    proptest! {
        /// A guest that waits as it is told never gets more than the burst, the rate times the time, and its
        /// last write; and whoever stays below the rate never waits.
        #[test]
        fn the_rate_is_kept(
            rate in 1..100_000u64, burst in 0..10_000u64,
            writes in proptest::collection::vec((0..5_000u64, 0..2_000u64), 1..100)
        ) {
            let (flow, start) = flow(rate, burst);
            let mut now = start;
            let mut total = 0u64;
            for (bytes, idle) in writes {
                let elapsed = (now - start).as_secs_f64();
                prop_assert!(total as f64 <= burst as f64 + rate as f64 * elapsed + 1.0, "{total} in {elapsed}");
                let wait = flow.take(bytes, now);
                total += bytes;
                prop_assert_eq!(flow.wait(now), wait);
                now += wait;
                prop_assert_eq!(flow.wait(now), Duration::ZERO);
                now += Duration::from_millis(idle);
            }
        }

        #[test]
        fn whoever_stays_below_the_rate_never_waits(
            rate in 1..100_000u64, writes in proptest::collection::vec(1..5_000u64, 1..100)
        ) {
            let (flow, mut now) = flow(rate, 5_000);
            for bytes in writes {
                prop_assert_eq!(flow.take(bytes, now), Duration::ZERO);
                now += Duration::from_nanos(nanoseconds(bytes, NonZeroU64::new(rate).unwrap()));
            }
        }
    }
}
