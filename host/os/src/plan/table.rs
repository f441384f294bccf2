//! The table itself.

use super::{Sku, Tier};

/// A row: name, price level, cores, memory in MiB.
const fn tier(name: &'static str, sku: Sku, cores: u32, memory_mib: u64) -> Tier {
    Tier { name, sku, cores, memory_mib }
}

const GIB: u64 = 1024;

/// The tier of an app for which none is given: the smallest with a machine of its own.
pub(super) const DEFAULT: &Tier = &B1;

const B1: Tier = tier("B1", Sku::Basic, 1, 1792);

/// Every tier and size, smallest first.
///
/// Memory of Free and Shared is TIER-12, of Premium v3 PLAN (section 14.4), of Basic, Standard and Premium
/// v1 the same section; the catalogue has no figures for Premium v2 and Isolated, which are the published
/// sizes of their machines. One core for Free and Shared is a decision: the machine is shared and its size
/// is not documented.
pub const TIERS: &[Tier] = &[
    tier("F1", Sku::Free, 1, GIB),
    tier("D1", Sku::Shared, 1, GIB),
    B1,
    tier("B2", Sku::Basic, 2, 3584),
    tier("B3", Sku::Basic, 4, 7 * GIB),
    tier("S1", Sku::Standard, 1, 1792),
    tier("S2", Sku::Standard, 2, 3584),
    tier("S3", Sku::Standard, 4, 7 * GIB),
    tier("P1", Sku::Premium, 1, 1792),
    tier("P2", Sku::Premium, 2, 3584),
    tier("P3", Sku::Premium, 4, 7 * GIB),
    tier("P1v2", Sku::PremiumV2, 1, 3584),
    tier("P2v2", Sku::PremiumV2, 2, 7 * GIB),
    tier("P3v2", Sku::PremiumV2, 4, 14 * GIB),
    tier("P0v3", Sku::PremiumV3, 1, 4 * GIB),
    tier("P1v3", Sku::PremiumV3, 2, 8 * GIB),
    tier("P2v3", Sku::PremiumV3, 4, 16 * GIB),
    tier("P3v3", Sku::PremiumV3, 8, 32 * GIB),
    tier("P1mv3", Sku::PremiumMv3, 2, 16 * GIB),
    tier("P2mv3", Sku::PremiumMv3, 4, 32 * GIB),
    tier("P3mv3", Sku::PremiumMv3, 8, 64 * GIB),
    tier("P4mv3", Sku::PremiumMv3, 16, 128 * GIB),
    tier("P5mv3", Sku::PremiumMv3, 32, 256 * GIB),
    tier("I1", Sku::Isolated, 1, 3584),
    tier("I2", Sku::Isolated, 2, 7 * GIB),
    tier("I3", Sku::Isolated, 4, 14 * GIB),
    tier("I1v2", Sku::IsolatedV2, 2, 8 * GIB),
    tier("I2v2", Sku::IsolatedV2, 4, 16 * GIB),
    tier("I3v2", Sku::IsolatedV2, 8, 32 * GIB),
    tier("I4v2", Sku::IsolatedV2, 16, 64 * GIB),
    tier("I5v2", Sku::IsolatedV2, 32, 128 * GIB),
    tier("I6v2", Sku::IsolatedV2, 64, 256 * GIB),
];
