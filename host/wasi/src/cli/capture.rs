//! A guest's output on its way into lines.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use appsvc_os::lines::{Flow, Lines, Output};
use appsvc_os::log::{LineSink, Stream};
use bytes::Bytes;
use tokio::io::AsyncWrite;
use tokio::time::Sleep;
use uuid::Uuid;
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

/// Bytes a guest may write at once.
const PERMIT: usize = 64 * 1024;

/// Where captured output goes: shared by all instances of an app.
#[derive(Clone)]
pub struct Capture {
    /// Takes the lines.
    pub sink: Arc<dyn LineSink>,
    /// How fast they may come.
    pub flow: Arc<Flow>,
}

impl Capture {
    pub(super) fn stream(&self, stream: Stream, request: Option<Uuid>) -> Captured {
        let mut output = Output::new(stream, Lines::default(), self.flow.clone(), self.sink.clone());
        output.set_request(request);
        Captured { output: Arc::new(Mutex::new(output)), pause: None }
    }
}

/// One stream of one instance. All handles a guest holds to it write to the same line.
pub(super) struct Captured {
    output: Arc<Mutex<Output>>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Clone for Captured {
    fn clone(&self) -> Self {
        Self { output: self.output.clone(), pause: None }
    }
}

impl Captured {
    pub(super) fn output(&self) -> MutexGuard<'_, Output> {
        self.output.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self) -> Duration {
        self.output().wait(Instant::now())
    }

    fn put(&self, bytes: &[u8]) {
        // The wait it returns is asked for before the next write.
        let _ = self.output().write(bytes, Instant::now());
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Captured {
    async fn ready(&mut self) {
        loop {
            let wait = self.wait();
            if wait.is_zero() {
                return;
            }
            tokio::time::sleep(wait).await;
        }
    }
}

impl OutputStream for Captured {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.put(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        // A guest that floods is slowed here, not the host.
        Ok(if self.wait().is_zero() { PERMIT } else { 0 })
    }
}

impl AsyncWrite for Captured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            let wait = self.wait();
            if wait.is_zero() {
                self.pause = None;
                let taken = bytes.get(..PERMIT).unwrap_or(bytes);
                self.put(taken);
                return Poll::Ready(Ok(taken.len()));
            }
            let pause = self.pause.insert(Box::pin(tokio::time::sleep(wait)));
            if pause.as_mut().poll(cx).is_pending() {
                return Poll::Pending;
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
