//! Budgets: amounts with a limit, in a tree.
//!
//! Memory, disk bytes, directory entries and sockets are all counted the same way: process within sandbox
//! within app within plan within host. A charge goes up the tree and is undone where it was already made
//! when a budget further up refuses it, so that no budget ever shows more in use than it allows.
//!
//! Lock free: one compare-and-swap per level. The price is that two charges which race for the last bit of
//! room may both be refused, because each sees the other's while it is being undone. One lock over the tree
//! would avoid that and make every page of memory that any guest grows wait for every other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

mod charge;

pub use charge::Charge;

/// One level: a limit, what is in use, and the budget it is part of.
///
/// ```
/// use appsvc_os::budget::Budget;
/// let app = Budget::root("app shop", 100);
/// let process = app.child("process 7", 80);
/// process.charge(70).unwrap();
/// assert_eq!(app.used(), 70);
/// assert_eq!(&*app.charge(40).unwrap_err().budget, "app shop");
/// drop(process); // what a budget still holds goes back to its parent
/// assert_eq!(app.used(), 0);
/// ```
#[derive(Debug)]
pub struct Budget {
    name: Arc<str>,
    limit: AtomicU64,
    used: AtomicU64,
    parent: Option<Arc<Budget>>,
}

/// A charge that did not fit. Nothing was charged anywhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the limit of {budget} is reached: {asked} more asked for, {used} of {limit} in use")]
pub struct Exceeded {
    /// The budget that refused: the one asked or one above it.
    pub budget: Arc<str>,
    /// What was asked for.
    pub asked: u64,
    /// What was in use there.
    pub used: u64,
    /// Its limit.
    pub limit: u64,
}

impl Budget {
    /// A limit that is none.
    pub const UNLIMITED: u64 = u64::MAX;

    /// A budget that is part of no other. `name` is for messages.
    pub fn root(name: impl Into<Arc<str>>, limit: u64) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            limit: AtomicU64::new(limit),
            used: AtomicU64::new(0),
            parent: None,
        })
    }

    /// A budget within this one. What is charged to it is charged here too.
    pub fn child(self: &Arc<Self>, name: impl Into<Arc<str>>, limit: u64) -> Arc<Self> {
        Arc::new(Self {
            name: name.into(),
            limit: AtomicU64::new(limit),
            used: AtomicU64::new(0),
            parent: Some(Arc::clone(self)),
        })
    }

    /// Charges `amount` here and at every budget above.
    ///
    /// Prefer [`Budget::reserve`] where something can own the charge.
    ///
    /// # Errors
    /// [`Exceeded`] names the budget that has no room; then nothing is charged.
    pub fn charge(&self, amount: u64) -> Result<(), Exceeded> {
        let refusal = self.path().find_map(|level| level.add(amount).err().map(|exceeded| (level, exceeded)));
        let Some((refused_at, exceeded)) = refusal else { return Ok(()) };
        self.path()
            .take_while(|level| !std::ptr::eq(*level, refused_at))
            .for_each(|level| level.subtract(amount));
        Err(exceeded)
    }

    /// Charges `amount` and gives it back when the [`Charge`] is dropped.
    ///
    /// # Errors
    /// As [`Budget::charge`].
    pub fn reserve(self: &Arc<Self>, amount: u64) -> Result<Charge, Exceeded> {
        self.charge(amount)?;
        Ok(Charge::of(Arc::clone(self), amount))
    }

    /// Gives back `amount`, here and at every budget above. It must have been charged here before.
    pub fn release(&self, amount: u64) {
        self.path().for_each(|level| level.subtract(amount));
    }

    /// What is in use, its children's included.
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Acquire)
    }

    /// How much may be in use.
    pub fn limit(&self) -> u64 {
        self.limit.load(Ordering::Acquire)
    }

    /// Sets the limit. One below what is in use takes nothing away: it refuses every further charge until
    /// enough has been released.
    pub fn set_limit(&self, limit: u64) {
        self.limit.store(limit, Ordering::Release);
    }

    /// The name it was given.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// This budget, then its parent, up to the root.
    fn path(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |level| level.parent.as_deref())
    }

    /// Adds `amount` at this level only, if it fits.
    fn add(&self, amount: u64) -> Result<(), Exceeded> {
        let limit = self.limit();
        let fits = |used: u64| used.checked_add(amount).filter(|sum| *sum <= limit || amount == 0);
        match self.used.fetch_update(Ordering::AcqRel, Ordering::Acquire, fits) {
            Ok(_) => Ok(()),
            Err(used) => Err(Exceeded { budget: Arc::clone(&self.name), asked: amount, used, limit }),
        }
    }

    /// Takes `amount` away at this level only.
    fn subtract(&self, amount: u64) {
        let before = self
            .used
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, |used| Some(used.saturating_sub(amount)));
        // Releasing more than was charged is a bug in this host. In a release build the count stops at 0:
        // wrapped around, it would refuse everything for ever.
        debug_assert!(
            before.is_ok_and(|used| used >= amount),
            "{}: released {amount} of {before:?}",
            self.name
        );
    }
}

impl Drop for Budget {
    /// Gives back to the parent what was never released, so that a process that is gone costs nothing.
    fn drop(&mut self) {
        if let Some(parent) = &self.parent {
            parent.release(*self.used.get_mut());
        }
    }
}

#[cfg(test)]
mod tests;
