//! The program under test, running.

use std::ffi::{OsStr, OsString};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::http::{Connection, Request, Response, Version};
use crate::log::Log;
use crate::raw::Raw;
use crate::tls::Certificate;
use crate::{paths, within};

/// Why a host did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The binary, the guest or a folder for them is not there.
    #[error("{0}")]
    Missing(String),
    /// It ended before it served.
    #[error("the host ended with {status} instead of serving; its log:\n{log}")]
    Ended {
        /// How.
        status: ExitStatus,
        /// What it said.
        log: Log,
    },
    /// It goes on without saying where it serves.
    #[error("{0}")]
    Silent(String),
}

/// How to start a host: `wasm-appsvc serve` with a guest. See [`Host::serve`].
#[derive(Debug)]
pub struct Serve {
    component: Result<PathBuf, String>,
    name: String,
    args: Vec<OsString>,
    env: Vec<(String, String)>,
    app_toml: Option<String>,
    data: Option<PathBuf>,
    tls: bool,
}

impl Serve {
    /// The app's name; that of the guest unless set.
    pub fn name(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Further arguments.
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// A variable of the host's own environment.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The content of its `app.toml`.
    pub fn app_toml(mut self, text: &str) -> Self {
        self.app_toml = Some(text.to_owned());
        self
    }

    /// The data folder, where it should outlive this host. Hosts that share one compile a guest only once, but
    /// two at a time need different names.
    pub fn data(mut self, folder: &Path) -> Self {
        self.data = Some(folder.to_owned());
        self
    }

    /// HTTPS, with a [`Certificate`] made for it, which [`Host`]'s methods trust.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Starts it and waits until it serves. Panics if it does not.
    pub async fn start(self) -> Host {
        self.try_start().await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Starts it and waits until it serves.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn try_start(self) -> Result<Host, StartError> {
        let missing = |error: io::Error| StartError::Missing(format!("no temporary folder: {error}"));
        let folder = tempfile::tempdir().map_err(missing)?;
        let mut args: Vec<OsString> =
            vec!["serve".into(), self.component.map_err(StartError::Missing)?.into()];
        let data = self.data.unwrap_or_else(|| folder.path().join("data"));
        args.extend(["--addr".into(), "127.0.0.1:0".into(), "--name".into(), self.name.into()]);
        args.extend(["--data".into(), data.into()]);
        if let Some(text) = self.app_toml {
            let file = folder.path().join("app.toml");
            std::fs::write(&file, text).map_err(missing)?;
            args.extend(["--config".into(), file.into()]);
        }
        let mut tls = None;
        if self.tls {
            let certificate = Certificate::make(folder.path());
            let certificate =
                certificate.map_err(|error| StartError::Missing(format!("no certificate: {error}")))?;
            args.extend(["--tls-cert".into(), certificate.cert().into()]);
            args.extend(["--tls-key".into(), certificate.key().into()]);
            tls = Some(certificate);
        }
        args.extend(self.args);
        let mut host = Host::spawn(&binary()?, args, &self.env).await?;
        (host.folder, host.tls) = (Some(folder), tls);
        Ok(host)
    }

    /// Starts a host that must not start, and returns its standard error. Panics if it serves, or ends with 0.
    pub async fn refused(self) -> String {
        match self.try_start().await {
            Err(StartError::Ended { status, log }) if !status.success() => log.lines().join("\n"),
            Err(error) => panic!("{error}"),
            Ok(host) => panic!("the host serves; its log:\n{}", host.log),
        }
    }
}

/// A running host. Dropping it kills it and removes its folder.
///
/// The methods that talk to it panic where there is no answer, with the host's log in the message; those of
/// [`Connection`] return errors.
#[derive(Debug)]
pub struct Host {
    child: Child,
    addr: SocketAddr,
    log: Log,
    args: Vec<OsString>,
    tls: Option<Certificate>,
    folder: Option<TempDir>,
}

impl Host {
    /// A host for the guest `guests/out/GUEST.wasm`, on a free port of 127.0.0.1, with a data folder of its own
    /// and the guest's name as the app's.
    pub fn serve(guest: &str) -> Serve {
        Serve {
            component: paths::guest(guest),
            name: guest.to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            app_toml: None,
            data: None,
            tls: false,
        }
    }

    /// Runs the binary with just these arguments and waits until it says where it serves. Panics if it does not.
    pub async fn start<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Self {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned()).collect();
        let binary = binary().unwrap_or_else(|error| panic!("{error}"));
        Self::spawn(&binary, args, &[]).await.unwrap_or_else(|error| panic!("{error}"))
    }

    async fn spawn(binary: &Path, args: Vec<OsString>, env: &[(String, String)]) -> Result<Self, StartError> {
        let mut command = Command::new(binary);
        command.args(&args).env_remove("WASM_APPSVC_LOG").envs(env.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn();
        let mut child =
            child.map_err(|error| StartError::Missing(format!("{}: {error}", binary.display())))?;
        let stderr = child.stderr.take().expect("standard error is piped");
        let unknown = SocketAddr::from(([127, 0, 0, 1], 0));
        let log = Log::collect(stderr);
        let mut host = Self { child, addr: unknown, log, args, tls: None, folder: None };
        let line = host.log.wait_for("the address", |line| served_at(line).is_some()).await;
        match line {
            Ok(line) => host.addr = served_at(&line).unwrap_or(unknown),
            Err(silent) => {
                // Its standard error ends a little before it does.
                return Err(match tokio::time::timeout(Duration::from_secs(5), host.exit()).await {
                    Ok(status) => StartError::Ended { status, log: host.log.clone() },
                    Err(_) => StartError::Silent(silent),
                });
            }
        }
        Ok(host)
    }

    /// Where it serves.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it was started with.
    pub fn args(&self) -> &[OsString] {
        &self.args
    }

    /// Its standard error so far.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// Waits for a line of its standard error for which `wanted` holds, which may be there already, and returns
    /// it. Panics with `what` if there is none within [`PATIENCE`](crate::PATIENCE).
    pub async fn wait_for_log(&self, what: &str, wanted: impl FnMut(&str) -> bool) -> String {
        self.log.wait_for(what, wanted).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// `GET target` over HTTP/1.1 and a connection of its own.
    pub async fn get(&self, target: &str) -> Response {
        self.send(Request::get(target)).await
    }

    /// Sends a request over a connection of its own.
    pub async fn send(&self, request: Request) -> Response {
        self.try_send(request)
            .await
            .unwrap_or_else(|error| panic!("{error:#}; the host's log:\n{}", self.log))
    }

    /// Sends a request over a connection of its own.
    ///
    /// # Errors
    /// There is no response.
    pub async fn try_send(&self, request: Request) -> anyhow::Result<Response> {
        self.try_connect(request.version()).await?.send(request).await
    }

    /// A connection for several requests.
    pub async fn connect(&self, version: Version) -> Connection {
        let connection = self.try_connect(version).await;
        connection.unwrap_or_else(|error| panic!("{error:#}; the host's log:\n{}", self.log))
    }

    /// A connection for several requests.
    ///
    /// # Errors
    /// There is none to be had.
    pub async fn try_connect(&self, version: Version) -> anyhow::Result<Connection> {
        Connection::open(self.addr, version, self.tls.as_ref()).await
    }

    /// A socket connected to it.
    pub async fn raw(&self) -> Raw {
        Raw::connect(self.addr).await
    }

    /// Sends it a signal. Does nothing once it has ended.
    pub fn signal(&mut self, signal: Signal) {
        // As long as it has not been waited for, its id is its own.
        if let (Ok(None), Some(pid)) = (self.child.try_wait(), Pid::from_raw(self.child.id().cast_signed())) {
            kill_process(pid, signal).expect("signalling a child");
        }
    }

    /// Asks it to end (SIGTERM) and waits for it. Afterwards [`log`](Self::log) is complete.
    ///
    /// Panics if it still runs after [`PATIENCE`](crate::PATIENCE).
    pub async fn stop(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.exit().await
    }

    /// Ends it at once (SIGKILL), as a crash or power failure would. Its folder stays until it is dropped.
    pub async fn kill(&mut self) {
        self.signal(Signal::KILL);
        self.exit().await;
    }

    /// Waits until it ends by itself. Panics if it still runs after [`PATIENCE`](crate::PATIENCE).
    pub async fn exit(&mut self) -> ExitStatus {
        let ended = within("the end of the host", async {
            loop {
                if let Some(status) = self.child.try_wait().expect("waiting for a child") {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
        let status = ended.await.unwrap_or_else(|error| panic!("{error}; its log:\n{}", self.log));
        // A process it left behind may still hold its standard error; then the log is what there is.
        let _ = tokio::time::timeout(Duration::from_secs(5), self.log.ended()).await;
        status
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Both fail if it has ended, which is what they are for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn binary() -> Result<PathBuf, StartError> {
    paths::binary().map_err(StartError::Missing)
}

/// The address in a line such as `shop: http://127.0.0.1:8080/`.
fn served_at(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://").or_else(|| line.split_once("https://"))?;
    rest.split(['/', ' ']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn the_address_is_found_in_its_line() {
        let addr: SocketAddr = "127.0.0.1:4711".parse().unwrap();
        for line in [
            "http://127.0.0.1:4711/",
            "shop is served at https://127.0.0.1:4711/ (B1)",
            "http://127.0.0.1:4711",
        ] {
            assert_eq!(served_at(line), Some(addr), "{line}");
        }
        for line in ["", "see http://example.com/", "127.0.0.1:4711"] {
            assert_eq!(served_at(line), None, "{line}");
        }
    }

    /// A host that is a shell script.
    async fn spawn(script: &str) -> Result<Host, StartError> {
        Host::spawn(Path::new("/bin/sh"), vec!["-c".into(), script.into()], &[]).await
    }

    #[tokio::test]
    async fn a_host_is_started_and_asked_to_stop() {
        let script = "trap 'echo bye >&2; exit 3' TERM\necho starting >&2\necho http://127.0.0.1:4711/ >&2\n\
            while :; do sleep 0.05; done";
        let mut host = spawn(script).await.unwrap();
        assert_eq!(host.addr().port(), 4711);
        assert_eq!(host.stop().await.code(), Some(3));
        assert_eq!(host.log().lines(), ["starting", "http://127.0.0.1:4711/", "bye"]);
        // Its id may be another process's by now.
        host.signal(Signal::KILL);
    }

    #[tokio::test]
    async fn a_host_that_is_dropped_is_killed() {
        let host = spawn("trap '' TERM\necho http://127.0.0.1:4711/ >&2\nexec sleep 600").await.unwrap();
        let pid = host.pid();
        drop(host);
        assert!(!Path::new(&format!("/proc/{pid}")).exists());
    }

    #[tokio::test]
    async fn a_host_that_does_not_serve_is_told_with_its_log() {
        let error = spawn("echo 'no component' >&2; exit 2").await.unwrap_err();
        let StartError::Ended { status, log } = error else { panic!("{error}") };
        assert_eq!((status, log.lines()), (ExitStatus::from_raw(2 << 8), vec!["no component".to_owned()]));
        assert!(matches!(Host::serve("no-such-guest").try_start().await, Err(StartError::Missing(_))));
    }
}
