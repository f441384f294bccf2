//! A server started here: its address is read from what it prints, and it is ended with its owner.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::interrupt::Interrupt;

/// Lines of output kept for an error message.
const TAIL: usize = 12;
/// How long a server may finish its requests after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);
/// How often a wait looks around.
const STEP: Duration = Duration::from_millis(20);

/// A running server. Dropping it kills it, so that an error on the way leaves nothing behind.
#[derive(Debug)]
pub(crate) struct Server {
    name: String,
    child: Child,
    address: SocketAddr,
    tail: Tail,
}

/// The last lines that a server printed.
#[derive(Debug, Clone, Default)]
struct Tail(Arc<Mutex<VecDeque<String>>>);

/// Ends the process unless it is handed on.
struct Starting(Option<Child>);

impl Server {
    /// Starts `command` and waits until it has printed its address (`http://ADDRESS:PORT/`), for `patience` at most.
    /// Everything it prints goes to `log`, if there is one.
    pub(crate) fn start(
        name: impl Into<String>,
        mut command: Command,
        log: Option<File>,
        patience: Duration,
        interrupt: &Interrupt,
    ) -> anyhow::Result<Self> {
        let name = name.into();
        let program = command.get_program().to_string_lossy().into_owned();
        let (output, input) = io::pipe()?;
        command.stdin(Stdio::null()).stdout(input.try_clone()?).stderr(input);
        let child = command.spawn().with_context(|| format!("cannot start {name}: {program}"))?;
        let mut starting = Starting(Some(child));
        // Its ends of the pipe: while they are open here, the reader would not see the server end.
        drop(command);

        let tail = Tail::default();
        let (found, address) = mpsc::channel();
        let kept = tail.clone();
        thread::spawn(move || {
            // Read to the end, whatever is in it: a server whose pipe is full stands still.
            kept.read(BufReader::new(output), log, |address| _ = found.send(address));
        });
        let start = Instant::now();
        loop {
            match address.recv_timeout(STEP) {
                Ok(address) => {
                    let child = starting.0.take().context("the server was handed on twice")?;
                    return Ok(Self { name, child, address, tail });
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = starting.wait(GRACE)?;
                    anyhow::bail!("{name} ended at its start ({status}). It said:\n{tail}");
                }
                Err(RecvTimeoutError::Timeout) => {
                    interrupt.check()?;
                    anyhow::ensure!(
                        start.elapsed() < patience,
                        "{name} has not printed its address after {patience:?}. It said:\n{tail}"
                    );
                }
            }
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// An error when it has ended.
    pub(crate) fn check(&mut self) -> anyhow::Result<()> {
        match self.child.try_wait()? {
            Some(status) => anyhow::bail!("{} ended ({status}). It said:\n{}", self.name, self.tail),
            None => Ok(()),
        }
    }

    /// What it printed last, one line each.
    pub(crate) fn said(&self) -> String {
        self.tail.to_string()
    }

    /// Asks it to end (SIGTERM), and kills it if it does not.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        if let Some(pid) = Pid::from_raw(self.child.id().cast_signed())
            && self.child.try_wait()?.is_none()
        {
            kill_process(pid, Signal::TERM)?;
        }
        ended_within(&mut self.child, GRACE)?;
        Ok(()) // `drop` deals with one that is still there
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

impl Starting {
    fn wait(&mut self, limit: Duration) -> anyhow::Result<String> {
        let status = match &mut self.0 {
            Some(child) => ended_within(child, limit)?,
            None => None,
        };
        Ok(status.map_or_else(|| "it closed its output".into(), |status| status.to_string()))
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            end(child);
        }
    }
}

fn end(child: &mut Child) {
    // Both fail only for a process that has already been waited for.
    _ = child.kill();
    _ = child.wait();
}

fn ended_within(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        let status = child.try_wait()?;
        if status.is_some() || start.elapsed() > limit {
            return Ok(status);
        }
        thread::sleep(STEP);
    }
}

impl Tail {
    fn read(&self, mut from: impl io::BufRead, mut log: Option<File>, mut found: impl FnMut(SocketAddr)) {
        let mut looking = true;
        let mut line = Vec::new();
        while from.read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
            if let Some(log) = &mut log {
                // A full disk costs the log, not the server.
                _ = log.write_all(&line);
            }
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            let address = if looking { address_in(&text) } else { None };
            let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if lines.len() == TAIL {
                lines.pop_front();
            }
            lines.push_back(text);
            drop(lines);
            if let Some(address) = address {
                looking = false;
                found(address);
            }
            line.clear();
        }
    }
}

impl std::fmt::Display for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if lines.is_empty() {
            return f.write_str("    (nothing)");
        }
        lines.iter().try_for_each(|line| writeln!(f, "    {line}"))
    }
}

/// The socket address of the first `http://ADDRESS:PORT` in `line`, or the one that is the whole line.
fn address_in(line: &str) -> Option<SocketAddr> {
    let Some((_, rest)) = line.split_once("http://") else { return line.trim().parse().ok() };
    rest.split(|c: char| c == '/' || c == ',' || c == '"' || c.is_whitespace()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Long enough for any machine; no test waits for it.
    const PATIENCE: Duration = Duration::from_secs(60);

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn addresses_are_found_in_the_lines_that_servers_print() {
        let address = |line| address_in(line).map(|address| address.to_string());
        assert_eq!(address("Serving HTTP on http://127.0.0.1:8080/").as_deref(), Some("127.0.0.1:8080"));
        assert_eq!(address("app at http://[::1]:9, ready").as_deref(), Some("[::1]:9"));
        assert_eq!(address("127.0.0.1:7").as_deref(), Some("127.0.0.1:7"));
        assert_eq!(address("see http://example.com/"), None);
        assert_eq!(address("started"), None);
    }

    #[test]
    fn a_server_is_read_and_stopped() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let script =
            "trap 'exit 0' TERM; echo one >&2; echo 'at http://127.0.0.1:5/'; while :; do sleep 0.01; done";
        let mut server =
            Server::start("it", shell(script), Some(log.reopen().unwrap()), PATIENCE, &Interrupt::default())
                .unwrap();
        assert_eq!(server.address().to_string(), "127.0.0.1:5");
        server.check().unwrap();
        assert!(server.said().contains("one"));
        let pid = Pid::from_raw(server.pid().cast_signed()).unwrap();
        server.stop().unwrap();
        assert!(rustix::process::test_kill_process(pid).is_err(), "the process is still there");
        assert_eq!(std::fs::read_to_string(log.path()).unwrap(), "one\nat http://127.0.0.1:5/\n");
    }

    #[test]
    fn a_server_that_will_not_stop_is_killed() {
        let script = "trap '' TERM; echo http://127.0.0.1:5/; while :; do sleep 0.01; done";
        let server = Server::start("it", shell(script), None, PATIENCE, &Interrupt::default()).unwrap();
        let pid = Pid::from_raw(server.pid().cast_signed()).unwrap();
        drop(server);
        assert!(rustix::process::test_kill_process(pid).is_err(), "the process is still there");
    }

    #[test]
    fn a_server_that_fails_says_why() {
        let start =
            |script, patience| Server::start("it", shell(script), None, patience, &Interrupt::default());
        let error = start("echo no such app; exit 3", PATIENCE).unwrap_err().to_string();
        assert!(error.contains("exit status: 3") && error.contains("no such app"), "{error}");
        let error = start("echo busy; exec sleep 60", Duration::from_millis(50)).unwrap_err().to_string();
        assert!(error.contains("has not printed its address") && error.contains("busy"), "{error}");
    }
}
