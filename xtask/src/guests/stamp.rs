//! What a guest was made from, as a hash.
//!
//! Not by times of change: a checkout sets them anew, a removed file has none, and they say nothing about the
//! compiler. Beside the sources the hash covers the recipes and tools (as text of this program), the compiler's
//! version, and what was made, so that a guest somebody has overwritten is made again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::Context as _;

use super::home;
use super::list::Guest;
use super::recipe::Recipe;
use crate::shell;

/// Folders inside a guest's folder that hold no source.
const NOT_SOURCE: &[&str] = &["node_modules", "target", ".venv", "__pycache__"];

/// What a guest is made from now, and where it is noted what it was made from.
pub(super) struct Stamp {
    inputs: blake3::Hash,
    note: PathBuf,
}

impl Stamp {
    /// Reads everything that goes into a guest.
    pub(super) fn of(guest: &Guest) -> anyhow::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        let mut add = |name: &str, content: &[u8]| {
            for part in [name.as_bytes(), content] {
                hasher.update(&(part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        };
        add("guest", format!("{guest:?}").as_bytes());
        add("recipe", include_bytes!("recipe.rs"));
        add("tools", include_bytes!("tools.rs"));
        if matches!(guest.recipe, Recipe::Cargo { .. }) {
            add("rustc", rustc()?.as_bytes());
        }
        let mut files = Vec::new();
        for input in guest.recipe.shared_inputs().iter().chain([&guest.folder]) {
            collect(&home().join(input), &mut files)?;
        }
        files.sort();
        for file in files {
            let content = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            add(&file.strip_prefix(home()).unwrap_or(&file).to_string_lossy(), &content);
        }
        let note = home().join("target/stamps").join(guest.name);
        Ok(Self { inputs: hasher.finalize(), note })
    }

    /// Whether the file was made from just this and has not been touched since.
    pub(super) fn covers(&self, made: &Path) -> bool {
        let Ok(note) = fs::read_to_string(&self.note) else { return false };
        self.text(made).is_ok_and(|now| now == note)
    }

    /// Notes that the file was made from this.
    pub(super) fn set(&self, made: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(home().join("target/stamps"))?;
        let text = self.text(made)?;
        fs::write(&self.note, text).with_context(|| format!("cannot write {}", self.note.display()))
    }

    fn text(&self, made: &Path) -> anyhow::Result<String> {
        let content = fs::read(made).with_context(|| format!("cannot read {}", made.display()))?;
        Ok(format!("from {}\nmade {}\n", self.inputs, blake3::hash(&content)))
    }
}

/// The compiler that guests are built with.
fn rustc() -> anyhow::Result<&'static str> {
    static VERSION: OnceLock<String> = OnceLock::new();
    if let Some(version) = VERSION.get() {
        return Ok(version);
    }
    let version = shell::run(Command::new("rustc").arg("-vV").current_dir(home()))?;
    Ok(VERSION.get_or_init(|| version))
}

/// Adds a file, or all files below a folder.
fn collect(path: &Path, files: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let unreadable = || format!("cannot read {}", path.display());
    if !fs::metadata(path).with_context(unreadable)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(unreadable)? {
        let entry = entry?;
        let name = entry.file_name();
        let made = Path::new(&name).extension().is_some_and(|extension| extension == "wasm");
        if !made && !NOT_SOURCE.iter().any(|skipped| name == *skipped) {
            collect(&entry.path(), files)?;
        }
    }
    Ok(())
}
