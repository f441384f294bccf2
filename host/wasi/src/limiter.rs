//! Memory of one store, charged to the budget of its sandbox.
//!
//! Every linear memory and table of every instance of an app adds up in one [`Budget`] (TIER-12). A limit per
//! memory, which is what an engine offers by itself, would let a guest with several memories have several times
//! its share.

use std::sync::{Arc, Weak};

use appsvc_os::budget::Budget;
use wasmtime::ResourceLimiter;

/// Bytes a table element costs the host.
const TABLE_ELEMENT: usize = size_of::<usize>();

/// Gives memory back when a guest is about to be refused: the runtime retires idle instances of the same app.
pub trait Reclaim: Send + Sync {
    /// Frees what can be freed at once; `true` if anything was.
    fn reclaim(&self) -> bool;
}

/// Charges the growth of one store's memories and tables; everything is given back when it is dropped.
pub struct Limiter {
    budget: Arc<Budget>,
    reclaim: Option<Weak<dyn Reclaim>>,
    charged: u64,
    last: u64,
    refused: bool,
}

impl Limiter {
    /// A limiter with nothing charged yet.
    pub fn new(budget: Arc<Budget>, reclaim: Option<Weak<dyn Reclaim>>) -> Self {
        Self { budget, reclaim, charged: 0, last: 0, refused: false }
    }

    /// Bytes this store is charged for now.
    pub fn charged(&self) -> u64 {
        self.charged
    }

    /// Whether any growth has been refused since the store was made.
    pub fn refused(&self) -> bool {
        self.refused
    }

    fn grow(&mut self, bytes: usize) -> bool {
        let bytes = bytes as u64;
        let mut granted = self.budget.charge(bytes).is_ok();
        if !granted && let Some(reclaim) = self.reclaim.as_ref().and_then(Weak::upgrade) {
            granted = reclaim.reclaim() && self.budget.charge(bytes).is_ok();
        }
        if granted {
            self.charged += bytes;
            self.last = bytes;
        } else {
            self.refused = true;
            self.last = 0;
        }
        granted
    }

    /// The engine could not do what was granted: undo the last charge.
    fn undo(&mut self) {
        self.budget.release(self.last);
        self.charged -= self.last;
        self.last = 0;
    }
}

impl Drop for Limiter {
    fn drop(&mut self) {
        self.budget.release(self.charged);
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(desired.saturating_sub(current)))
    }

    fn memory_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.undo();
        Ok(())
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(self.grow(desired.saturating_sub(current).saturating_mul(TABLE_ELEMENT)))
    }

    fn table_grow_failed(&mut self, _error: wasmtime::Error) -> wasmtime::Result<()> {
        self.undo();
        Ok(())
    }
}
