//! How a guest of each kind is made.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use super::list::Guest;
use super::{empty_folder, home, tools};
use crate::shell;

/// How a guest is made from its folder.
#[derive(Debug)]
pub(super) enum Recipe {
    /// A package of the workspace `guests/`; `with` are folders it depends on.
    Cargo { package: &'static str, target: &'static str, with: &'static [&'static str] },
    /// `npm install`, then the package's own `build.mjs`.
    JavaScript,
    /// componentize-py on `app.py`, with the interfaces from that version of that Rust crate.
    Python { wasi: (&'static str, &'static str) },
    /// WebAssembly text, translated.
    Wat(&'static str),
    /// A file as it is.
    Text(&'static str),
    /// WebAssembly text, translated; the second half is cut off.
    FirstHalf(&'static str),
}

impl Recipe {
    /// Files and folders outside the guest's own that go into it, relative to `guests/`.
    pub(super) fn shared_inputs(&self) -> Vec<&'static str> {
        match self {
            Self::Cargo { with, .. } => {
                let workspace = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml"];
                workspace.into_iter().chain(with.iter().copied()).collect()
            }
            Self::Python { .. } => vec!["Cargo.lock"],
            Self::JavaScript | Self::Wat(_) | Self::Text(_) | Self::FirstHalf(_) => vec![],
        }
    }

    /// Makes the guest as the file `out`; `work` is an empty folder for what comes in between.
    pub(super) fn follow(&self, guest: &Guest, work: &Path, out: &Path) -> anyhow::Result<()> {
        let folder = home().join(guest.folder);
        match self {
            Self::Cargo { package, target, .. } => cargo(package, target, out),
            Self::JavaScript => javascript(&folder, out),
            Self::Python { wasi } => python(guest.name, &folder, *wasi, work, out),
            Self::Wat(file) => Ok(fs::write(out, wat::parse_file(folder.join(file))?)?),
            Self::Text(file) => {
                let file = folder.join(file);
                fs::copy(&file, out).with_context(|| format!("cannot copy {}", file.display())).map(drop)
            }
            Self::FirstHalf(file) => {
                let mut whole = wat::parse_file(folder.join(file))?;
                whole.truncate(whole.len() / 2);
                Ok(fs::write(out, whole)?)
            }
        }
    }
}

/// One package at a time: in one run, cargo would give every package the features that any of them asks for.
fn cargo(package: &str, target: &str, out: &Path) -> anyhow::Result<()> {
    tools::rust_target(target)?;
    tools::crates(target)?;
    let mut command = shell::cargo();
    command
        .args(["build", "--release", "--message-format", "json-render-diagnostics"])
        .args(["--package", package, "--target", target, "--target-dir"])
        .arg(home().join("target"))
        .current_dir(home());
    // What is set for building the host must not leak into the guests.
    for name in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "RUSTC_WORKSPACE_WRAPPER"] {
        command.env_remove(name);
    }
    let messages = shell::run(&mut command)?;
    let made = artifact(&messages, package)?;
    fs::copy(&made, out).with_context(|| format!("cannot copy {made}"))?;
    Ok(())
}

/// The .wasm file of a package, from cargo's messages.
fn artifact(messages: &str, package: &str) -> anyhow::Result<String> {
    for line in messages.lines() {
        let message: serde_json::Value = serde_json::from_str(line).context("cargo's message is not JSON")?;
        let of_package = || {
            let target = message.get("target")?.get("name")?.as_str()?;
            Some(target.replace('_', "-") == package)
        };
        if message.get("reason").is_some_and(|reason| reason == "compiler-artifact")
            && of_package() == Some(true)
        {
            let files = message.get("filenames").and_then(serde_json::Value::as_array).into_iter().flatten();
            let wasm = files.filter_map(serde_json::Value::as_str).find(|file| file.ends_with(".wasm"));
            if let Some(file) = wasm {
                return Ok(file.to_owned());
            }
        }
    }
    anyhow::bail!("cargo built {package} but names no .wasm file of it")
}

fn javascript(folder: &Path, out: &Path) -> anyhow::Result<()> {
    tools::node_modules(folder)?;
    shell::run(Command::new("node").arg("build.mjs").arg(out).current_dir(folder))?;
    Ok(())
}

fn python(name: &str, folder: &Path, wasi: (&str, &str), work: &Path, out: &Path) -> anyhow::Result<()> {
    // The interfaces stay, for those who follow the example's README by hand.
    let wit = home().join("target/wit").join(name);
    empty_folder(&wit.join("deps"))?;
    fs::copy(folder.join("world.wit"), wit.join("world.wit"))?;
    let deps = tools::crate_folder(wasi.0, wasi.1)?.join("wit/deps");
    for file in fs::read_dir(&deps).with_context(|| format!("cannot read {}", deps.display()))? {
        let file = file?;
        fs::copy(file.path(), wit.join("deps").join(file.file_name()))?;
    }

    // A copy of the source: the interpreter leaves its own files beside the modules that it imports.
    let source = work.join("source");
    fs::create_dir(&source)?;
    fs::copy(folder.join("app.py"), source.join("app.py"))?;

    let venv = tools::componentize_py()?;
    let mut command = Command::new(venv.join("bin/componentize-py"));
    command.arg("--wit-path").arg(&wit).args(["--world", "app", "componentize", "app", "--python-path"]);
    command.arg(&source).arg("--output").arg(out);
    // It looks for packages where this variable points to; anything else would depend on the caller.
    command.env("VIRTUAL_ENV", &venv).env_remove("PYTHONPATH").env_remove("PYTHONHOME").current_dir(work);
    shell::run(&mut command)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_artifact_is_found_in_cargos_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"axum"},"filenames":["/t/libaxum.rlib"]}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"hello_p2"},"filenames":["/t/hello_p2.wasm"]}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(artifact(messages, "hello-p2").unwrap(), "/t/hello_p2.wasm");
        assert!(artifact(messages, "axum").unwrap_err().to_string().contains("no .wasm"));
    }
}
