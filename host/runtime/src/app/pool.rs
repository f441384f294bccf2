//! Warm instances: those that have served a request and wait for the next (decisions 9 and 10).
//!
//! One shelf per thread, so that threads do not contend; an instance goes back to the shelf of the thread that
//! used it. A thread whose shelf is empty looks on the others' before it makes a new instance.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use appsvc_wasi::Guest;
use wasmtime::Store;
use wasmtime_wasi_http::p2::bindings::Proxy as ProxyP2;
use wasmtime_wasi_http::p3::bindings::Service;

/// Requests an instance serves before it is retired.
const MOST_REQUESTS: u32 = 100_000;
/// Handles an instance may hold more than after its first request before it counts as leaking.
const SLACK: usize = 16;
/// Shelves per version; threads beyond share them.
const SHELVES: usize = 16;

/// An instance's exports.
pub(crate) enum Proxy {
    P2(ProxyP2),
    P3(Service),
}

/// An instance that can serve a request.
pub(crate) struct Warm {
    pub(crate) store: Store<Guest>,
    pub(crate) proxy: Proxy,
    served: u32,
    /// Handles it held after its first request.
    baseline: usize,
    idle_since: Instant,
}

impl Warm {
    pub(crate) fn new(store: Store<Guest>, proxy: Proxy) -> Self {
        Self { store, proxy, served: 0, baseline: 0, idle_since: Instant::now() }
    }

    /// Whether it holds more handles than before the request that has just ended.
    pub(crate) fn has_grown(&mut self) -> bool {
        self.handles() > self.baseline
    }

    fn handles(&mut self) -> usize {
        self.store.data_mut().table.iter_mut().count()
    }

    /// Counts a request that ended well; `false` if the instance is not fit for another.
    fn served(&mut self) -> bool {
        let handles = self.handles();
        if self.served == 0 {
            self.baseline = handles;
        }
        self.served += 1;
        self.served < MOST_REQUESTS && handles <= self.baseline + SLACK
    }
}

/// The warm instances of one version.
pub(crate) struct Pool {
    shelves: Vec<Mutex<VecDeque<Warm>>>,
}

impl Pool {
    pub(crate) fn new() -> Self {
        Self { shelves: (0..SHELVES).map(|_| Mutex::default()).collect() }
    }

    /// The instance used last on this thread, else any.
    pub(crate) fn take(&self) -> Option<Warm> {
        let own = this_thread();
        let (before, after) = self.shelves.split_at_checked(own % SHELVES)?;
        after.iter().chain(before).find_map(|shelf| lock(shelf).pop_back())
    }

    /// Shelves an instance that has served one more request, unless it is to be retired.
    pub(crate) fn put(&self, mut warm: Warm) {
        if !warm.served() {
            return;
        }
        warm.idle_since = Instant::now();
        if let Some(shelf) = self.shelves.get(this_thread() % SHELVES) {
            lock(shelf).push_back(warm);
        }
    }

    /// Retires all idle instances; how many there were.
    pub(crate) fn clear(&self) -> usize {
        self.shelves.iter().map(|shelf| std::mem::take(&mut *lock(shelf)).len()).sum()
    }

    /// Retires the instances that nobody has needed for `limit`.
    pub(crate) fn retire_idle(&self, limit: Duration) {
        for shelf in &self.shelves {
            let mut old = Vec::new();
            let mut shelf = lock(shelf);
            while shelf.front().is_some_and(|warm| warm.idle_since.elapsed() >= limit) {
                old.extend(shelf.pop_front());
            }
            // Dropping an instance resets its memory: not under the lock.
            drop(shelf);
            drop(old);
        }
    }
}

fn lock(shelf: &Mutex<VecDeque<Warm>>) -> MutexGuard<'_, VecDeque<Warm>> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A number of this thread's own, from 0 in the order in which threads first asked.
fn this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    OWN.with(|own| *own)
}
