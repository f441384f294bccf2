//! How many instances an engine has room for.

use std::fs;

/// Instances per engine where nothing limits them further.
const DEFAULT: u32 = 1_000;
/// Fewest instances an engine is made with, whatever the machine says.
const LEAST: u32 = 16;
/// Memory mappings the rest of the process may need.
const OTHER_MAPPINGS: u64 = 8_000;
/// Memory mappings one live instance may need: two stacks, a few memories and tables, with their guards.
const MAPPINGS_PER_INSTANCE: u64 = 24;
/// Resident bytes one live instance is expected to need at least.
const BYTES_PER_INSTANCE: u64 = 1 << 20;

/// How many instances may be alive at once in one engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slots(u32);

impl Slots {
    /// Exactly `instances`, but at least one.
    pub fn exactly(instances: u32) -> Self {
        Self(instances.max(1))
    }

    /// As many as the machine bears, 1,000 at most: every live instance needs several memory mappings, of which
    /// Linux allows a process `vm.max_map_count`, and some resident memory.
    pub fn of_this_machine() -> Self {
        let mappings = fs::read_to_string("/proc/sys/vm/max_map_count")
            .ok()
            .and_then(|text| text.trim().parse::<u64>().ok())
            .unwrap_or(65_530);
        // Half for each engine.
        let by_mappings = mappings.saturating_sub(OTHER_MAPPINGS) / MAPPINGS_PER_INSTANCE / 2;
        let by_memory = memory_limit().map_or(u64::MAX, |bytes| bytes / BYTES_PER_INSTANCE);
        let slots = by_mappings.min(by_memory).min(DEFAULT.into());
        Self(u32::try_from(slots).unwrap_or(DEFAULT).max(LEAST))
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

/// The memory this process may use: what the control group allows, else what the machine has.
fn memory_limit() -> Option<u64> {
    let group =
        fs::read_to_string("/sys/fs/cgroup/memory.max").ok().and_then(|text| text.trim().parse().ok());
    let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
    });
    match (group, machine) {
        (Some(group), Some(machine)) => Some(std::cmp::min::<u64>(group, machine)),
        (group, machine) => group.or(machine),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_room_for_some_and_never_too_many() {
        let slots = Slots::of_this_machine().get();
        assert!((LEAST..=DEFAULT).contains(&slots), "{slots}");
        assert_eq!(Slots::exactly(0).get(), 1);
    }
}
