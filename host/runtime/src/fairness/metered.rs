//! CPU time of an app, measured poll by poll.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use super::gate;

/// CPU time that the guests of one app took, in nanoseconds.
#[derive(Debug, Default)]
pub struct CpuMeter(AtomicU64);

impl CpuMeter {
    /// The time so far.
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    fn add(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

pin_project! {
    /// A guest's future: every poll is timed, and ends the guest's turn at the gate.
    pub(crate) struct Metered<F> {
        #[pin]
        guest: F,
        meter: Arc<CpuMeter>,
    }
}

impl<F: Future> Metered<F> {
    pub(crate) fn new(guest: F, meter: Arc<CpuMeter>) -> Self {
        Self { guest, meter }
    }
}

impl<F: Future> Future for Metered<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let begun = Instant::now();
        let result = this.guest.poll(cx);
        this.meter.add(begun.elapsed());
        gate::leave();
        result
    }
}
