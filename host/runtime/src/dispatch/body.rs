//! The body of an app's response.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use wasmtime_wasi_http::{Error as HttpError, WasiBody};

use super::{Call, Running};

/// The body of an app's response.
///
/// A body that the guest had finished, in one piece, when its response started is known whole: its length goes
/// into the head and it is sent with one write. All others stream.
pub struct AppBody(Kind);

enum Kind {
    Whole(Option<Bytes>),
    Stream(Box<Stream>),
}

struct Stream {
    /// Frames that were there when the response started.
    ready: [Option<Frame<Bytes>>; 2],
    rest: WasiBody,
    call: Arc<Call>,
    /// The guest, as long as it works: whoever reads the body drives it.
    guest: Option<Running>,
}

/// Why a response broke off after its head had been sent.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// The guest trapped, was stopped or returned before it had finished the body.
    #[error("the app ended before its response was complete")]
    Cut,
    /// The guest said that the body is no good.
    #[error("the app broke its response off: {0}")]
    Broken(HttpError),
}

impl AppBody {
    /// Wraps the guest's `body`; `guest` is what still works on it.
    pub(super) fn new(mut body: WasiBody, call: Arc<Call>, guest: Option<Running>) -> Self {
        let mut ready = [None, None];
        if guest.is_none() && !call.fate.is_cut() {
            // The guest is gone: what is not there now will not come later, so no waker is needed.
            let mut cx = Context::from_waker(Waker::noop());
            let mut next = || Pin::new(&mut body).poll_frame(&mut cx);
            match next() {
                Poll::Ready(None) => return Self(Kind::Whole(None)),
                Poll::Ready(Some(Ok(first))) => match (first.into_data(), next()) {
                    (Ok(data), Poll::Ready(None)) => return Self(Kind::Whole(Some(data))),
                    (first, second) => {
                        let second = match second {
                            Poll::Ready(Some(Ok(frame))) => Some(frame),
                            Poll::Ready(Some(Err(_))) => {
                                call.fate.cut();
                                None
                            }
                            _ => None,
                        };
                        ready = [Some(first.map_or_else(|frame| frame, Frame::data)), second];
                    }
                },
                Poll::Ready(Some(Err(_))) => call.fate.cut(),
                Poll::Pending => {}
            }
        }
        Self(Kind::Stream(Box::new(Stream { ready, rest: body, call, guest })))
    }
}

impl Body for AppBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut self.0 {
            Kind::Whole(data) => Poll::Ready(data.take().map(|data| Ok(Frame::data(data)))),
            Kind::Stream(stream) => stream.poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            Kind::Whole(data) => data.is_none(),
            Kind::Stream(stream) => stream.is_at_end(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Kind::Whole(data) => SizeHint::with_exact(data.as_ref().map_or(0, |data| data.len() as u64)),
            Kind::Stream(_) => SizeHint::default(),
        }
    }
}

impl Stream {
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if let Some(frame) = self.ready.iter_mut().find_map(Option::take) {
            return Poll::Ready(Some(Ok(frame)));
        }
        if self.guest.as_mut().is_some_and(|guest| guest.poll_guest(cx).is_some()) {
            self.guest = None;
        }
        Pin::new(&mut self.rest).poll_frame(cx).map(|frame| match frame {
            Some(Ok(frame)) => Some(Ok(frame)),
            Some(Err(error)) => Some(Err(BodyError::Broken(error))),
            None if self.call.fate.is_cut() => Some(Err(BodyError::Cut)),
            None => None,
        })
    }

    fn is_at_end(&self) -> bool {
        self.ready.iter().all(Option::is_none)
            && self.guest.is_none()
            && !self.call.fate.is_cut()
            && self.rest.is_end_stream()
    }
}
