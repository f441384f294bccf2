//! `wasi:cli` 0.3: the same streams as values of `stream<u8>`.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::oneshot;
use wasmtime::StoreContextMut;
use wasmtime::component::{
    Access, Destination, FutureReader, Resource, Source, StreamConsumer, StreamProducer, StreamReader,
    StreamResult, VecBuffer,
};
use wasmtime_wasi::I32Exit;
use wasmtime_wasi::p3::bindings::cli::types::ErrorCode;
use wasmtime_wasi::p3::bindings::cli::{
    environment, exit, stderr, stdin, stdout, terminal_input, terminal_output, terminal_stderr,
    terminal_stdin, terminal_stdout,
};

use super::{Cli, CliView};

/// Bytes moved per step of a stream.
const CHUNK: usize = 16 * 1024;

type Done = FutureReader<Result<(), ErrorCode>>;

impl environment::Host for CliView<'_> {
    fn get_environment(&mut self) -> wasmtime::Result<Vec<(String, String)>> {
        Ok(self.process.variables())
    }

    fn get_arguments(&mut self) -> wasmtime::Result<Vec<String>> {
        Ok(self.process.arguments.clone())
    }

    fn get_initial_cwd(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(self.process.working_directory.clone())
    }
}

impl exit::Host for CliView<'_> {
    fn exit(&mut self, status: Result<(), ()>) -> wasmtime::Result<()> {
        Err(wasmtime::Error::new(I32Exit(if status.is_ok() { 0 } else { 1 })))
    }

    fn exit_with_code(&mut self, code: u8) -> wasmtime::Result<()> {
        Err(wasmtime::Error::new(I32Exit(code.into())))
    }
}

impl stdin::Host for CliView<'_> {}
impl<U> stdin::HostWithStore<U> for Cli {
    fn read_via_stream(mut store: Access<'_, U, Self>) -> wasmtime::Result<(StreamReader<u8>, Done)> {
        let (failed, failure) = oneshot::channel();
        let source = store.get().stdio.stdin_async();
        let stream = StreamReader::new(&mut store, Reader { source, failed: Some(failed) })?;
        let done = FutureReader::new(&mut store, outcome(failure))?;
        Ok((stream, done))
    }
}

impl stdout::Host for CliView<'_> {}
impl<U> stdout::HostWithStore<U> for Cli {
    fn write_via_stream(mut store: Access<'_, U, Self>, data: StreamReader<u8>) -> wasmtime::Result<Done> {
        let sink = store.get().stdio.stdout_async();
        write(store, data, sink)
    }
}

impl stderr::Host for CliView<'_> {}
impl<U> stderr::HostWithStore<U> for Cli {
    fn write_via_stream(mut store: Access<'_, U, Self>, data: StreamReader<u8>) -> wasmtime::Result<Done> {
        let sink = store.get().stdio.stderr_async();
        write(store, data, sink)
    }
}

fn write<U>(
    mut store: Access<'_, U, Cli>,
    data: StreamReader<u8>,
    sink: Pin<Box<dyn AsyncWrite + Send + Sync>>,
) -> wasmtime::Result<Done> {
    let (failed, failure) = oneshot::channel();
    data.pipe(&mut store, Writer { sink, failed: Some(failed), flushing: false })?;
    FutureReader::new(&mut store, outcome(failure))
}

/// A stream that was dropped without an error ended well.
async fn outcome(failure: oneshot::Receiver<ErrorCode>) -> wasmtime::Result<Result<(), ErrorCode>> {
    Ok(failure.await.map_or(Ok(()), Err))
}

fn error_code(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::BrokenPipe => ErrorCode::Pipe,
        _ => ErrorCode::Io,
    }
}

/// The host's side of a guest's standard input.
struct Reader {
    source: Pin<Box<dyn AsyncRead + Send + Sync>>,
    failed: Option<oneshot::Sender<ErrorCode>>,
}

