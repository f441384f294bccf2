//! Connections that speak HTTP/2.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as Task, Poll};
use std::time::Duration;

use hyper::rt::Executor;
use hyper::server::conn::http2::Builder;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use super::conduct::Conduct;
use super::context::Context;
use super::watch::{Event, Watch};
use super::wire::Wire;
use crate::alarm::Alarm;
use crate::clock::Moment;
use crate::limits::Limits;
use crate::request::answer;
use crate::site::Site;
use crate::threads::{Threads, Worker};

/// Streams that a client may take back before they are looked at, and that may break the rules, before the
/// connection ends ("rapid reset", CVE-2023-44487).
const RESETS: usize = 20;
const LOCAL_RESETS: usize = 256;
/// Bytes that wait to be sent per stream.
const SEND_BUFFER: usize = 64 * 1024;

/// Serves the connection until it ends.
pub(super) async fn serve<S: Site>(
    cx: Arc<Context<S>>,
    wire: Wire,
    conduct: Arc<Conduct>,
    home: Arc<Worker>,
    mut watch: Watch,
) {
    let next = Arc::new(Mutex::new(None));
    let limits = &cx.shared.limits;
    let threads = cx.shared.threads.clone();
    let streams = Streams { next: next.clone(), threads, home, write_stall: limits.write_stall };
    let service = service_fn(|request| {
        let flow = Arc::new(Flow::default());
        *next.lock().unwrap_or_else(PoisonError::into_inner) = Some(flow.clone());
        answer(cx.clone(), conduct.begin(), Some(flow), request)
    });
    let mut connection = pin!(builder(streams, limits).serve_connection(TokioIo::new(wire), service));
    let result = poll_fn(|task| {
        loop {
            if let Poll::Ready(result) = connection.as_mut().poll(task) {
                return Poll::Ready(result);
            }
            match watch.poll(task) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Event::Finish | Event::Close) => connection.as_mut().graceful_shutdown(),
                Poll::Ready(Event::Cut) => return Poll::Ready(Ok(())),
            }
        }
    })
    .await;
    if let Err(error) = result {
        tracing::debug!(app = conduct.app(), reason = %error, "an HTTP/2 connection ended early");
    }
}

fn builder(streams: Streams, limits: &Limits) -> Builder<Streams> {
    let mut builder = Builder::new(streams);
    builder
        .max_header_list_size(u32::try_from(limits.head_bytes).unwrap_or(u32::MAX))
        .max_concurrent_streams(limits.streams)
        .max_pending_accept_reset_streams(RESETS)
        .max_local_error_reset_streams(LOCAL_RESETS)
        .max_send_buf_size(SEND_BUFFER);
    builder
}

/// Whether a stream waits for its client.
///
/// While a client has no room for more, the library does not ask the response's body for more, so nothing of
/// ours would notice a client that never reads.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// When a piece was given to the library, if it has not asked for the next since.
    given: AtomicU64,
}

impl Flow {
    /// The library has a piece to send.
    pub(crate) fn given(&self) {
        self.given.store(Moment::now().to_bits(), Relaxed);
    }

    /// The library has asked for the next and there is none yet.
    pub(crate) fn taken(&self) {
        self.given.store(0, Relaxed);
    }

    fn waiting_since(&self) -> Option<Moment> {
        Moment::from_bits(self.given.load(Relaxed))
    }
}

/// Runs the requests of a connection: on its own thread, or where there is less to do (decision 10).
#[derive(Debug, Clone)]
struct Streams {
    /// The flow of the request that is about to be run: the library makes the request's future, through the
    /// service, and hands it over here at once.
    next: Arc<Mutex<Option<Arc<Flow>>>>,
    threads: Arc<Threads>,
    home: Arc<Worker>,
    write_stall: Duration,
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Streams {
    fn execute(&self, future: F) {
        let flow = self.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(flow) = flow else {
            self.home.handle.spawn(future);
            return;
        };
        let worker = self.threads.for_stream(&self.home);
        let load = Load::on(worker.clone());
        let stream = Stream { future, flow, alarm: Alarm::default(), write_stall: self.write_stall, load };
        worker.handle.spawn(stream);
    }
}

/// Counts a request on its thread.
#[derive(Debug)]
struct Load(Arc<Worker>);

impl Load {
    fn on(worker: Arc<Worker>) -> Self {
        worker.streams.fetch_add(1, Relaxed);
        Self(worker)
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        let streams: &AtomicUsize = &self.0.streams;
        streams.fetch_sub(1, Relaxed);
    }
}

pin_project_lite::pin_project! {
    /// A request with its response, which ends when the client does not read. Dropping the library's future
    /// resets the stream.
    struct Stream<F> {
        #[pin]
        future: F,
        flow: Arc<Flow>,
        alarm: Alarm,
        write_stall: Duration,
        load: Load,
    }
}

impl<F: Future<Output = ()>> Future for Stream<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, task: &mut Task<'_>) -> Poll<()> {
        let this = self.project();
        if this.future.poll(task).is_ready() {
            return Poll::Ready(());
        }
        while let Some(since) = this.flow.waiting_since() {
            let due = since.after(*this.write_stall);
            if this.alarm.poll(task, &this.load.0.alarms, || due).is_pending() {
                return Poll::Pending;
            }
            if due <= Moment::now() && this.flow.waiting_since() == Some(since) {
                tracing::debug!(
                    "a client took nothing of a response for longer than the limit `write_stall`"
                );
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }
}
