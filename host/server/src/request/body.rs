//! The body of a request, as an app reads it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use appsvc_os::exchange::Exchange;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::sync::oneshot;

use crate::alarm::{Alarm, Alarms};
use crate::clock::Moment;
use crate::connection::refusal::Refusal;
use crate::limits::Limits;

/// Why a request's body ended before its end.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The client sent it slower than the limit `body_rate` asks for.
    #[error("the client sends the request's body too slowly")]
    TooSlow,
    /// What the client sent is not well formed.
    #[error("the request's body is not well formed")]
    Malformed,
    /// The connection broke, or the client took the request back.
    #[error("the client went away within the request's body: {0}")]
    Broken(#[source] hyper::Error),
}

/// The body of a request: bytes as they arrive, then trailers if there are any.
///
/// While nobody reads it, the client is held back.
#[derive(Debug)]
pub struct RequestBody(Source);

#[derive(Debug)]
enum Source {
    Whole(Bytes),
    Client(Box<Watched>),
}

/// A body that arrives, and what is watched while it does.
#[derive(Debug)]
struct Watched {
    incoming: Incoming,
    exchange: Arc<Exchange>,
    pace: Pace,
    alarm: Alarm,
    alarms: Arc<Alarms>,
    /// Tells the front end that the client is to have an answer to that.
    fault: Option<oneshot::Sender<Refusal>>,
}

impl RequestBody {
    /// A body that no client sends: of a request that the host makes itself.
    pub fn whole(bytes: impl Into<Bytes>) -> Self {
        Self(Source::Whole(bytes.into()))
    }

    /// Also returns where to hear of a fault of the client's; `None` for an empty body.
    pub(crate) fn new(
        incoming: Incoming,
        exchange: &Arc<Exchange>,
        limits: &Limits,
        alarms: &Arc<Alarms>,
    ) -> (Self, Option<oneshot::Receiver<Refusal>>) {
        if incoming.is_end_stream() {
            return (Self::whole(Bytes::new()), None);
        }
        let (fault, faults) = oneshot::channel();
        let watched = Watched {
            incoming,
            exchange: exchange.clone(),
            pace: Pace::new(limits),
            alarm: Alarm::default(),
            alarms: alarms.clone(),
            fault: Some(fault),
        };
        (Self(Source::Client(Box::new(watched))), Some(faults))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let frame = match &mut self.0 {
            Source::Whole(bytes) if bytes.is_empty() => return Poll::Ready(None),
            Source::Whole(bytes) => return Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Source::Client(watched) => ready!(watched.poll_frame(cx)),
        };
        if matches!(frame, Some(Err(_))) {
            // Nothing comes after an error.
            self.0 = Source::Whole(Bytes::new());
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Source::Whole(bytes) => bytes.is_empty(),
            Source::Client(watched) => watched.incoming.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Source::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Source::Client(watched) => watched.incoming.size_hint(),
        }
    }
}

impl Watched {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        Poll::Ready(match Pin::new(&mut self.incoming).poll_frame(cx) {
            Poll::Ready(Some(Ok(frame))) => {
                self.exchange.touch();
                self.pace.received(frame.data_ref().map_or(0, Bytes::len));
                Some(Ok(frame))
            }
            Poll::Ready(None) => None,
            Poll::Ready(Some(Err(error))) if is_malformed(&error) => {
                self.tell(Refusal::BadChunk);
                Some(Err(BodyError::Malformed))
            }
            Poll::Ready(Some(Err(error))) => Some(Err(BodyError::Broken(error))),
            Poll::Pending => {
                ready!(self.poll_too_slow(cx));
                self.tell(Refusal::BodyTooSlow);
                Some(Err(BodyError::TooSlow))
            }
        })
    }

    fn poll_too_slow(&mut self, cx: &Context<'_>) -> Poll<()> {
        let Some(mut due) = self.pace.due() else { return Poll::Pending };
        while self.alarm.poll(cx, &self.alarms, || due).is_ready() {
            let Some(now_due) = self.pace.due() else { return Poll::Pending };
            if now_due <= Moment::now() {
                return Poll::Ready(());
            }
            due = now_due;
        }
        Poll::Pending
    }

    fn tell(&mut self, refusal: Refusal) {
        if let Some(fault) = self.fault.take() {
            // Nobody listens once the response has begun.
            let _ = fault.send(refusal);
        }
    }
}

fn is_malformed(error: &hyper::Error) -> bool {
    let cause = std::error::Error::source(error).and_then(|cause| cause.downcast_ref::<std::io::Error>());
    cause.is_some_and(|cause| {
        matches!(cause.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput)
    })
}

/// Whether a client sends fast enough, counting only the time that the app waited for it.
#[derive(Debug)]
struct Pace {
    /// Bytes per second; 0: any.
    rate: u32,
    grace: Duration,
    received: u64,
    /// In waits that are over.
    waited: Duration,
    waiting_since: Option<Moment>,
}

impl Pace {
    fn new(limits: &Limits) -> Self {
        Self {
            rate: limits.body_rate,
            grace: limits.body_grace,
            received: 0,
            waited: Duration::ZERO,
            waiting_since: None,
        }
    }

    fn received(&mut self, bytes: usize) {
        if let Some(since) = self.waiting_since.take() {
            let waited = Moment::now().since(since);
            // An app that had been waiting would have been told by then: it was doing something else.
            if waited <= self.left() {
                self.waited += waited;
            }
        }
        self.received += bytes as u64;
    }

    /// Waiting time that the client has left.
    fn left(&self) -> Duration {
        let earned = self.received.saturating_mul(1000).checked_div(u64::from(self.rate)).unwrap_or(u64::MAX);
        (self.grace.saturating_add(Duration::from_millis(earned))).saturating_sub(self.waited)
    }

    /// Begins to wait, if it has not; when that will have been too long.
    fn due(&mut self) -> Option<Moment> {
        if self.rate == 0 {
            return None;
        }
        let since = *self.waiting_since.get_or_insert_with(Moment::now);
        Some(since.after(self.left()))
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn a_whole_body_is_given_at_once() {
        let body = RequestBody::whole("text");
        assert_eq!((body.is_end_stream(), body.size_hint().exact()), (false, Some(4)));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "text");
        assert!(RequestBody::whole("").is_end_stream());
    }

    #[test]
    fn each_byte_earns_its_time_and_only_waiting_counts() {
        let limits = Limits { body_rate: 100, body_grace: Duration::from_secs(5), ..Limits::default() };
        let mut pace = Pace::new(&limits);
        let since = Moment::now();
        pace.waiting_since = Some(since);
        assert_eq!(pace.due(), Some(since.after(Duration::from_secs(5))));
        pace.received(1000);
        assert_eq!(pace.waiting_since, None);
        pace.waited = Duration::from_secs(3);
        pace.waiting_since = Some(since);
        assert_eq!(pace.due(), Some(since.after(Duration::from_secs(5 + 10 - 3))));
        pace.waited = Duration::from_secs(20);
        assert_eq!(pace.due(), Some(since));
    }

    #[test]
    fn a_rate_of_zero_is_no_limit() {
        let mut pace = Pace::new(&Limits { body_rate: 0, ..Limits::default() });
        assert_eq!(pace.due(), None);
    }
}
