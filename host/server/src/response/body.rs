//! The body of a response on its way to the client.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use appsvc_os::exchange::Exchange;
use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::compress::Compressed;
use crate::connection::{Busy, Flow};
use crate::silence::Silence;
use crate::site::BoxError;

/// The most that is given to HTTP/2 at once. It asks for more when the client has room for more, which tells
/// clients that read slowly from those that do not read.
const STREAM_PIECE: usize = 16 * 1024;

/// Calls [`Exchange::end`] when dropped.
#[derive(Debug)]
pub(crate) struct Ending(pub(crate) Arc<Exchange>);

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.0.ended() {
            self.0.end();
        }
    }
}

/// What a request's end hangs on, from its head to the last byte of its response.
#[derive(Debug)]
pub(crate) struct Course {
    pub(crate) exchange: Ending,
    pub(crate) busy: Busy,
    pub(crate) silence: Silence,
    /// Of HTTP/2 only.
    pub(crate) flow: Option<Arc<Flow>>,
}

pin_project_lite::pin_project! {
    /// See the module's text.
    pub(crate) struct ResponseBody<B> {
        #[pin]
        kind: Kind<B>,
        // What is left of a frame given in pieces.
        rest: Bytes,
        // Why the response is cut short, once what came before has been given.
        cut: Option<BoxError>,
        course: Course,
    }
}

pin_project_lite::pin_project! {
    #[project = KindProjection]
    enum Kind<B> {
        App { #[pin] body: B },
        Compressed { body: Pin<Box<Compressed<B>>> },
        // A page of the platform's own; empty when it has been given, or is not to be.
        Page { text: Bytes },
    }
}

impl<B> ResponseBody<B> {
    pub(crate) fn app(body: B, course: Course) -> Self {
        Self::new(Kind::App { body }, course)
    }

    pub(crate) fn compressed(body: Compressed<B>, course: Course) -> Self {
        Self::new(Kind::Compressed { body: Box::pin(body) }, course)
    }

    pub(crate) fn page(text: Bytes, course: Course) -> Self {
        Self::new(Kind::Page { text }, course)
    }

    fn new(kind: Kind<B>, course: Course) -> Self {
        Self { kind, rest: Bytes::new(), cut: None, course }
    }
}

impl<B: Body<Data = Bytes, Error: Into<BoxError>>> ResponseBody<B> {
    fn poll_inner(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.as_mut().project().kind.project() {
            KindProjection::App { body } => {
                body.poll_frame(cx).map(|frame| frame.map(|result| result.map_err(Into::into)))
            }
            KindProjection::Compressed { body } => body.as_mut().poll_frame(cx),
            KindProjection::Page { text } if text.is_empty() => Poll::Ready(None),
            KindProjection::Page { text } => Poll::Ready(Some(Ok(Frame::data(std::mem::take(text))))),
        }
    }

    fn has_ended(&self) -> bool {
        self.rest.is_empty()
            && match &self.kind {
                Kind::App { body } => body.is_end_stream(),
                Kind::Compressed { body } => body.is_end_stream(),
                Kind::Page { text } => text.is_empty(),
            }
    }
}

impl<B: Body<Data = Bytes, Error: Into<BoxError>>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let polled = if let Some(cause) = self.as_mut().project().cut.take() {
            return Poll::Ready(Some(Err(cause)));
        } else if self.rest.is_empty() {
            self.as_mut().poll_inner(cx)
        } else {
            Poll::Ready(Some(Ok(Frame::data(std::mem::take(self.as_mut().project().rest)))))
        };
        let this = self.as_mut().project();
        let Course { exchange: Ending(exchange), busy, silence, flow } = this.course;
        let cause = match polled {
            Poll::Ready(Some(Ok(frame))) => {
                let frame = match flow {
                    Some(flow) => {
                        flow.given();
                        first_piece(frame, this.rest)
                    }
                    None => frame,
                };
                // The end counts as a byte too.
                if frame.is_trailers() || self.has_ended() {
                    self.course.exchange.0.end();
                } else {
                    self.course.exchange.0.touch();
                }
                return Poll::Ready(Some(Ok(frame)));
            }
            Poll::Ready(None) => {
                exchange.end();
                return Poll::Ready(None);
            }
            Poll::Ready(Some(Err(cause))) => cause,
            Poll::Pending => {
                if let Some(flow) = flow {
                    flow.taken();
                }
                if silence.poll(cx, exchange, busy.conduct()).is_pending() {
                    return Poll::Pending;
                }
                format!("no byte has moved for {:?}, the limit `silence`", silence.limit()).into()
            }
        };
        let (id, app) = (exchange.id(), busy.conduct().app());
        tracing::warn!(request = %id, app, reason = %cause, "the response was cut short");
        // An error at once would take along what the library has not sent yet.
        *this.cut = Some(cause);
        cx.waker().wake_by_ref();
        Poll::Pending
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.has_ended()
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::App { body } => body.size_hint(),
            Kind::Compressed { .. } => SizeHint::default(),
            Kind::Page { text } => SizeHint::with_exact(text.len() as u64),
        }
    }
}

/// Cuts a frame of data down to a piece; the others go before what `rest` holds, which is nothing.
fn first_piece(frame: Frame<Bytes>, rest: &mut Bytes) -> Frame<Bytes> {
    match frame.into_data() {
        Ok(mut data) => {
            if data.len() > STREAM_PIECE {
                *rest = data.split_off(STREAM_PIECE);
            }
            Frame::data(data)
        }
        Err(frame) => frame,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn big_frames_are_given_in_pieces() {
        let mut rest = Bytes::new();
        let mut data = Bytes::from(vec![1; 2 * STREAM_PIECE + 5]);
        let mut lengths = Vec::new();
        while !data.is_empty() {
            lengths.push(first_piece(Frame::data(data), &mut rest).into_data().unwrap().len());
            data = std::mem::take(&mut rest);
        }
        assert_eq!(lengths, [STREAM_PIECE, STREAM_PIECE, 5]);
    }
}
