//! The host's log: what the host says, and what its guests print.
//!
//! Nothing that serves requests ever waits for whoever reads standard error: lines go to a writer thread, and
//! where it falls behind they are dropped and counted.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::Context as _;
use appsvc_config::LogFormat;
use appsvc_os::log::{LineSink, queue};
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Bytes of guest output that may wait for the writer, per app.
const WAITING: u64 = 4 << 20;
/// Lines that may wait for the writer.
const WAITING_LINES: usize = 16 * 1024;

/// Keeps the writer alive; when it is dropped, what is waiting is written.
pub struct LogGuard {
    _worker: WorkerGuard,
}

/// Starts the log. The variable `WASM_APPSVC_LOG` chooses what is written (default `info`).
///
/// # Errors
///
/// A filter that cannot be understood.
pub fn start(format: LogFormat) -> anyhow::Result<LogGuard> {
    let filter = match std::env::var("WASM_APPSVC_LOG") {
        Ok(filter) => EnvFilter::try_new(&filter)
            .with_context(|| format!("WASM_APPSVC_LOG={filter} is no log filter; try `info` or `debug`"))?,
        Err(_) => EnvFilter::new("info"),
    };
    let (writer, worker): (NonBlocking, WorkerGuard) =
        NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING_LINES).finish(io::stderr());
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let set = match format {
        LogFormat::Text => subscriber.with_ansi(false).try_init(),
        LogFormat::Json => subscriber.json().flatten_event(true).try_init(),
    };
    // A second start within one process, as in tests, keeps the first log.
    let _ = set;
    Ok(LogGuard { _worker: worker })
}

/// Turns what guests print into lines of the log.
#[derive(Debug, Default)]
pub struct GuestLog {
    threads: AtomicU64,
}

impl GuestLog {
    /// The sink for the app of this name: a queue, and a thread that empties it.
    pub fn sink(&self, app: &str) -> Arc<dyn LineSink> {
        let (sink, reader) = queue(WAITING);
        let sink = Arc::new(sink);
        let counted = Arc::downgrade(&sink);
        let app = app.to_owned();
        let number = self.threads.fetch_add(1, Ordering::Relaxed);
        let spawned = thread::Builder::new().name(format!("guest-log-{number}")).spawn(move || {
            let mut reported = 0;
            while let Some(line) = reader.next() {
                let line = line.as_line();
                let request = line.request.map(tracing::field::display);
                let stream = line.stream.as_str();
                tracing::info!(target: "guest", app, request, stream, "{}", line.text);
                let dropped = counted.upgrade().map_or(reported, |sink| sink.dropped());
                if dropped > reported {
                    tracing::warn!(
                        app,
                        lines = dropped - reported,
                        "guest output was dropped: the log is too slow"
                    );
                    reported = dropped;
                }
            }
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "guest output will be dropped: its writer cannot be started");
        }
        sink
    }
}
