//! Where the standard streams of an instance lead.

use std::pin::Pin;

use appsvc_os::log::Stream;
use tokio::io::{AsyncRead, AsyncWrite};
use uuid::Uuid;
use wasmtime_wasi::cli::{StdinStream, StdoutStream as _};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream};

use super::capture::{Capture, Captured};

/// The standard streams of one instance.
pub enum Stdio {
    /// An app that serves requests: input is empty, output becomes lines with the id of the request.
    Captured(CapturedStdio),
    /// A command in the foreground: the streams of the host process itself.
    Inherited,
}

/// Captured streams; each is made when the guest first asks for it.
pub struct CapturedStdio {
    capture: Capture,
    request: Option<Uuid>,
    stdout: Option<Captured>,
    stderr: Option<Captured>,
}

impl Stdio {
    /// Output goes to `capture`; nothing is made until the guest writes.
    pub fn captured(capture: Capture) -> Self {
        Self::Captured(CapturedStdio { capture, request: None, stdout: None, stderr: None })
    }

    /// Lines from here on belong to `request`.
    pub(crate) fn set_request(&mut self, request: Option<Uuid>) {
        if let Self::Captured(stdio) = self {
            stdio.request = request;
            for stream in [&stdio.stdout, &stdio.stderr].into_iter().flatten() {
                stream.output().set_request(request);
            }
        }
    }

    /// Writes the lines that have no end yet.
    pub(crate) fn flush(&mut self) {
        if let Self::Captured(stdio) = self {
            for stream in [&stdio.stdout, &stdio.stderr].into_iter().flatten() {
                stream.output().finish();
            }
        }
    }

    pub(super) fn stdin_p2(&mut self) -> DynInputStream {
        match self {
            Self::Captured(_) => StdinStream::p2_stream(&tokio::io::empty()),
            Self::Inherited => wasmtime_wasi::cli::stdin().p2_stream(),
        }
    }

    pub(super) fn stdin_async(&mut self) -> Pin<Box<dyn AsyncRead + Send + Sync>> {
        match self {
            Self::Captured(_) => Box::pin(tokio::io::empty()),
            Self::Inherited => Box::into_pin(wasmtime_wasi::cli::stdin().async_stream()),
        }
    }

    pub(super) fn stdout_p2(&mut self) -> DynOutputStream {
        match self {
            Self::Captured(stdio) => Box::new(stdio.stream(Stream::Stdout)),
            Self::Inherited => wasmtime_wasi::cli::stdout().p2_stream(),
        }
    }

    pub(super) fn stdout_async(&mut self) -> Pin<Box<dyn AsyncWrite + Send + Sync>> {
        match self {
            Self::Captured(stdio) => Box::pin(stdio.stream(Stream::Stdout)),
            Self::Inherited => Box::into_pin(wasmtime_wasi::cli::stdout().async_stream()),
        }
    }

    pub(super) fn stderr_p2(&mut self) -> DynOutputStream {
        match self {
            Self::Captured(stdio) => Box::new(stdio.stream(Stream::Stderr)),
            Self::Inherited => wasmtime_wasi::cli::stderr().p2_stream(),
        }
    }

    pub(super) fn stderr_async(&mut self) -> Pin<Box<dyn AsyncWrite + Send + Sync>> {
        match self {
            Self::Captured(stdio) => Box::pin(stdio.stream(Stream::Stderr)),
            Self::Inherited => Box::into_pin(wasmtime_wasi::cli::stderr().async_stream()),
        }
    }
}

impl CapturedStdio {
    fn stream(&mut self, stream: Stream) -> Captured {
        let Self { capture, request, stdout, stderr } = self;
        let place = match stream {
            Stream::Stdout => stdout,
            Stream::Stderr => stderr,
        };
        place.get_or_insert_with(|| capture.stream(stream, *request)).clone()
    }
}
