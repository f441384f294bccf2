//! The data of one store: what one instance can reach.

use std::sync::Arc;

use uuid::Uuid;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::clocks::{WasiClocksCtx, WasiClocksCtxView};
use wasmtime_wasi::filesystem::{WasiFilesystemCtx, WasiFilesystemCtxView};
use wasmtime_wasi::random::WasiRandomCtx;
use wasmtime_wasi::sockets::{WasiSocketsCtx, WasiSocketsCtxView};
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView};

use crate::cli::{CliView, Stdio};
use crate::http::Hooks;
use crate::limiter::Limiter;
use crate::net::NetView;
use crate::sandbox::Sandbox;

/// Most entries a guest may hold in its table of host resources (decision 13: a guest's handles are host memory).
pub const MAX_RESOURCES: usize = 10_000;

/// Everything one instance can reach, and what it is charged for.
pub struct Guest {
    sandbox: Arc<Sandbox>,
    /// The host's side of the guest's handles.
    pub table: ResourceTable,
    /// Memory accounting of this store.
    pub limiter: Limiter,
    stdio: Stdio,
    hooks: Hooks,
    http: WasiHttpCtx,
    clocks: Option<WasiClocksCtx>,
    filesystem: Option<WasiFilesystemCtx>,
    random: Option<WasiRandomCtx>,
    sockets: Option<WasiSocketsCtx>,
    past_first_tick: bool,
}

impl Guest {
    /// A guest of `sandbox` that has touched nothing yet; `stdio` is where its standard streams go.
    pub fn new(sandbox: Arc<Sandbox>, stdio: Stdio) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        Self {
            limiter: Limiter::new(sandbox.memory(), sandbox.reclaim()),
            hooks: Hooks::new(&sandbox),
            sandbox,
            table,
            stdio,
            http: WasiHttpCtx::new(),
            clocks: None,
            filesystem: None,
            random: None,
            sockets: None,
            past_first_tick: false,
        }
    }

    /// The sandbox this guest lives in.
    pub fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
    }

    /// Notes which request the guest serves from now on: its output carries the id.
    pub fn begin_request(&mut self, id: Uuid) {
        self.stdio.set_request(Some(id));
        self.past_first_tick = false;
    }

    /// Ends a request: a line the guest left unfinished is written out.
    pub fn end_request(&mut self) {
        self.stdio.flush();
        self.stdio.set_request(None);
    }

    /// Whether this request has already run past an epoch tick; the answer is `true` from the second call on.
    pub fn tick(&mut self) -> bool {
        std::mem::replace(&mut self.past_first_tick, true)
    }

    pub(crate) fn table(&mut self) -> &mut ResourceTable {
        &mut self.table
    }

    pub(crate) fn cli(&mut self) -> CliView<'_> {
        CliView { process: self.sandbox.cli(), stdio: &mut self.stdio, table: &mut self.table }
    }

    pub(crate) fn net(&mut self) -> NetView<'_> {
        NetView { denials: self.sandbox.denials() }
    }

    /// The view that the bindings of `wasi:http` work on.
    pub fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }

    pub(crate) fn clocks(&mut self) -> WasiClocksCtxView<'_> {
        WasiClocksCtxView { ctx: self.clocks.get_or_insert_with(Default::default), table: &mut self.table }
    }

    pub(crate) fn filesystem(&mut self) -> WasiFilesystemCtxView<'_> {
        WasiFilesystemCtxView {
            ctx: self.filesystem.get_or_insert_with(|| self.sandbox.filesystem()),
            table: &mut self.table,
        }
    }

    pub(crate) fn random(&mut self) -> &mut WasiRandomCtx {
        self.random.get_or_insert_with(Default::default)
    }

    pub(crate) fn sockets(&mut self) -> WasiSocketsCtxView<'_> {
        WasiSocketsCtxView {
            ctx: self.sockets.get_or_insert_with(|| self.sandbox.sockets()),
            table: &mut self.table,
        }
    }
}
