//! cargo on this workspace: running it in sight, and what it knows.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;
use serde_json::Value;

use crate::shell;

/// `cargo`, the one that started this program, in the workspace's folder.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let mut cargo = shell::cargo();
    cargo.current_dir(shell::root()).args(arguments);
    cargo
}

/// Runs `command`, after showing it, with its output going where ours goes; an error unless it succeeds.
pub(crate) fn show(command: &mut Command) -> anyhow::Result<()> {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(program).chain(command.get_args());
    let line = words.map(OsStr::to_string_lossy).collect::<Vec<_>>().join(" ");
    eprintln!("  $ {line}");
    let status = command.status().with_context(|| format!("cannot start `{line}`"))?;
    anyhow::ensure!(status.success(), "`{line}` failed ({status}); what it said is above");
    Ok(())
}

/// What cargo knows of this workspace.
#[derive(Debug)]
pub(crate) struct Metadata(Value);

impl Metadata {
    /// Asks cargo.
    pub(crate) fn read() -> anyhow::Result<Self> {
        let text = shell::run(&mut cargo(["metadata", "--format-version", "1", "--no-deps"]))?;
        Ok(Self(serde_json::from_str(&text).context("`cargo metadata` did not print JSON")?))
    }

    /// The folder that cargo builds into.
    pub(crate) fn target(&self) -> anyhow::Result<PathBuf> {
        let folder = self.0.get("target_directory").and_then(Value::as_str);
        Ok(folder.context("`cargo metadata` names no target directory")?.into())
    }

    /// The names of the integration tests of all packages, sorted.
    pub(crate) fn integration_tests(&self) -> Vec<String> {
        let array = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned();
        let packages = array(&self.0, "packages").unwrap_or_default();
        let targets = packages.iter().flat_map(|package| array(package, "targets").unwrap_or_default());
        let tests = targets.filter(|target| {
            array(target, "kind").is_some_and(|kinds| kinds.iter().any(|kind| kind == "test"))
        });
        let mut names: Vec<String> =
            tests.filter_map(|target| Some(target.get("name")?.as_str()?.to_owned())).collect();
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_is_found() {
        let metadata = Metadata::read().unwrap();
        assert!(metadata.target().unwrap().is_absolute());
    }

    #[test]
    fn integration_tests_are_told_from_other_targets() {
        let metadata = serde_json::json!({ "packages": [
            { "targets": [{ "kind": ["lib"], "name": "a" }, { "kind": ["test"], "name": "z" }] },
            { "targets": [{ "kind": ["test"], "name": "c" }, { "kind": ["bench"], "name": "b" }] },
        ]});
        assert_eq!(Metadata(metadata).integration_tests(), ["c", "z"]);
    }

    #[test]
    fn a_command_that_fails_is_named() {
        show(&mut Command::new("true")).unwrap();
        let error = show(Command::new("/bin/sh").args(["-c", "exit 4"])).unwrap_err().to_string();
        assert!(error.starts_with("`sh -c exit 4` failed (exit status: 4)"), "{error}");
        assert!(
            show(&mut Command::new("/no/such/program")).unwrap_err().to_string().contains("cannot start")
        );
    }
}
