//! The programs of a comparison: where they are, and how each is started on a component.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Context as _;

use super::figures::{Contender, Program};
use crate::interrupt::Interrupt;
use crate::server::Server;
use crate::shell;
use crate::workspace::{Metadata, cargo, show};

/// How long a server may take to print its address: a large component is compiled first.
const PATIENCE: Duration = Duration::from_secs(180);

/// The version that the engine of this host has, and so the one to compare with.
const WASMTIME: &str = "48.";

/// What is compared.
#[derive(Debug)]
pub(crate) struct Programs {
    host: PathBuf,
    native: PathBuf,
    wasmtime: Option<Wasmtime>,
    /// Where the host keeps what it compiled, from one start to the next.
    data: tempfile::TempDir,
}

/// A `wasmtime` of the right version.
#[derive(Debug)]
pub(crate) struct Wasmtime {
    path: OsString,
    pub(crate) version: String,
}

impl Programs {
    /// Builds the host and the native server as for release, and looks for `wasmtime` if it is wanted.
    pub(crate) fn prepare(wasmtime: bool) -> anyhow::Result<Self> {
        // First, because it takes no time to fail.
        let wasmtime = if wasmtime { Some(Wasmtime::find()?) } else { None };
        show(&mut cargo([
            "build",
            "--release",
            "--package=wasm-appsvc",
            "--package=appsvc-server",
            "--bin=wasm-appsvc",
            "--example=native_hyper",
        ]))?;
        let release = Metadata::read()?.target()?.join("release");
        Ok(Self {
            host: release.join("wasm-appsvc"),
            native: release.join("examples/native_hyper"),
            wasmtime,
            data: tempfile::tempdir()?,
        })
    }

    /// The `wasmtime` compared with, if any.
    pub(crate) fn wasmtime(&self) -> Option<&Wasmtime> {
        self.wasmtime.as_ref()
    }

    /// Starts `contender` on a free port of the loopback.
    pub(crate) fn start(&self, contender: &Contender, interrupt: &Interrupt) -> anyhow::Result<Server> {
        let component = component(contender.guest);
        let command = match contender.program {
            Program::Host => {
                let mut command = Command::new(&self.host);
                command.arg("serve").arg(component).args(["--addr", "127.0.0.1:0"]);
                command.arg("--data").arg(self.data.path()).args(["--name", contender.guest]);
                command.args(contender.flags);
                command
            }
            Program::Wasmtime => self.wasmtime_serve(contender.flags, &component)?,
            Program::Native => Command::new(&self.native),
        };
        Server::start(contender.name(), command, None, PATIENCE, interrupt)
    }

    /// Starts wasmtime on a component that it has compiled before, the quickest start that it has.
    pub(crate) fn start_compiled(
        &self,
        flags: &[&str],
        compiled: &Path,
        interrupt: &Interrupt,
    ) -> anyhow::Result<Server> {
        let flags = [flags, &["--allow-precompiled"]].concat();
        let command = self.wasmtime_serve(&flags, compiled)?;
        Server::start("wasmtime serve --allow-precompiled", command, None, PATIENCE, interrupt)
    }

    /// Has wasmtime compile `guest`; the file is gone when this run of the bench is over.
    pub(crate) fn compile_with_wasmtime(&self, guest: &str) -> anyhow::Result<PathBuf> {
        let wasmtime = self.wasmtime.as_ref().context("wasmtime was not looked for")?;
        let compiled = self.data.path().join(format!("{guest}.cwasm"));
        shell::run(
            Command::new(&wasmtime.path).arg("compile").arg("-o").arg(&compiled).arg(component(guest)),
        )?;
        Ok(compiled)
    }

    fn wasmtime_serve(&self, flags: &[&str], file: &Path) -> anyhow::Result<Command> {
        let wasmtime = self.wasmtime.as_ref().context("wasmtime was not looked for")?;
        let mut command = Command::new(&wasmtime.path);
        command.arg("serve").args(flags).args(["--addr", "127.0.0.1:0"]).arg(file);
        Ok(command)
    }
}

impl Wasmtime {
    /// `$WASMTIME`, else the one on PATH.
    fn find() -> anyhow::Result<Self> {
        const HOW: &str = "the bench compares with wasmtime 48: \
            `cargo install wasmtime-cli --version '=48.0.8' --locked` installs it (or set WASMTIME to its path)";
        let path = std::env::var_os("WASMTIME").unwrap_or_else(|| "wasmtime".into());
        let version = shell::run(Command::new(&path).arg("--version")).context(HOW)?;
        let version = version.trim().trim_start_matches("wasmtime ").to_owned();
        anyhow::ensure!(version.starts_with(WASMTIME), "{} is {version}; {HOW}", path.display());
        Ok(Self { path, version })
    }
}

fn component(guest: &str) -> PathBuf {
    shell::root().join("guests/out").join(format!("{guest}.wasm"))
}
