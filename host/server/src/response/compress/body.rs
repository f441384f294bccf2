//! A body that is compressed while it is sent.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame};

use super::Coding;
use super::encoder::Encoder;
use crate::site::BoxError;

/// Bytes compressed at one go: about half a millisecond.
const PIECE: usize = 16 * 1024;
/// Pieces compressed before others get their turn on the thread.
const TURN: usize = 2;

pin_project_lite::pin_project! {
    /// The compressed form of a body.
    pub(crate) struct Compressed<B> {
        #[pin]
        inner: B,
        // Until the end has been written.
        encoder: Option<Encoder>,
        // What the inner body has given and the encoder has not seen.
        rest: Bytes,
        // The encoder may be holding something back.
        dirty: bool,
        trailers: Option<HeaderMap>,
        // Pieces compressed since others had their turn.
        pieces: usize,
    }
}

impl<B> Compressed<B> {
    pub(crate) fn new(inner: B, coding: Coding) -> Self {
        let encoder = Some(Encoder::new(coding));
        Self { inner, encoder, rest: Bytes::new(), dirty: false, trailers: None, pieces: 0 }
    }
}

impl<B: Body<Data = Bytes, Error: Into<BoxError>>> Compressed<B> {
    /// Whether there is nothing more to come.
    pub(crate) fn is_end_stream(&self) -> bool {
        self.encoder.is_none() && self.trailers.is_none()
    }

    pub(crate) fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        loop {
            let Some(encoder) = this.encoder else {
                return Poll::Ready(this.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))));
            };
            let output = if !this.rest.is_empty() {
                if *this.pieces == TURN {
                    *this.pieces = 0;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                *this.pieces += 1;
                let piece = this.rest.split_to(this.rest.len().min(PIECE));
                encoder.write(&piece)?;
                *this.dirty = true;
                encoder.take()
            } else {
                match this.inner.as_mut().poll_frame(cx) {
                    // What the app has flushed reaches the client at once.
                    Poll::Pending if *this.dirty => {
                        encoder.flush()?;
                        *this.dirty = false;
                        encoder.take()
                    }
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Some(Err(error))) => return Poll::Ready(Some(Err(error.into()))),
                    Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                        Ok(data) => {
                            *this.rest = data;
                            continue;
                        }
                        Err(frame) => {
                            *this.trailers = frame.into_trailers().ok();
                            this.encoder.take().map_or(Ok(Bytes::new()), Encoder::finish)?
                        }
                    },
                    Poll::Ready(None) => this.encoder.take().map_or(Ok(Bytes::new()), Encoder::finish)?,
                }
            };
            if !output.is_empty() {
                return Poll::Ready(Some(Ok(Frame::data(output))));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::io::Read;
    use std::task::Waker;

    use super::*;

    /// Gives its steps one by one; `None` is a pause.
    struct Steps(VecDeque<Option<Frame<Bytes>>>);

    impl Body for Steps {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            match self.0.pop_front() {
                None => Poll::Ready(None),
                Some(None) => Poll::Pending,
                Some(Some(frame)) => Poll::Ready(Some(Ok(frame))),
            }
        }
    }

    /// What comes out, split where the body was pending, and the trailers.
    fn run(steps: Vec<Option<Frame<Bytes>>>, coding: Coding) -> (Vec<Vec<u8>>, Option<HeaderMap>) {
        let mut body = std::pin::pin!(Compressed::new(Steps(steps.into()), coding));
        let (mut parts, mut trailers) = (vec![Vec::new()], None);
        loop {
            match body.as_mut().poll_frame(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => parts.push(Vec::new()),
                Poll::Ready(None) => break,
                Poll::Ready(Some(frame)) => match frame.unwrap().into_data() {
                    Ok(data) => parts.last_mut().unwrap().extend_from_slice(&data),
                    Err(frame) => trailers = frame.into_trailers().ok(),
                },
            }
        }
        assert!(body.is_end_stream());
        (parts, trailers)
    }

    fn decode(bytes: &[u8], coding: Coding) -> Vec<u8> {
        let mut text = Vec::new();
        match coding {
            Coding::Gzip => flate2::read::GzDecoder::new(bytes).read_to_end(&mut text).unwrap(),
            Coding::Brotli => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut text).unwrap(),
        };
        text
    }

    fn data(bytes: &[u8]) -> Option<Frame<Bytes>> {
        Some(Frame::data(Bytes::copy_from_slice(bytes)))
    }

    #[test]
    fn what_comes_out_is_what_went_in_and_smaller() {
        let text: Vec<u8> = (0..60_000_u32).flat_map(|number| number.to_string().into_bytes()).collect();
        for coding in [Coding::Gzip, Coding::Brotli] {
            let mut trailers = HeaderMap::new();
            trailers.insert("x-sum", "1".parse().unwrap());
            let steps = vec![data(&text[..1]), data(&text[1..]), Some(Frame::trailers(trailers.clone()))];
            let (parts, sent) = run(steps, coding);
            // Others get their turn.
            assert!(parts.len() > text.len() / (TURN * PIECE), "{coding:?}");
            let bytes = parts.concat();
            assert_eq!(decode(&bytes, coding), text);
            assert!(bytes.len() < text.len() / 2);
            assert_eq!(sent, Some(trailers));
        }
    }

    #[test]
    fn a_flushed_chunk_is_whole_before_the_next() {
        for coding in [Coding::Gzip, Coding::Brotli] {
            // The first pause is used to flush, the second is one.
            let (parts, _) = run(vec![data(b"first"), None, None, data(b"second")], coding);
            assert_eq!(parts.len(), 2, "{coding:?}");
            let mut text = [0; 5];
            match coding {
                Coding::Gzip => flate2::read::GzDecoder::new(&*parts[0]).read_exact(&mut text).unwrap(),
                Coding::Brotli => brotli::Decompressor::new(&*parts[0], 64).read_exact(&mut text).unwrap(),
            }
            assert_eq!(&text, b"first");
            assert_eq!(decode(&parts.concat(), coding), b"firstsecond");
        }
    }

    #[test]
    fn an_empty_body_is_an_empty_stream() {
        for coding in [Coding::Gzip, Coding::Brotli] {
            assert_eq!(decode(&run(Vec::new(), coding).0.concat(), coding), b"");
        }
    }
}
