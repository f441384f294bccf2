//! Tiers: what a price level and size amounts to.
//!
//! Inside: the [`Tier`] table with the amounts that this host enforces or shows to apps, and the lookup by
//! name. Not inside: any feature. A tier changes amounts, never what an app may call (TIER-26), so nothing
//! else in the host may ask "is this a premium tier?"; it asks for the amount. A column that nothing reads
//! is not in the table: a limit that is listed but not kept is worse than none.

mod sku;
mod table;

pub use sku::{Bitness, ComputeMode, Sku};
pub use table::TIERS;

use crate::nearest::nearest;

/// One tier and size, such as `B1` or `P1mv3`. Rows of [`TIERS`]; there are no others.
#[derive(Debug, PartialEq, Eq)]
pub struct Tier {
    name: &'static str,
    sku: Sku,
    cores: u32,
    memory_mib: u64,
}

impl Tier {
    /// The tier of an app for which none is given: B1, the smallest with a machine of its own.
    pub const DEFAULT: &'static Self = table::DEFAULT;

    /// The tier called `name`, without regard to case.
    ///
    /// # Errors
    /// [`UnknownTier`], whose text lists the names and the nearest.
    ///
    /// ```
    /// use appsvc_os::plan::Tier;
    /// assert_eq!(Tier::named("p1MV3").unwrap().name(), "P1mv3");
    /// ```
    pub fn named(name: &str) -> Result<&'static Self, UnknownTier> {
        TIERS.iter().find(|tier| tier.name.eq_ignore_ascii_case(name)).ok_or_else(|| UnknownTier {
            given: name.to_owned(),
            nearest: nearest(name, TIERS.iter().map(|tier| tier.name)),
        })
    }

    /// The name as in price lists: `F1`, `P1v3`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The price level, the value of `WEBSITE_SKU` (ENV-20f).
    pub fn sku(&self) -> Sku {
        self.sku
    }

    /// Processor cores of an instance, the value of `NUMBER_OF_PROCESSORS` (ENV-23). At least 1.
    pub fn cores(&self) -> u32 {
        self.cores
    }

    /// Memory of an instance in bytes, for all its processes together (TIER-12, PROC-08).
    pub fn memory(&self) -> u64 {
        self.memory_mib * 1024 * 1024
    }

    /// Whether apps run on machines of their own: `WEBSITE_COMPUTE_MODE` (ENV-20g, TIER-01).
    pub fn compute_mode(&self) -> ComputeMode {
        self.sku.compute_mode()
    }

    /// The widest worker process: `SITE_BITNESS` and `PROCESSOR_ARCHITECTURE` (TIER-14, PROC-09).
    pub fn bitness(&self) -> Bitness {
        self.sku.bitness()
    }

    /// Whether an app is kept loaded without requests: `WEBSITE_SCM_ALWAYS_ON_ENABLED` (TIER-19a, LIFE-06).
    pub fn always_on(&self) -> bool {
        self.sku.always_on()
    }

    /// WebSocket connections of one instance at a time, `None` for no limit:
    /// `WEBSOCKET_CONCURRENT_REQUEST_LIMIT` (TIER-15, NET-24).
    pub fn web_sockets(&self) -> Option<u32> {
        self.sku.web_sockets()
    }
}

/// The name of a tier that does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownTier {
    given: String,
    nearest: Option<&'static str>,
}

impl std::error::Error for UnknownTier {}

impl std::fmt::Display for UnknownTier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} is not a tier", self.given)?;
        if let Some(nearest) = self.nearest {
            write!(f, "; the nearest is {nearest}")?;
        }
        f.write_str("; tiers are ")?;
        for (index, tier) in TIERS.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { ", " }, tier.name)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
