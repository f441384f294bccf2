//! One request to one instance.
//!
//! The guest runs inside the future that the front end polls, in the connection's own task: a request that the
//! guest answers without waiting costs no task, no timer and no wake-up. What is left of the guest when its
//! response starts (a stream still being written, work after the response), or when the front end gives up
//! waiting, goes on in a task of its own: see [`background`]. Driving the guest from a task of its own from the
//! start would be simpler, and costs a queue and two wake-ups per request.

mod background;
mod body;
mod p2;
mod p3;
mod report;

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use appsvc_os::exchange::{Exchange, Failure};
use http::Response;
use wasmtime_wasi_http::{Error as HttpError, WasiBody};

pub use body::AppBody;

use crate::app::Version;
use crate::fairness::Metered;
use crate::program::Pre;

/// How a guest's part in a request ended.
#[derive(Debug)]
pub(crate) enum End {
    /// It returned.
    Returned,
    /// It trapped, or a host call ended it.
    Trapped,
    /// It never started.
    Refused(Failure),
}

/// What the guest's side tells the response's side. The guest is polled by whoever waits for the answer, so that
/// looking after each poll is enough and nobody has to be woken.
#[derive(Default)]
pub(crate) struct Fate {
    answer: Mutex<Option<Answer>>,
    /// The body will not be finished: its end, when it comes, is a cut.
    cut: AtomicBool,
}

impl Fate {
    /// Sets the response. Nobody looks any more when the time limit has passed; the guest need not know.
    pub(crate) fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
    }

    fn answered(&self) -> Option<Answer> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    pub(crate) fn cut(&self) {
        self.cut.store(true, Ordering::Release);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::Acquire)
    }
}

/// What a guest gives for a response.
pub(crate) type Answer = Result<Response<WasiBody>, String>;

/// One request on its way to a guest.
pub(crate) struct Call {
    pub(crate) version: Arc<Version>,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) fate: Arc<Fate>,
}

type Guest = Pin<Box<dyn Future<Output = End> + Send>>;

/// Answers `request` with an instance of `version`.
pub(crate) async fn serve<B>(
    version: Arc<Version>,
    request: http::Request<B>,
    exchange: Arc<Exchange>,
) -> Result<Response<AppBody>, Failure>
where
    B: http_body::Body<Data = bytes::Bytes, Error = HttpError> + Send + 'static,
{
    let fate = Arc::new(Fate::default());
    let call = Call { version: version.clone(), exchange: exchange.clone(), fate: fate.clone() };
    let meter = version.cpu().clone();
    let guest: Guest = match version.program().pre {
        Pre::HttpP3(_) => Box::pin(Metered::new(p3::run(call, request), meter)),
        _ => Box::pin(Metered::new(p2::run(call, request), meter)),
    };
    let mut running = Running { guest: Some(guest), end: None, version, exchange, fate };
    std::future::poll_fn(|cx| running.poll_response(cx)).await
}

/// A guest at work on a response that has not started.
struct Running {
    guest: Option<Guest>,
    end: Option<End>,
    version: Arc<Version>,
    exchange: Arc<Exchange>,
    fate: Arc<Fate>,
}

impl Running {
    fn poll_response(&mut self, cx: &mut Context<'_>) -> Poll<Result<Response<AppBody>, Failure>> {
        if let Some(guest) = &mut self.guest
            && let Poll::Ready(end) = guest.as_mut().poll(cx)
        {
            self.guest = None;
            self.end = Some(end);
        }
        match self.fate.answered() {
            Some(Ok(response)) => {
                let finished = self.guest.is_none();
                let fate = self.fate.clone();
                return Poll::Ready(Ok(response.map(|body| AppBody::new(body, fate, finished))));
            }
            Some(Err(reason)) => return Poll::Ready(Err(Failure::InvalidResponse(reason))),
            None => {}
        }
        match self.end.take() {
            Some(End::Returned) => Poll::Ready(Err(Failure::NoResponse)),
            Some(End::Trapped) => Poll::Ready(Err(Failure::Trapped)),
            Some(End::Refused(failure)) => Poll::Ready(Err(failure)),
            None => Poll::Pending,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(guest) = self.guest.take() {
            background::go_on(guest, self.version.clone(), self.exchange.clone());
        }
    }
}
