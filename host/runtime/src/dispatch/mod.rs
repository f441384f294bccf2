//! One request to one instance.
//!
//! The guest runs inside the future that the front end polls, in the connection's own task, and then inside the
//! body of its response: a request costs no task, no timer and no wake-up. What is left of the guest when its
//! response has ended, or when the front end gives up waiting, goes on in a task of its own: see [`background`].
//! Driving the guest from a task of its own from the start would be simpler, and costs a queue and two wake-ups
//! per request.

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
use crate::fairness::{CpuMeter, Metered};
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
    has_answered: AtomicBool,
    /// The body will not be finished: its end, when it comes, is a cut.
    cut: AtomicBool,
}

impl Fate {
    /// Sets the response. Nobody looks any more when the time limit has passed; the guest need not know.
    pub(crate) fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        self.has_answered.store(true, Ordering::Relaxed);
    }

    /// Whether the guest has ever answered: an instance that did not is not used again.
    pub(crate) fn has_answered(&self) -> bool {
        self.has_answered.load(Ordering::Relaxed)
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

/// Turns a guest gets, once it has answered, to come to its end before its response is sent.
const LAST_TURNS: usize = 2;

/// What a guest gives for a response.
pub(crate) type Answer = Result<Response<WasiBody>, String>;

/// One request on its way through a guest: what all who look after it share.
///
/// One count of references for all of it, the request's own: those of the version and its meter are every
/// thread's, and threads that count on one line of memory wait for each other.
pub(crate) struct Call {
    pub(crate) version: Arc<Version>,
    pub(crate) exchange: Arc<Exchange>,
    pub(crate) fate: Fate,
}

impl AsRef<CpuMeter> for Call {
    fn as_ref(&self) -> &CpuMeter {
        self.version.cpu()
    }
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
    let call = Arc::new(Call { version, exchange, fate: Fate::default() });
    let guest: Guest = match call.version.program().pre {
        Pre::HttpP3(_) => Box::pin(Metered::new(p3::run(call.clone(), request), call.clone())),
        _ => Box::pin(Metered::new(p2::run(call.clone(), request), call.clone())),
    };
    let mut running = Some(Running { guest: Some(guest), call });
    std::future::poll_fn(|cx| poll_response(&mut running, cx)).await
}

/// Polls the guest until it has answered or ended. The response takes with it what is left of the guest.
fn poll_response(
    place: &mut Option<Running>,
    cx: &mut Context<'_>,
) -> Poll<Result<Response<AppBody>, Failure>> {
    let Some(running) = place else {
        // Only after it has been ready, when nobody polls it any more.
        return Poll::Pending;
    };
    let mut end = running.poll_guest(cx);
    match running.call.fate.answered() {
        Some(Ok(response)) => {
            // Often all that is left to do is to let go of what the answer took: then the response is known whole.
            for _ in 0..LAST_TURNS {
                if end.is_some() {
                    break;
                }
                end = running.poll_guest(cx);
            }
            let call = running.call.clone();
            let rest = if end.is_none() { place.take() } else { None };
            return Poll::Ready(Ok(response.map(|body| AppBody::new(body, call, rest))));
        }
        Some(Err(reason)) => return Poll::Ready(Err(Failure::InvalidResponse(reason))),
        None => {}
    }
    match end {
        Some(End::Returned) => Poll::Ready(Err(Failure::NoResponse)),
        Some(End::Trapped) => Poll::Ready(Err(Failure::Trapped)),
        Some(End::Refused(failure)) => Poll::Ready(Err(failure)),
        None => Poll::Pending,
    }
}

/// A guest at work on a request. Dropped while it works, it goes on in the background.
struct Running {
    guest: Option<Guest>,
    call: Arc<Call>,
}

impl Running {
    /// Lets the guest work; how it ended, once.
    fn poll_guest(&mut self, cx: &mut Context<'_>) -> Option<End> {
        match self.guest.as_mut()?.as_mut().poll(cx) {
            Poll::Ready(end) => {
                self.guest = None;
                Some(end)
            }
            Poll::Pending => None,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(guest) = self.guest.take() {
            background::go_on(guest, self.call.clone());
        }
    }
}
