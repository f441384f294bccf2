//! What the HTTP library reads from and writes to: the socket, with the gate before it (HTTP/1.1) and with an
//! eye on clients that do not read.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::conduct::{Closing, Conduct};
use super::gate::Gate;
use super::refusal::Refusal;
use super::socket::Socket;
use crate::alarm::Alarm;
use crate::clock::Moment;

/// How long a closed connection is read on, and how many bytes of it. Closing at once what the client still
/// sends to would reset the connection and could take the answer with it.
const LINGER_TIME: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 512 * 1024;

/// Messages up to this size are gathered before they are sent: the kernel takes several pieces more slowly than
/// one by more than the copy costs.
const GATHERED: usize = 2048;

/// A socket as the HTTP library sees it.
#[derive(Debug)]
pub(crate) struct Wire {
    socket: Socket,
    /// Of HTTP/1.1 only.
    gate: Option<Gate>,
    /// Bytes that have arrived and are held back: the next message, or those read to tell the protocol.
    held: BytesMut,
    conduct: Arc<Conduct>,
    refusal: Option<Refusal>,
    /// The client may still be sending what nobody will read.
    unread: bool,
    linger: Option<Linger>,
    /// Room to gather small messages in.
    gathered: Vec<u8>,
}

#[derive(Debug)]
struct Linger {
    until: Moment,
    alarm: Alarm,
    left: usize,
}

impl Wire {
    /// `held` has been read from `socket` already.
    pub(crate) fn new(socket: Socket, gate: Option<Gate>, held: BytesMut, conduct: Arc<Conduct>) -> Self {
        Self { socket, gate, held, conduct, refusal: None, unread: false, linger: None, gathered: Vec::new() }
    }

    /// Why the gate let no more through.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        self.refusal
    }

    /// See [`Socket::reset`].
    pub(crate) fn reset(self) {
        self.socket.reset();
    }

    /// Lets go on as if nothing had been refused, to send the answer to that.
    pub(crate) fn into_answering(mut self) -> Self {
        self.gate = None;
        self.unread = true;
        self
    }

    /// Nothing more is let through: the end of the stream once the message before has had its answer.
    fn poll_closed(&self) -> Poll<io::Result<()>> {
        let answered = !self.conduct.is_busy() && self.conduct.stuck_since().is_none();
        // Pending without a waker: the one who runs the connection looks again when the answer has gone.
        if answered { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    /// Reads what may go on: at least one byte unless the stream has ended or something is refused.
    fn poll_admitted(
        &mut self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<Result<(), Refusal>>> {
        if !self.held.is_empty() {
            let next = self.held.get(..buf.remaining()).unwrap_or(&self.held);
            let passed = match self.gate.as_mut().map_or(Ok(next.len()), |gate| gate.admit(next)) {
                Ok(passed) => passed,
                Err(refusal) => return Poll::Ready(Ok(Err(refusal))),
            };
            buf.put_slice(&self.held.split_to(passed));
            return Poll::Ready(Ok(Ok(())));
        }
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buf))?;
        let Some(gate) = &mut self.gate else { return Poll::Ready(Ok(Ok(()))) };
        let fresh = buf.filled().get(before..).unwrap_or_default();
        let verdict = gate.admit(fresh);
        let passed = verdict.unwrap_or(0);
        if passed < fresh.len() {
            self.held.extend_from_slice(fresh.get(passed..).unwrap_or_default());
            buf.set_filled(before + passed);
        }
        Poll::Ready(Ok(verdict.map(|_| ())))
    }

    fn note_write<T>(&self, result: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match &result {
            Poll::Pending => self.conduct.set_stuck(),
            Poll::Ready(_) => self.conduct.set_unstuck(),
        }
        result
    }

    fn has_unread(&self) -> bool {
        let within = self.gate.as_ref().is_some_and(|gate| gate.within_body() || gate.within_head());
        self.unread || within || !self.held.is_empty()
    }
}

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.conduct.closing().is_some() {
            return this.poll_closed();
        }
        let within_body = this.gate.as_ref().is_some_and(Gate::within_body);
        let Err(refusal) = ready!(this.poll_admitted(cx, buf))? else {
            if let Some(gate) = &this.gate {
                this.conduct.set_within_head(gate.within_head());
            }
            return Poll::Ready(Ok(()));
        };
        this.unread = true;
        if within_body {
            // The request is under way and gets the answer; its body ends in this error.
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, refusal)));
        }
        this.refusal = Some(refusal);
        this.conduct.close(Closing::Refused);
        this.poll_closed()
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.note_write(result)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let socket = Pin::new(&mut this.socket);
        let result = if bufs.len() > 1 && bufs.iter().map(|buf| buf.len()).sum::<usize>() <= GATHERED {
            this.gathered.clear();
            bufs.iter().for_each(|buf| this.gathered.extend_from_slice(buf));
            socket.poll_write(cx, &this.gathered)
        } else {
            socket.poll_write_vectored(cx, bufs)
        };
        this.note_write(result)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let result = Pin::new(&mut self.socket).poll_flush(cx);
        self.note_write(result)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let answer_due = match this.conduct.closing() {
            Some(Closing::Refused | Closing::HeadTooSlow) => this.gate.is_some(),
            Some(Closing::Idle) | None => false,
        };
        if answer_due {
            // The answer to what was refused is sent after the library has let go of the wire.
            return Poll::Ready(Ok(()));
        }
        let linger = match &mut this.linger {
            Some(linger) => linger,
            None => {
                ready!(Pin::new(&mut this.socket).poll_shutdown(cx))?;
                if !this.has_unread() {
                    return Poll::Ready(Ok(()));
                }
                let until = Moment::now().after(LINGER_TIME);
                this.linger.insert(Linger { until, alarm: Alarm::default(), left: LINGER_BYTES })
            }
        };
        let mut scratch = [0; 4096];
        while linger.left > 0 {
            let mut buf = ReadBuf::new(&mut scratch);
            match Pin::new(&mut this.socket).poll_read(cx, &mut buf) {
                Poll::Ready(Ok(())) if !buf.filled().is_empty() => {
                    linger.left = linger.left.saturating_sub(buf.filled().len());
                }
                Poll::Ready(_) => break,
                Poll::Pending => {
                    ready!(linger.alarm.poll(cx, this.conduct.alarms(), || linger.until));
                    break;
                }
            }
        }
        Poll::Ready(Ok(()))
    }
}
