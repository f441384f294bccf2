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

/// Time that is not told to the meter yet: it is one for all threads, and each of them would have the others wait.
const UNTOLD: Duration = Duration::from_millis(1);

impl CpuMeter {
    /// The time so far.
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }

    fn add(&self, time: Duration) {
        self.0.fetch_add(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl AsRef<Self> for CpuMeter {
    fn as_ref(&self) -> &Self {
        self
    }
}

pin_project! {
    /// A guest's future: every poll is timed, and ends the guest's turn at the gate.
    pub(crate) struct Metered<F, M: AsRef<CpuMeter>> {
        #[pin]
        guest: F,
        meter: Arc<M>,
        untold: Duration,
    }

    impl<F, M: AsRef<CpuMeter>> PinnedDrop for Metered<F, M> {
        fn drop(this: Pin<&mut Self>) {
            (*this.meter).as_ref().add(this.untold);
        }
    }
}

impl<F: Future, M: AsRef<CpuMeter>> Metered<F, M> {
    /// `meter` is, or holds, the meter of the guest's app.
    pub(crate) fn new(guest: F, meter: Arc<M>) -> Self {
        Self { guest, meter, untold: Duration::ZERO }
    }
}

impl<F: Future, M: AsRef<CpuMeter>> Future for Metered<F, M> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let begun = Instant::now();
        let result = this.guest.poll(cx);
        *this.untold += begun.elapsed();
        if *this.untold >= UNTOLD {
            (**this.meter).as_ref().add(std::mem::take(this.untold));
        }
        gate::leave();
        result
    }
}
