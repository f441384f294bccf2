//! Connections that speak HTTP/1.1.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use super::conduct::{Closing, Conduct};
use super::context::Context;
use super::refusal::Refusal;
use super::watch::{Event, Watch};
use super::wire::Wire;
use crate::request::answer;
use crate::response::Page;
use crate::site::Site;

/// How long a client has to take the answer to what was refused.
const ANSWER_TIME: Duration = Duration::from_secs(5);

/// Serves the connection until it ends.
pub(super) async fn serve<S: Site>(cx: &Context<S>, wire: Wire, conduct: &Arc<Conduct>, mut watch: Watch) {
    let service = service_fn(|request| answer(cx, conduct.begin(), None, request));
    let mut connection = cx.shared.http1.serve_connection(TokioIo::new(wire), service);
    let result = poll_fn(|task| {
        let mut told = false;
        loop {
            if let Poll::Ready(result) = Pin::new(&mut connection).poll(task) {
                return Poll::Ready(Some(result));
            }
            // The wire ends the stream when the answer before has gone, which the library must be told.
            let answered = !conduct.is_busy() && conduct.stuck_since().is_none();
            if answered && conduct.closing().is_some() && !std::mem::replace(&mut told, true) {
                continue;
            }
            match watch.poll(task) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Event::Finish) => Pin::new(&mut connection).graceful_shutdown(),
                Poll::Ready(Event::Close) => {}
                Poll::Ready(Event::Cut) => return Poll::Ready(None),
            }
        }
    })
    .await;
    let wire = connection.into_parts().io.into_inner();
    let late = (conduct.closing() == Some(Closing::HeadTooSlow)).then_some(Refusal::HeadTooSlow);
    let refusal = wire.refusal().or(late);
    match (result, refusal) {
        (None, _) => wire.reset(),
        // The body of a response ended in an error: nobody must take what was sent for the whole.
        (Some(Err(error)), _) if error.is_user() => wire.reset(),
        (Some(_), Some(refusal)) => refuse(wire, refusal, conduct.app()).await,
        (Some(Err(error)), None) => {
            tracing::debug!(app = conduct.app(), reason = %error, "an HTTP/1.1 connection ended early");
        }
        (Some(Ok(())), None) => {}
    }
}

/// Answers what was refused before the library could make a request of it, and closes.
pub(super) async fn refuse(wire: Wire, refusal: Refusal, app: &str) {
    let (id, status) = (Uuid::new_v4(), refusal.status());
    tracing::info!(request = %id, app, status = status.as_u16(), reason = %refusal, "a request was refused");
    let answer = Page::new(status, id, true).to_http1(status);
    let mut wire = wire.into_answering();
    let sent = tokio::time::timeout(ANSWER_TIME, async {
        wire.write_all(&answer).await?;
        wire.flush().await?;
        wire.shutdown().await
    });
    // A client that is gone, or does not read, has no answer.
    let _ = sent.await;
}

/// The library's settings.
pub(crate) fn builder(limits: &crate::limits::Limits) -> hyper::server::conn::http1::Builder {
    /// What the library has room for without allocating.
    const ROOM_FOR_LINES: usize = 100;
    let mut builder = hyper::server::conn::http1::Builder::new();
    // Ours costs no timer per request.
    builder.header_read_timeout(None);
    // The gate is stricter; this must not be.
    builder.max_buf_size((2 * limits.head_bytes).max(128 * 1024));
    if limits.head_lines > ROOM_FOR_LINES {
        builder.max_headers(limits.head_lines);
    }
    builder
}
