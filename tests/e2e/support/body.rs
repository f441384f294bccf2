//! A request body that a test sends bit by bit.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame};
use tokio::sync::mpsc;

/// The sending side: each item goes out at once. Dropping it ends the body.
pub(crate) type Feed = mpsc::UnboundedSender<Frame<Bytes>>;

/// The other side, for [`appsvc_tests::Request::stream`].
pub(crate) struct Fed(mpsc::UnboundedReceiver<Frame<Bytes>>);

/// A body, and what it is fed with.
pub(crate) fn feed() -> (Feed, Fed) {
    let (feed, fed) = mpsc::unbounded_channel();
    (feed, Fed(fed))
}

impl Body for Fed {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(cx).map(|frame| frame.map(Ok))
    }
}
