//! The conformance cases: data in `tests/conformance/cases`, one file per surface.
//!
//! Inside: reading and checking them ([`load`]), the placeholders in their texts, and the comparison of a
//! response with what must be seen. Not inside: starting hosts, which is the runner's (`tests/conformance`).
//! The vocabulary is documented in `tests/conformance/README.md`.

mod expectation;
mod file;
mod placeholders;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Context as _;

pub use expectation::{Expectation, Seen};
pub use file::{Case, Connection, Request, Settings};
pub use placeholders::Placeholders;

use crate::paths;

/// The IDs of the catalogue, in its order: `tests/conformance/ids.txt`.
///
/// # Errors
/// The file cannot be read.
pub fn ids() -> anyhow::Result<Vec<String>> {
    let file = paths::root().join("tests/conformance/ids.txt");
    let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// All cases, in the order of their files' names.
///
/// # Errors
/// What is wrong with which file and case.
pub fn load() -> anyhow::Result<Vec<Case>> {
    let ids = ids()?.into_iter().collect();
    let folder = paths::root().join("tests/conformance/cases");
    load_from(&folder, &ids)
}

fn load_from(folder: &Path, ids: &BTreeSet<String>) -> anyhow::Result<Vec<Case>> {
    let files = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut files = files.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        cases.extend(file::parse(&text, ids).with_context(|| file.display().to_string())?);
    }
    let mut titles = BTreeMap::new();
    for case in &cases {
        if let Some(id) = titles.insert(&case.title, &case.id) {
            anyhow::bail!("two cases have the title {:?}: {id} and {}", case.title, case.id);
        }
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_483_different_ids() {
        let ids = ids().unwrap();
        assert_eq!(ids.len(), 483);
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 483);
    }

    #[test]
    fn the_cases_are_well_formed() {
        assert!(!load().unwrap().is_empty());
    }

    #[test]
    fn two_cases_of_one_title_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let case = "[[case]]\nid = \"ENV-01\"\ntitle = \"t\"\nrequest = { path = \"/\" }\nsee = [{ status = 200 }]\n";
        for name in ["a.toml", "b.toml"] {
            fs::write(folder.path().join(name), format!("[defaults]\nguests = [\"http-p2\"]\n{case}"))
                .unwrap();
        }
        let error = load_from(folder.path(), &["ENV-01".to_owned()].into()).unwrap_err();
        assert_eq!(error.to_string(), "two cases have the title \"t\": ENV-01 and ENV-01");
    }
}