impl<D> StreamProducer<D> for Reader {
    type Item = u8;
    type Buffer = VecBuffer<u8>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Self::Item, Self::Buffer>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let wanted = destination.remaining(store).unwrap_or(CHUNK);
        if wanted == 0 {
            // A question for readiness, which `AsyncRead` cannot answer without reading.
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let mut bytes = vec![0; wanted.min(CHUNK)];
        let mut buffer = ReadBuf::new(&mut bytes);
        match self.source.as_mut().poll_read(cx, &mut buffer) {
            Poll::Ready(Ok(())) => {
                let read = buffer.filled().len();
                if read == 0 {
                    return Poll::Ready(Ok(StreamResult::Dropped));
                }
                bytes.truncate(read);
                destination.set_buffer(bytes.into());
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Ready(Err(error)) => {
                if let Some(failed) = self.failed.take() {
                    // The guest may have dropped its end: then nobody asks why.
                    let _ = failed.send(error_code(&error));
                }
                Poll::Ready(Ok(StreamResult::Dropped))
            }
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}

/// The host's side of a guest's standard output or error.
struct Writer {
    sink: Pin<Box<dyn AsyncWrite + Send + Sync>>,
    failed: Option<oneshot::Sender<ErrorCode>>,
    flushing: bool,
}

impl Writer {
    fn broken(&mut self, error: &io::Error) -> Poll<wasmtime::Result<StreamResult>> {
        if let Some(failed) = self.failed.take() {
            // The guest may have dropped its end: then nobody asks why.
            let _ = failed.send(error_code(error));
        }
        Poll::Ready(Ok(StreamResult::Dropped))
    }

    fn flush(&mut self, cx: &mut Context<'_>, finish: bool) -> Poll<wasmtime::Result<StreamResult>> {
        let flushed = self.sink.as_mut().poll_flush(cx);
        self.flushing = flushed.is_pending() && !finish;
        match flushed {
            Poll::Ready(Ok(())) => Poll::Ready(Ok(StreamResult::Completed)),
            Poll::Ready(Err(error)) => self.broken(&error),
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<D> StreamConsumer<D> for Writer {
    type Item = u8;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        store: StoreContextMut<'_, D>,
        source: Source<'_, Self::Item>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if self.flushing {
            return self.flush(cx, finish);
        }
        let mut source = source.as_direct(store);
        let bytes = source.remaining();
        if bytes.is_empty() {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        match self.sink.as_mut().poll_write(cx, bytes) {
            Poll::Ready(Ok(0)) => self.broken(&io::ErrorKind::WriteZero.into()),
            Poll::Ready(Ok(written)) => {
                source.mark_read(written);
                self.flush(cx, finish)
            }
            Poll::Ready(Err(error)) => self.broken(&error),
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}

// No terminals, as in 0.2.
impl terminal_input::Host for CliView<'_> {}
impl terminal_input::HostTerminalInput for CliView<'_> {
    fn drop(&mut self, terminal: Resource<terminal_input::TerminalInput>) -> wasmtime::Result<()> {
        self.table.delete(terminal)?;
        Ok(())
    }
}

impl terminal_output::Host for CliView<'_> {}
impl terminal_output::HostTerminalOutput for CliView<'_> {
    fn drop(&mut self, terminal: Resource<terminal_output::TerminalOutput>) -> wasmtime::Result<()> {
        self.table.delete(terminal)?;
        Ok(())
    }
}

impl terminal_stdin::Host for CliView<'_> {
    fn get_terminal_stdin(&mut self) -> wasmtime::Result<Option<Resource<terminal_input::TerminalInput>>> {
        Ok(None)
    }
}

impl terminal_stdout::Host for CliView<'_> {
    fn get_terminal_stdout(&mut self) -> wasmtime::Result<Option<Resource<terminal_output::TerminalOutput>>> {
        Ok(None)
    }
}

impl terminal_stderr::Host for CliView<'_> {
    fn get_terminal_stderr(&mut self) -> wasmtime::Result<Option<Resource<terminal_output::TerminalOutput>>> {
        Ok(None)
    }
}
