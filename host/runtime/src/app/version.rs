//! One build of an app's component, with its warm instances.

use std::sync::Arc;
use std::time::Duration;

use appsvc_os::app::Reuse;
use appsvc_os::exchange::Exchange;
use appsvc_wasi::{Guest, Sandbox};
use wasmtime::{Engine, Store, UpdateDeadline};

use super::pool::{Pool, Proxy, Warm};
use super::{AppLimits, OutputFactory};
use crate::engine::Abi;
use crate::fairness::{CpuMeter, gate};
use crate::program::{Pre, Program, World};

/// Bytes a guest may hand to the host in one call (decision 13).
pub(crate) const HOSTCALL_FUEL: usize = 16 << 20;
/// Handles a guest may hold in its own tables.
pub(crate) const MAX_HANDLES: usize = 10_000;

/// One build of an app's component, with its warm instances.
pub(crate) struct Version {
    program: Program,
    sandbox: Arc<Sandbox>,
    limits: AppLimits,
    output: OutputFactory,
    cpu: Arc<CpuMeter>,
    pool: Pool,
}

impl Version {
    pub(crate) fn new(
        program: Program,
        sandbox: Arc<Sandbox>,
        limits: AppLimits,
        output: OutputFactory,
        cpu: Arc<CpuMeter>,
    ) -> Self {
        Self { program, sandbox, limits, output, cpu, pool: Pool::new() }
    }

    pub(crate) fn program(&self) -> &Program {
        &self.program
    }

    pub(crate) fn app(&self) -> &str {
        self.sandbox.app()
    }

    pub(crate) fn cpu(&self) -> &Arc<CpuMeter> {
        &self.cpu
    }

    pub(crate) fn time_limit(&self) -> Duration {
        self.limits.time_limit
    }

    pub(crate) fn background_limit(&self) -> Duration {
        self.limits.background_limit
    }

    pub(crate) fn pool(&self) -> &Pool {
        &self.pool
    }

    /// A warm instance, else a new one. A failure comes with the store, which knows what was refused.
    pub(crate) async fn instance(
        &self,
        exchange: &Exchange,
    ) -> Result<Warm, (Box<Store<Guest>>, wasmtime::Error)> {
        if self.reuses()
            && let Some(warm) = self.pool.take()
        {
            return Ok(warm);
        }
        let mut store = self.store();
        // What a guest prints while it starts belongs to the request that started it.
        store.data_mut().begin_request(exchange.id());
        let proxy = match &self.program.pre {
            Pre::HttpP2(pre) => pre.instantiate_async(&mut store).await.map(Proxy::P2),
            Pre::HttpP3(pre) => pre.instantiate_async(&mut store).await.map(Proxy::P3),
            Pre::CommandP2(_) | Pre::CommandP3(_) => {
                Err(wasmtime::format_err!("a command answers no requests"))
            }
        };
        match proxy {
            Ok(proxy) => Ok(Warm::new(store, proxy)),
            Err(error) => Err((Box::new(store), error)),
        }
    }

    /// Takes an instance back whose request ended well.
    pub(crate) fn put_back(&self, warm: Warm) {
        if self.reuses() {
            self.pool.put(warm);
        }
    }

    fn reuses(&self) -> bool {
        match self.limits.reuse {
            Reuse::Always => true,
            Reuse::Never => false,
            // Programs of the older world may count on a fresh start: JavaScript components fail on their second
            // request, and a visitor must never see that.
            Reuse::Auto => self.program.world == World::Http(Abi::P3),
        }
    }

    fn store(&self) -> Store<Guest> {
        let guest = Guest::new(self.sandbox.clone(), (self.output)());
        new_store(self.program.engine(), guest)
    }
}

/// A store with the limits every guest has.
pub(crate) fn new_store(engine: &Engine, guest: Guest) -> Store<Guest> {
    let mut store = Store::new(engine, guest);
    store.limiter(|guest| &mut guest.limiter);
    store.set_hostcall_fuel(HOSTCALL_FUEL);
    store.set_max_component_handles(MAX_HANDLES);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|_| Ok(UpdateDeadline::YieldCustom(1, Box::pin(gate::turn()))));
    store
}
