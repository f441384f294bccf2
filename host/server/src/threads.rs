//! The guest threads: where connections are served and guests run (decision 10).
//!
//! Each is a current-thread runtime of its own. A runtime shared by all threads would steal tasks from thread
//! to thread, and with them the state that an engine keeps per thread.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::Handle;
use tokio::sync::Notify;

use crate::alarm::Alarms;

/// How long a thread that ends waits for calls that block, which run on threads of their own.
const STOP_TIME: Duration = Duration::from_secs(5);

/// Why the guest threads did not start.
#[derive(Debug, thiserror::Error)]
pub enum ThreadsError {
    /// There must be at least one.
    #[error("there must be at least one guest thread; leave the number out to have one per processor")]
    None,
    /// The system refused a thread, or its event queue.
    #[error(
        "guest thread {index} could not start: {source}; raise the limit of threads or open files, or ask for fewer"
    )]
    Start {
        /// The thread's number, from 0.
        index: usize,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What others know of one guest thread.
#[derive(Debug)]
pub(crate) struct Worker {
    /// Its number, from 0.
    pub(crate) index: usize,
    pub(crate) handle: Handle,
    pub(crate) alarms: Arc<Alarms>,
    /// Connections at home on it.
    pub(crate) connections: AtomicUsize,
    /// HTTP/2 requests that it works on, whichever thread their connection is at home on.
    pub(crate) streams: AtomicUsize,
    /// Ends the thread.
    stop: Notify,
    /// `/proc` file of its processor time.
    schedstat: PathBuf,
    /// Its processor time in nanoseconds, once it has ended.
    ended: AtomicU64,
}

/// The guest threads of this host. Dropping it stops them: tasks on them are dropped where they wait.
#[derive(Debug)]
pub struct Threads {
    workers: Vec<Arc<Worker>>,
    joins: Mutex<Vec<std::thread::JoinHandle<()>>>,
}

impl Threads {
    /// Starts `count` guest threads (`None`: one per available processor), named `guest-0`, `guest-1` ...
    ///
    /// `on_start` runs first on each of them, with the thread's number, inside its runtime.
    ///
    /// # Errors
    /// [`ThreadsError`] when `count` is 0 or the system refuses a thread.
    pub fn start(
        count: Option<usize>,
        on_start: impl Fn(usize) + Send + Sync + 'static,
    ) -> Result<Arc<Self>, ThreadsError> {
        let count =
            count.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, |count| count.get()));
        if count == 0 {
            return Err(ThreadsError::None);
        }
        let on_start = Arc::new(on_start);
        let mut threads = Self { workers: Vec::with_capacity(count), joins: Mutex::default() };
        for index in 0..count {
            let on_start = on_start.clone();
            let (ready, started) = mpsc::sync_channel(1);
            let refused = |source| ThreadsError::Start { index, source };
            let join = std::thread::Builder::new()
                .name(format!("guest-{index}"))
                .spawn(move || {
                    main(index, &*on_start, &ready);
                })
                .map_err(refused)?;
            threads.joins.get_mut().unwrap_or_else(PoisonError::into_inner).push(join);
            let worker = started.recv().unwrap_or_else(|_| Err(std::io::ErrorKind::BrokenPipe.into()));
            threads.workers.push(worker.map_err(refused)?);
        }
        Ok(Arc::new(threads))
    }

    /// The number of guest threads.
    pub fn count(&self) -> usize {
        self.workers.len()
    }

    /// The runtime of each guest thread, in the order of their numbers.
    pub fn handles(&self) -> impl Iterator<Item = &Handle> {
        self.workers.iter().map(|worker| &worker.handle)
    }

    /// The processor time each guest thread has used so far, user and system together.
    pub fn cpu_times(&self) -> Vec<Duration> {
        self.workers.iter().map(|worker| worker.cpu_time()).collect()
    }

    pub(crate) fn workers(&self) -> &[Arc<Worker>] {
        &self.workers
    }

    /// The thread with the fewest connections and requests.
    pub(crate) fn least_loaded(&self) -> Option<&Arc<Worker>> {
        self.workers.iter().min_by_key(|worker| {
            worker.connections.load(Ordering::Relaxed) + worker.streams.load(Ordering::Relaxed)
        })
    }

    /// The thread that should take one more HTTP/2 request of a connection at home on `home`: `home` itself
    /// unless it has more than its fair share.
    pub(crate) fn for_stream<'a>(&'a self, home: &'a Arc<Worker>) -> &'a Arc<Worker> {
        /// Requests over the fair share that a thread keeps. Handing one on costs about as much as it takes to
        /// serve a small one, so it pays only where they pile up.
        const SLACK: usize = 8;
        let streams = |worker: &Arc<Worker>| worker.streams.load(Ordering::Relaxed);
        if self.workers.len() == 1 {
            return home;
        }
        let fair = self.workers.iter().map(streams).sum::<usize>() / self.workers.len();
        if streams(home) < fair + SLACK {
            return home;
        }
        self.workers.iter().min_by_key(|worker| streams(worker)).unwrap_or(home)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        for worker in &self.workers {
            worker.stop.notify_one();
        }
        for join in self.joins.get_mut().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // One of the threads may hold the last reference.
            if join.thread().id() != std::thread::current().id() {
                let _ = join.join();
            }
        }
    }
}

