//! What building guests takes beside a Rust compiler, and getting it.
//!
//! Everything goes where `cargo clean` and friends find it: Rust targets to rustup, packages to cargo's and npm's
//! usual places, Python packages to a virtual environment in `guests/target`. Versions are exact.

use std::error::Error;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context as _;

use super::home;
use crate::shell;

const COMPONENTIZE_PY: &str = "0.25.1";

/// Something that building takes is not here and cannot be had.
#[derive(Debug)]
pub(super) struct Unavailable {
    what: String,
    /// What was tried and what came of it.
    tried: String,
    /// What the reader can do.
    remedy: &'static str,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is missing. Tried: {}\nWhat to do: {}", self.what, self.tried.trim_end(), self.remedy)
    }
}

impl Error for Unavailable {}

fn missing(what: impl Into<String>, tried: impl Into<String>, remedy: &'static str) -> anyhow::Error {
    Unavailable { what: what.into(), tried: tried.into(), remedy }.into()
}

/// Makes sure that the compiler has a standard library for `target`.
pub(super) fn rust_target(target: &str) -> anyhow::Result<()> {
    let sysroot = shell::run(Command::new("rustc").args(["--print", "sysroot"]).current_dir(home()))?;
    if Path::new(sysroot.trim()).join("lib/rustlib").join(target).is_dir() {
        return Ok(());
    }
    let added = shell::run(Command::new("rustup").args(["target", "add", target]).current_dir(home()));
    added.map(drop).map_err(|error| {
        let remedy = "install Rust through https://rustup.rs, or your distribution's package for this target";
        missing(format!("Rust's standard library for {target}"), format!("{error:#}"), remedy)
    })
}

/// Makes sure that the crates which guests depend on are downloaded.
pub(super) fn crates(target: &str) -> anyhow::Result<()> {
    let mut command = shell::cargo();
    command.args(["fetch", "--target", target]).current_dir(home());
    shell::run(&mut command).map(drop).map_err(|error| {
        missing("a crate", format!("{error:#}"), "connect to the network once; crates are kept after that")
    })
}

/// Where the source of a crate lies that the workspace of guests depends on.
pub(super) fn crate_folder(name: &str, version: &str) -> anyhow::Result<PathBuf> {
    const TARGET: &str = "wasm32-wasip2";
    crates(TARGET)?;
    let mut command = shell::cargo();
    // Without the filter it wants the crates of all other platforms too, which were not fetched.
    command.args(["metadata", "--format-version", "1", "--offline", "--filter-platform", TARGET]);
    command.current_dir(home());
    let metadata: serde_json::Value = serde_json::from_str(&shell::run(&mut command)?)?;
    let packages = metadata.get("packages").and_then(serde_json::Value::as_array).into_iter().flatten();
    for package in packages {
        let text = |key| package.get(key).and_then(serde_json::Value::as_str).unwrap_or_default();
        // `+wasi-...` follows the version.
        if text("name") == name && text("version").split('+').next() == Some(version) {
            let manifest = Path::new(text("manifest_path"));
            return manifest.parent().map(Path::to_owned).context("a manifest lies in no folder");
        }
    }
    anyhow::bail!("guests/Cargo.lock does not hold {name} {version}, which a recipe names")
}

/// Makes sure that the packages of a JavaScript guest are installed as its package.json says.
///
/// Not `npm ci`: it wants a lock file, and npm writes locks that lack other platforms' native packages. The
/// versions in package.json are exact instead. No package needs its install script.
pub(super) fn node_modules(folder: &Path) -> anyhow::Result<()> {
    for program in ["node", "npm"] {
        if !shell::exists(program) {
            let remedy = "install Node.js 20 or newer, which brings npm: https://nodejs.org";
            return Err(missing(program, format!("`{program} --version`"), remedy));
        }
    }
    let wanted = fs::read(folder.join("package.json")).context("cannot read package.json")?;
    let note = folder.join("node_modules/.installed-package.json");
    if fs::read(&note).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let mut command = Command::new("npm");
    command.args(["install", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]);
    shell::run(command.current_dir(folder)).map_err(|error| {
        let remedy = "connect to the network (or name a mirror: `npm config set registry URL`) once";
        missing(format!("an npm package of {}", folder.display()), format!("{error:#}"), remedy)
    })?;
    fs::write(&note, wanted).with_context(|| format!("cannot write {}", note.display()))
}

/// Makes sure that componentize-py is installed in a virtual environment; returns the environment's folder.
pub(super) fn componentize_py() -> anyhow::Result<PathBuf> {
    let venv = home().join("target/venv");
    let program = venv.join("bin/componentize-py");
    let installed = || shell::run(Command::new(&program).arg("--version")).unwrap_or_default();
    if installed().trim().ends_with(COMPONENTIZE_PY) {
        return Ok(venv);
    }
    shell::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv)).map_err(|error| {
        let remedy = "install Python 3.10 or newer with its `venv` module (Debian: apt install python3-venv)";
        missing("a Python virtual environment", format!("{error:#}"), remedy)
    })?;
    let package = format!("componentize-py=={COMPONENTIZE_PY}");
    let mut command = Command::new(venv.join("bin/pip"));
    command.args(["install", "--quiet", "--disable-pip-version-check", "--only-binary", ":all:", &package]);
    shell::run(&mut command).map_err(|error| {
        let remedy = "connect to the network (or name a mirror: PIP_INDEX_URL) once";
        missing(package, format!("{error:#}"), remedy)
    })?;
    Ok(venv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_told_in_three_parts() {
        let error = missing("npm", "`npm --version`", "install Node.js");
        assert_eq!(error.to_string(), "npm is missing. Tried: `npm --version`\nWhat to do: install Node.js");
        assert!(error.is::<Unavailable>());
    }
}
