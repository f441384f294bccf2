//! The two engines and the clock that interrupts their guests.
//!
//! Components that use only WASI 0.2 run on an engine without concurrency support, which is 1.3 to 1.5 times
//! cheaper per request; those that use 0.3 run on one with it (decision 8). An engine reserves its address space
//! when it is made, so each is made when the first component asks for it.

mod config;
mod slots;
mod ticker;

use std::sync::{Arc, OnceLock};

use wasmtime::component::Linker;
use wasmtime::{Engine, EngineWeak};

use appsvc_wasi::{Guest, link};

pub use slots::Slots;
pub use ticker::TICK;

/// Which engine a component needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Abi {
    /// WASI 0.2 only.
    P2,
    /// WASI 0.3, and 0.2 beside it.
    P3,
}

impl Abi {
    /// The version as users know it: `0.2` or `0.3`.
    pub fn version(self) -> &'static str {
        match self {
            Self::P2 => "0.2",
            Self::P3 => "0.3",
        }
    }
}

/// An engine and the linker that holds everything its components may import.
pub(crate) struct Host {
    pub(crate) engine: Engine,
    pub(crate) linker: Linker<Guest>,
}

/// Both engines of one host process.
pub struct Engines {
    slots: Slots,
    p2: OnceLock<Host>,
    p3: OnceLock<Host>,
    ticker: ticker::Ticker,
}

impl Engines {
    /// Engines with room for `slots` instances each; nothing is reserved yet.
    ///
    /// # Errors
    ///
    /// The thread that interrupts guests cannot be started.
    pub fn new(slots: Slots) -> wasmtime::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            slots,
            p2: OnceLock::new(),
            p3: OnceLock::new(),
            ticker: ticker::Ticker::start()?,
        }))
    }

    pub(crate) fn host(&self, abi: Abi) -> wasmtime::Result<&Host> {
        let cell = match abi {
            Abi::P2 => &self.p2,
            Abi::P3 => &self.p3,
        };
        if let Some(host) = cell.get() {
            return Ok(host);
        }
        let host = self.build(abi)?;
        Ok(cell.get_or_init(|| {
            self.ticker.add(host.engine.weak());
            host
        }))
    }

    fn build(&self, abi: Abi) -> wasmtime::Result<Host> {
        let engine = config::engine(abi, &self.slots)?;
        let mut linker = Linker::new(&engine);
        link::add_p2(&mut linker)?;
        if abi == Abi::P3 {
            link::add_p3(&mut linker)?;
        }
        Ok(Host { engine, linker })
    }
}

type Ticked = EngineWeak;
