//! The program, run as an operator would.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Instant;

use appsvc_tests::{PATIENCE, paths};

use super::{data, unique};

/// A run of the program to come.
pub(crate) struct Program(Command);

/// How it ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    /// `wasm-appsvc` with these arguments.
    pub(crate) fn new<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Self {
        let mut command = Command::new(paths::binary().unwrap_or_else(|error| panic!("{error}")));
        command.args(args).env_remove("WASM_APPSVC_LOG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Self(command)
    }

    /// `wasm-appsvc run GUEST` under a name of its own; `then` adds options, and arguments after `--`.
    pub(crate) fn run(guest: &str, then: &[&str]) -> Self {
        let name = unique(guest);
        Self::run_as(&name, guest, then)
    }

    /// The same under the name `name`.
    pub(crate) fn run_as(name: &str, guest: &str, then: &[&str]) -> Self {
        let component = paths::guest(guest).unwrap_or_else(|error| panic!("{error}"));
        let mut program = Self::new([OsStr::new("run"), component.as_os_str()]);
        program.0.arg("--data").arg(data()).args(["--name", name]).args(then);
        program
    }

    pub(crate) fn args(mut self, args: &[&str]) -> Self {
        self.0.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.0.env_remove(name);
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.0.current_dir(folder);
        self
    }

    /// Runs it to its end with nothing on its standard input.
    pub(crate) fn ended(self) -> Ended {
        self.fed(b"")
    }

    /// Runs it to its end with `input` on its standard input.
    pub(crate) fn fed(self, input: &[u8]) -> Ended {
        let mut running = self.start();
        let mut stdin = running.stdin.take().unwrap();
        let input = input.to_vec();
        let writer = thread::spawn(move || {
            // It may end without reading.
            let _ = stdin.write_all(&input);
        });
        let ended = running.end();
        writer.join().unwrap();
        ended
    }

    /// Starts it, for tests that talk to it.
    pub(crate) fn start(mut self) -> Running {
        let mut child = self.0.stdin(Stdio::piped()).spawn().expect("starting the program");
        let mut stderr = child.stderr.take().unwrap();
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let said = thread::spawn(move || {
            let mut said = Vec::new();
            stderr.read_to_end(&mut said).expect("reading standard error");
            String::from_utf8_lossy(&said).into_owned()
        });
        Running { child, stdin, stdout, said: Some(said) }
    }

    /// Starts it with its standard error in the test's hands.
    pub(crate) fn spawn(mut self) -> Child {
        self.0.spawn().expect("starting the program")
    }
}

/// A run under way. Dropping it ends it.
pub(crate) struct Running {
    child: Child,
    pub(crate) stdin: Option<ChildStdin>,
    pub(crate) stdout: Option<ChildStdout>,
    said: Option<thread::JoinHandle<String>>,
}

impl Running {
    /// Waits for its end.
    pub(crate) fn end(mut self) -> Ended {
        self.stdin = None;
        let stdout = self.stdout.take();
        let written = thread::spawn(move || {
            let mut written = Vec::new();
            if let Some(mut stdout) = stdout {
                stdout.read_to_end(&mut written).expect("reading standard output");
            }
            String::from_utf8_lossy(&written).into_owned()
        });
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("waiting for a child") {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "the program does not end");
            thread::sleep(std::time::Duration::from_millis(5));
        };
        let stderr = self.said.take().unwrap().join().unwrap();
        Ended { code: status.code(), stdout: written.join().unwrap(), stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail if it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
