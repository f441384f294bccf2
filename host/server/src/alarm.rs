//! Coarse alarms: the timers behind every limit of the front end.
//!
//! A limit is hardly ever met, but something has to watch for it whenever a task waits. A timer of the
//! runtime costs a few hundred nanoseconds each time, for a precision nobody needs; an alarm is a place in a
//! list that one task per thread looks through now and then, and costs a tenth.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use slab::Slab;
use tokio::sync::Notify;

use crate::clock::Moment;

/// The longest time between two looks at the list, in milliseconds.
const LONGEST_STEP: u64 = 500;

/// The alarms of one thread.
#[derive(Debug)]
pub(crate) struct Alarms {
    entries: Mutex<Slab<Entry>>,
    /// Counts looks that found something due, so that an alarm knows without the lock that it has not rung.
    rings: AtomicU64,
    /// Milliseconds between two looks.
    step: AtomicU64,
    /// There is something in the list.
    filled: Notify,
}

#[derive(Debug)]
struct Entry {
    due: Moment,
    waker: Waker,
    rung: bool,
}

impl Alarms {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            entries: Mutex::new(Slab::new()),
            rings: AtomicU64::new(0),
            step: AtomicU64::new(LONGEST_STEP),
            filled: Notify::new(),
        })
    }

    /// Makes the steps short enough for limits of `shortest`.
    pub(crate) fn refine(&self, shortest: Duration) {
        let step = u64::try_from(shortest.as_millis() / 8).unwrap_or(LONGEST_STEP).clamp(2, LONGEST_STEP);
        self.step.fetch_min(step, Ordering::Relaxed);
    }

    /// Rings alarms that are due, for ever.
    pub(crate) async fn run(&self) {
        loop {
            if self.lock().is_empty() {
                self.filled.notified().await;
            }
            tokio::time::sleep(Duration::from_millis(self.step.load(Ordering::Relaxed))).await;
            self.ring(Moment::now());
        }
    }

    fn ring(&self, now: Moment) {
        let mut due = Vec::new();
        for (_, entry) in self.lock().iter_mut() {
            if entry.due <= now && !entry.rung {
                entry.rung = true;
                due.push(entry.waker.clone());
            }
        }
        if due.is_empty() {
            return;
        }
        self.rings.fetch_add(1, Ordering::Release);
        due.into_iter().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Slab<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One alarm. It is set by waiting for it and costs nothing before.
#[derive(Debug, Default)]
pub(crate) struct Alarm {
    /// The list it is in and the place there, while it is set.
    place: Option<(Arc<Alarms>, usize)>,
    /// `Alarms::rings` when this alarm was last looked at.
    seen: u64,
    /// Where the data of the waker in the list is, which tells tasks apart: it keeps its task's memory taken.
    task: usize,
}

impl Alarm {
    /// Sets the alarm to what `due` says, in the list `alarms`, unless it is set; ready when it has rung, and
    /// then it is no longer set.
    ///
    /// An alarm that is set is not moved: whoever waits works out anew what is due when it rings.
    pub(crate) fn poll(
        &mut self,
        cx: &Context<'_>,
        alarms: &Arc<Alarms>,
        due: impl FnOnce() -> Moment,
    ) -> Poll<()> {
        let task = cx.waker().data().addr();
        let Some((alarms, place)) = &self.place else {
            (self.seen, self.task) = (alarms.rings.load(Ordering::Acquire), task);
            let due = due();
            let mut entries = alarms.lock();
            let first = entries.is_empty();
            let place = entries.insert(Entry { due, waker: cx.waker().clone(), rung: false });
            drop(entries);
            self.place = Some((alarms.clone(), place));
            if first {
                alarms.filled.notify_one();
            }
            return Poll::Pending;
        };
        let rings = alarms.rings.load(Ordering::Acquire);
        if rings == self.seen && task == self.task {
            return Poll::Pending;
        }
        (self.seen, self.task) = (rings, task);
        let mut entries = alarms.lock();
        if let Some(entry) = entries.get_mut(*place)
            && !entry.rung
        {
            entry.waker.clone_from(cx.waker());
            return Poll::Pending;
        }
        drop(entries);
        self.unset();
        Poll::Ready(())
    }

    fn unset(&mut self) {
        if let Some((alarms, place)) = self.place.take() {
            alarms.lock().try_remove(place);
        }
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.unset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alarm_rings_once_when_due_and_not_before() {
        let alarms = Alarms::new();
        let cx = Context::from_waker(Waker::noop());
        let now = Moment::now();
        let due = now.after(Duration::from_secs(1));
        let (mut early, mut late) = (Alarm::default(), Alarm::default());
        assert!(early.poll(&cx, &alarms, || due).is_pending());
        assert!(late.poll(&cx, &alarms, || due.after(Duration::from_secs(1))).is_pending());
        alarms.ring(now);
        assert!(early.poll(&cx, &alarms, || due).is_pending());
        alarms.ring(due);
        assert!(early.poll(&cx, &alarms, || due).is_ready());
        assert!(late.poll(&cx, &alarms, || due).is_pending());
        drop((early, late));
        assert!(alarms.lock().is_empty());
    }

    #[test]
    fn an_alarm_wakes_the_task_that_polled_it_last() {
        #[derive(Default)]
        struct Woken(AtomicU64);
        impl std::task::Wake for Woken {
            fn wake(self: Arc<Self>) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        let alarms = Alarms::new();
        let (first, second) = (Arc::new(Woken::default()), Arc::new(Woken::default()));
        let mut alarm = Alarm::default();
        for task in [&first, &second] {
            let waker = Waker::from(task.clone());
            assert!(alarm.poll(&Context::from_waker(&waker), &alarms, Moment::now).is_pending());
        }
        alarms.ring(Moment::now());
        assert_eq!((first.0.load(Ordering::Relaxed), second.0.load(Ordering::Relaxed)), (0, 1));
    }

    #[test]
    fn steps_follow_the_shortest_limit() {
        let alarms = Alarms::new();
        alarms.refine(Duration::from_secs(30));
        assert_eq!(alarms.step.load(Ordering::Relaxed), LONGEST_STEP);
        alarms.refine(Duration::from_millis(80));
        alarms.refine(Duration::from_secs(5));
        assert_eq!(alarms.step.load(Ordering::Relaxed), 10);
    }
}
