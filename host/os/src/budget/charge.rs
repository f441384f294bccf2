//! A charge that gives itself back.

use std::sync::Arc;

use super::{Budget, Exceeded};

/// An amount charged to a [`Budget`], released when this is dropped.
#[derive(Debug)]
#[must_use = "a charge is given back when it is dropped"]
pub struct Charge {
    budget: Arc<Budget>,
    amount: u64,
}

impl Charge {
    /// Takes over an `amount` that has been charged already.
    pub(super) fn of(budget: Arc<Budget>, amount: u64) -> Self {
        Self { budget, amount }
    }

    /// How much it holds.
    pub fn amount(&self) -> u64 {
        self.amount
    }

    /// Charges or gives back the difference to `amount`.
    ///
    /// # Errors
    /// As [`Budget::charge`]; the charge then stays as it was. Becoming smaller always succeeds.
    pub fn resize(&mut self, amount: u64) -> Result<(), Exceeded> {
        if let Some(more) = amount.checked_sub(self.amount) {
            self.budget.charge(more)?;
        } else {
            self.budget.release(self.amount - amount);
        }
        self.amount = amount;
        Ok(())
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        self.budget.release(self.amount);
    }
}