impl Worker {
    fn cpu_time(&self) -> Duration {
        let ended = self.ended.load(Ordering::Acquire);
        if ended != 0 {
            return Duration::from_nanos(ended);
        }
        let text = std::fs::read_to_string(&self.schedstat).unwrap_or_default();
        let nanoseconds = text.split(' ').next().and_then(|field| field.parse().ok());
        Duration::from_nanos(nanoseconds.unwrap_or_else(|| self.ended.load(Ordering::Acquire)))
    }
}

fn main(
    index: usize,
    on_start: &(impl Fn(usize) + ?Sized),
    ready: &mpsc::SyncSender<std::io::Result<Arc<Worker>>>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = ready.send(Err(error));
            return;
        }
    };
    let thread = rustix::thread::gettid().as_raw_nonzero();
    let worker = Arc::new(Worker {
        index,
        handle: runtime.handle().clone(),
        alarms: Alarms::new(),
        connections: AtomicUsize::new(0),
        streams: AtomicUsize::new(0),
        stop: Notify::new(),
        schedstat: PathBuf::from(format!("/proc/self/task/{thread}/schedstat")),
        ended: AtomicU64::new(0),
    });
    runtime.block_on(async {
        on_start(index);
        let alarms = worker.alarms.clone();
        tokio::spawn(async move { alarms.run().await });
        let _ = ready.send(Ok(worker.clone()));
        worker.stop.notified().await;
    });
    runtime.shutdown_timeout(STOP_TIME);
    let used = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, rest) = (u64::try_from(used.tv_sec).unwrap_or(0), u64::try_from(used.tv_nsec).unwrap_or(0));
    worker.ended.store((seconds * 1_000_000_000 + rest).max(1), Ordering::Release);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_run_the_hook_know_their_time_and_stop_when_dropped() {
        let started = Arc::new(Mutex::new(Vec::new()));
        let seen = started.clone();
        let threads = Threads::start(Some(2), move |index| {
            Handle::current();
            seen.lock().unwrap().push((index, std::thread::current().name().map(str::to_owned)));
        })
        .unwrap();
        assert_eq!(threads.count(), 2);
        let mut started = started.lock().unwrap().clone();
        started.sort();
        assert_eq!(started, [(0, Some("guest-0".to_owned())), (1, Some("guest-1".to_owned()))]);
        let busy = threads.handles().next().unwrap().spawn(async {
            let mut sum = 0_u64;
            for i in 0..20_000_000_u64 {
                sum = std::hint::black_box(sum ^ i);
            }
            sum
        });
        while !busy.is_finished() {
            std::thread::yield_now();
        }
        let times = threads.cpu_times();
        assert!(times[0] > times[1], "{times:?}");
        let workers = threads.workers().to_vec();
        drop(threads);
        assert!(workers[0].cpu_time() >= times[0]);
    }

    #[test]
    fn no_threads_is_an_error() {
        assert!(matches!(Threads::start(Some(0), |_| {}), Err(ThreadsError::None)));
    }

    #[test]
    fn a_thread_over_its_share_hands_on() {
        let threads = Threads::start(Some(2), |_| {}).unwrap();
        let [home, other] = threads.workers() else { panic!() };
        assert!(Arc::ptr_eq(threads.for_stream(home), home));
        home.streams.store(14, Ordering::Relaxed);
        assert!(Arc::ptr_eq(threads.for_stream(home), home));
        home.streams.store(16, Ordering::Relaxed);
        assert!(Arc::ptr_eq(threads.for_stream(home), other));
        other.streams.store(16, Ordering::Relaxed);
        assert!(Arc::ptr_eq(threads.for_stream(home), home));
    }
}
