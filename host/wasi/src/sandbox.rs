//! What all instances of one app share, in the form the bindings need it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock, Weak};

use appsvc_os::budget::Budget;
use wasmtime_wasi::FsPerms;
use wasmtime_wasi::filesystem::WasiFilesystemCtx;
use wasmtime_wasi::sockets::WasiSocketsCtx;

use crate::cli::ProcessBlock;
use crate::limiter::Reclaim;
use crate::net::{self, Denials};

/// What a [`Sandbox`] is made of.
pub struct SandboxParts {
    /// The app's name.
    pub app: String,
    /// Environment, arguments and working directory.
    pub cli: ProcessBlock,
    /// The directory of the machine that the guest sees as `/home`.
    pub home: PathBuf,
    /// What memory is charged to.
    pub memory: Arc<Budget>,
}

/// What all instances of one app share.
pub struct Sandbox {
    app: String,
    cli: ProcessBlock,
    memory: Arc<Budget>,
    reclaim: OnceLock<Weak<dyn Reclaim>>,
    denials: Arc<Denials>,
    filesystem: WasiFilesystemCtx,
    sockets: WasiSocketsCtx,
}

impl Sandbox {
    /// Makes the sandbox; opens `home`.
    ///
    /// # Errors
    ///
    /// `home` cannot be opened as a directory.
    pub fn new(parts: SandboxParts) -> wasmtime::Result<Self> {
        let denials = Arc::new(Denials::new(&parts.app));
        let mut builder = wasmtime_wasi::WasiCtx::builder();
        builder.preopened_dir(&parts.home, "/home", FsPerms::ReadWrite)?;
        let filesystem = builder.build().filesystem().clone();
        Ok(Self {
            sockets: net::shut(&denials),
            filesystem,
            denials,
            app: parts.app,
            cli: parts.cli,
            memory: parts.memory,
            reclaim: OnceLock::new(),
        })
    }

    /// The app's name.
    pub fn app(&self) -> &str {
        &self.app
    }

    /// What was refused to the app so far.
    pub fn denials(&self) -> &Arc<Denials> {
        &self.denials
    }

    /// What memory is charged to.
    pub fn memory(&self) -> Arc<Budget> {
        self.memory.clone()
    }

    pub(crate) fn cli(&self) -> &ProcessBlock {
        &self.cli
    }

    pub(crate) fn reclaim(&self) -> Option<Weak<dyn Reclaim>> {
        self.reclaim.get().cloned()
    }

    /// Names who can give memory back when it runs out; only the first one named counts.
    pub fn set_reclaim(&self, reclaim: Weak<dyn Reclaim>) {
        let _ = self.reclaim.set(reclaim);
    }

    pub(crate) fn filesystem(&self) -> WasiFilesystemCtx {
        self.filesystem.clone()
    }

    pub(crate) fn sockets(&self) -> WasiSocketsCtx {
        self.sockets.clone()
    }
}
