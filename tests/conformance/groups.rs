//! Cases that one host can serve.

use std::collections::BTreeMap;

use appsvc_tests::cases::{Case, Settings};

/// What a host is started with, and the cases that it is asked.
pub(crate) struct Group<'a> {
    pub(crate) guest: &'a str,
    pub(crate) plan: &'a str,
    pub(crate) settings: &'a Settings,
    /// Whether the host must refuse to start.
    pub(crate) refused: bool,
    /// With their places in the list of all cases.
    pub(crate) cases: Vec<(usize, &'a Case)>,
}

/// Groups `cases` by what the host must be started with. A host that must refuse to start has a group of its
/// own for each case.
pub(crate) fn of(cases: &[Case]) -> Vec<Group<'_>> {
    let mut groups: BTreeMap<_, Group<'_>> = BTreeMap::new();
    for (index, case) in cases.iter().enumerate() {
        let refused = case.request.is_none();
        for guest in &case.guests {
            let key = (guest, &case.plan, &case.settings, refused.then_some(index));
            let empty =
                || Group { guest, plan: &case.plan, settings: &case.settings, refused, cases: Vec::new() };
            groups.entry(key).or_insert_with(empty).cases.push((index, case));
        }
    }
    groups.into_values().collect()
}
