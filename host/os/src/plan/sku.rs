//! Price levels, and the amounts that do not depend on the size within one.

/// A price level. Its text is the value of `WEBSITE_SKU` (ENV-20f).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sku {
    /// F1.
    Free,
    /// D1.
    Shared,
    /// B1 to B3.
    Basic,
    /// S1 to S3.
    Standard,
    /// P1 to P3, the first generation.
    Premium,
    /// P1v2 to P3v2.
    PremiumV2,
    /// P0v3 to P3v3.
    PremiumV3,
    /// P1mv3 to P5mv3: twice the memory of the P-v3 sizes.
    PremiumMv3,
    /// I1 to I3, the first generation.
    Isolated,
    /// I1v2 to I6v2.
    IsolatedV2,
}

impl Sku {
    /// The value of `WEBSITE_SKU`. The catalogue documents the first four (ENV-20f); the newer ones are the
    /// tier names of the resource manager.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Shared => "Shared",
            Self::Basic => "Basic",
            Self::Standard => "Standard",
            Self::Premium => "Premium",
            Self::PremiumV2 => "PremiumV2",
            Self::PremiumV3 => "PremiumV3",
            Self::PremiumMv3 => "PremiumMV3",
            Self::Isolated => "Isolated",
            Self::IsolatedV2 => "IsolatedV2",
        }
    }

    /// TIER-01.
    pub(super) fn compute_mode(self) -> ComputeMode {
        match self {
            Self::Free | Self::Shared => ComputeMode::Shared,
            _ => ComputeMode::Dedicated,
        }
    }

    /// TIER-14. From Basic on an app may be either; it is shown as the wider one.
    pub(super) fn bitness(self) -> Bitness {
        match self {
            Self::Free | Self::Shared => Bitness::X86,
            _ => Bitness::Amd64,
        }
    }

    /// TIER-19a.
    pub(super) fn always_on(self) -> bool {
        !matches!(self, Self::Free | Self::Shared)
    }

    /// TIER-15.
    pub(super) fn web_sockets(self) -> Option<u32> {
        match self {
            Self::Free => Some(5),
            Self::Shared => Some(35),
            Self::Basic => Some(350),
            _ => None,
        }
    }
}

/// Whether machines are shared with other customers' apps. Its text is `WEBSITE_COMPUTE_MODE` (ENV-20g).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ComputeMode {
    /// Free and Shared.
    Shared,
    /// Basic and up.
    Dedicated,
}

impl ComputeMode {
    /// The value of `WEBSITE_COMPUTE_MODE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shared => "Shared",
            Self::Dedicated => "Dedicated",
        }
    }
}

/// The width of the worker process. Its text is `SITE_BITNESS` (ENV-20k).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bitness {
    /// 32 bit.
    X86,
    /// 64 bit.
    Amd64,
}

impl Bitness {
    /// The value of `SITE_BITNESS` and of `PROCESSOR_ARCHITECTURE`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86 => "x86",
            Self::Amd64 => "AMD64",
        }
    }
}
