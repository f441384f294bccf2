//! The host's log: what the host says, and what its guests print.
//!
//! Nothing that serves requests ever waits for whoever reads standard error. What the host says goes to a writer
//! thread, and where that falls behind, lines are dropped. What guests print goes through a bounded queue per app
//! to a thread that writes it and may wait; what finds the queue full is dropped, counted, and told.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use appsvc_config::LogFormat;
use appsvc_os::log::{LineSink, QueueReader, QueueSink, queue};
use tracing::Dispatch;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// Bytes of guest output that may wait for the writer, per app.
const WAITING: u64 = 4 << 20;
/// Lines of the host that may wait for the writer.
const WAITING_LINES: usize = 16 * 1024;
/// How long the end of the host waits for guest output to be written.
const LAST_LINES: Duration = Duration::from_secs(2);

/// Keeps the writer alive; when it is dropped, what is waiting is written.
pub struct LogGuard {
    _worker: WorkerGuard,
}

/// Starts the log. The variable `WASM_APPSVC_LOG` chooses what is written, else `level` and above.
///
/// # Errors
///
/// A filter that cannot be understood.
pub fn start(format: LogFormat, level: &str) -> anyhow::Result<LogGuard> {
    let filter = match std::env::var("WASM_APPSVC_LOG") {
        Ok(filter) => EnvFilter::try_new(&filter)
            .with_context(|| format!("WASM_APPSVC_LOG={filter} is no log filter; try `info` or `debug`"))?,
        Err(_) => EnvFilter::new(level),
    };
    let (writer, worker): (NonBlocking, WorkerGuard) =
        NonBlockingBuilder::default().lossy(true).buffered_lines_limit(WAITING_LINES).finish(io::stderr());
    // A second start within one process, as in tests, keeps the first log.
    let _ = tracing::dispatcher::set_global_default(dispatch(format, filter, writer));
    Ok(LogGuard { _worker: worker })
}

fn dispatch<W>(format: LogFormat, filter: EnvFilter, writer: W) -> Dispatch
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let subscriber = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    match format {
        LogFormat::Text => subscriber.with_ansi(false).finish().into(),
        LogFormat::Json => subscriber.json().flatten_event(true).finish().into(),
    }
}

/// Turns what guests print into lines of the log.
pub struct GuestLog {
    lines: Dispatch,
    writers: Mutex<Vec<JoinHandle<()>>>,
}

impl GuestLog {
    /// Lines in this format, on standard error.
    pub fn new(format: LogFormat) -> Self {
        Self { lines: dispatch(format, EnvFilter::new("info"), io::stderr), writers: Mutex::default() }
    }

    /// The sink for the app of this name: a queue, and a thread that empties it.
    pub fn sink(&self, app: &str) -> Arc<dyn LineSink> {
        let (sink, reader) = queue(WAITING);
        let sink = Arc::new(sink);
        let counted = Arc::downgrade(&sink);
        let (app, lines) = (app.to_owned(), self.lines.clone());
        let spawned = thread::Builder::new().name("guest-log".into()).spawn(move || {
            tracing::dispatcher::with_default(&lines, || write(&app, &reader, &counted));
        });
        match spawned {
            Ok(writer) => self.writers.lock().unwrap_or_else(PoisonError::into_inner).push(writer),
            Err(error) => {
                tracing::error!(%error, "guest output will be dropped: its writer cannot be started");
            }
        }
        sink
    }

    /// Waits until what the guests have printed is written, or nobody takes it.
    pub fn finish(self) {
        let until = Instant::now() + LAST_LINES;
        for writer in self.writers.into_inner().unwrap_or_else(PoisonError::into_inner) {
            while !writer.is_finished() && Instant::now() < until {
                thread::sleep(Duration::from_millis(5));
            }
        }
    }
}

fn write(app: &str, reader: &QueueReader, counted: &std::sync::Weak<QueueSink>) {
    let mut told = 0;
    while let Some(line) = reader.next() {
        let line = line.as_line();
        let request = line.request.map(tracing::field::display);
        let stream = line.stream.as_str();
        tracing::info!(target: "guest", app, request, stream, "{}", line.text);
        let dropped = counted.upgrade().map_or(told, |sink| sink.dropped());
        if dropped > told {
            tracing::warn!(
                app,
                lines = dropped - told,
                "guest output was dropped: nobody reads the log fast enough"
            );
            told = dropped;
        }
    }
}
