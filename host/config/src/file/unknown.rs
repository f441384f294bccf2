//! Keys that do not exist.

use appsvc_os::nearest::nearest;

use crate::options::{FREE_SECTIONS, ROWS, path};

/// What to say about a key that `section` does not have.
pub(super) fn problem(section: &str, name: &str) -> String {
    // The right name in the wrong table comes first, then a slip of the pen in this table, then in any.
    let elsewhere = ROWS.iter().find(|row| row.name == name).map(|row| path(row.section, row.name));
    let here = || nearest(name, names(section)).map(|name| path(section, name));
    let anywhere = || {
        let row = nearest(name, ROWS.iter().map(|row| row.name))?;
        ROWS.iter().find(|known| known.name == row).map(|row| path(row.section, row.name))
    };
    let mut problem = "unknown key".to_owned();
    if let Some(nearest) = elsewhere.or_else(here).or_else(anywhere) {
        problem += &format!("; the nearest is {nearest}");
    }
    let names: Vec<_> = names(section).collect();
    let of = if section.is_empty() { "of the file".to_owned() } else { format!("of [{section}]") };
    problem + &format!("; keys {of} are {}", names.join(", "))
}

/// Every key of `section`.
fn names(section: &str) -> impl Iterator<Item = &'static str> {
    let mut names: Vec<_> = ROWS.iter().filter(|row| row.section == section).map(|row| row.name).collect();
    if section.is_empty() {
        names.extend(FREE_SECTIONS);
        names.extend(ROWS.iter().map(|row| row.section).filter(|section| !section.is_empty()));
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(*name));
    }
    names.into_iter()
}
