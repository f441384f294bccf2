//! `cargo xtask guests`: builds the guest programs of `guests/` into `guests/out/NAME.wasm`, each only when
//! something it is made from has changed.
//!
//! Other tasks call [`build`] with the names they need. What there is to build stands in [`list`], how a guest of
//! each kind is made in [`recipe`], what tools that takes and where they come from in [`tools`], and what counts
//! as changed in [`stamp`].

mod list;
mod recipe;
mod stamp;
mod tools;

use std::fmt;
use std::fs::{self, File};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use self::list::{GUESTS, Guest};
use self::stamp::Stamp;
use self::tools::Unavailable;
use crate::shell;

/// Flags of `cargo xtask guests`.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Build only these; all if left out
    #[arg(long, value_name = "NAME", num_args = 1..)]
    only: Vec<String>,
    /// Leave out guests whose tools or packages cannot be had, instead of failing
    #[arg(long)]
    offline_ok: bool,
    /// Print the names and what they are, build nothing
    #[arg(long)]
    list: bool,
}

/// A guest that is there.
#[derive(Debug, Clone)]
pub(crate) struct Built {
    /// Its name in the list.
    pub(crate) name: &'static str,
    /// The component, or what stands in for one.
    pub(crate) path: PathBuf,
    /// Its size.
    pub(crate) bytes: u64,
    /// How long it took to make, or `None` if what was there was still good.
    pub(crate) took: Option<Duration>,
}

/// Runs the task.
pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    if arguments.list {
        for guest in GUESTS {
            println!("{:<15} {}", guest.name, guest.about);
        }
        return Ok(());
    }
    let names: Vec<&str> = arguments.only.iter().map(String::as_str).collect();
    if arguments.offline_ok { build_with(&names, &leave_out).map(drop) } else { build(&names).map(drop) }
}

/// Builds the named guests, or all for an empty list, in the order named. Prints a line for each on standard
/// error. Waits while another process is building.
pub(crate) fn build(names: &[&str]) -> anyhow::Result<Vec<Built>> {
    build_with(names, &|guest, error| Err(error.context(format!("cannot build guest {}", guest.name))))
}

/// What to do about a guest that failed.
type OnFailure<'a> = &'a dyn Fn(&Guest, anyhow::Error) -> anyhow::Result<()>;

/// Passes over guests that cannot be built here; still fails for those that are wrong.
fn leave_out(guest: &Guest, error: anyhow::Error) -> anyhow::Result<()> {
    if error.is::<Unavailable>() {
        eprintln!("{:<15} left out: {error:#}", guest.name);
        return Ok(());
    }
    Err(error.context(format!("cannot build guest {}", guest.name)))
}

fn build_with(names: &[&str], on_failure: OnFailure<'_>) -> anyhow::Result<Vec<Built>> {
    let guests = select(names)?;
    let _lock = lock()?;
    let mut all = Vec::new();
    for guest in guests {
        match make(guest) {
            Ok(built) => {
                eprintln!("{built}");
                all.push(built);
            }
            Err(error) => on_failure(guest, error)?,
        }
    }
    Ok(all)
}

impl fmt::Display for Built {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let took =
            self.took.map_or_else(|| "unchanged".into(), |took| format!("{:.1} s", took.as_secs_f64()));
        let path = self.path.strip_prefix(shell::root()).unwrap_or(&self.path);
        write!(f, "{:<15} {took:>9} {:>9} bytes  {}", self.name, self.bytes, path.display())
    }
}

/// The folder of all guests.
fn home() -> PathBuf {
    shell::root().join("guests")
}

fn select(names: &[&str]) -> anyhow::Result<Vec<&'static Guest>> {
    if names.is_empty() {
        return Ok(GUESTS.iter().collect());
    }
    let find = |name: &&str| {
        let known = || GUESTS.iter().map(|guest| guest.name).collect::<Vec<_>>().join(", ");
        let found = GUESTS.iter().find(|guest| guest.name == *name);
        found.with_context(|| format!("there is no guest `{name}`; there are: {}", known()))
    };
    names.iter().map(find).collect()
}

/// Keeps a second process out, which would build into the same folders. The lock ends with the file's handle.
fn lock() -> anyhow::Result<File> {
    let folder = home().join("target");
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let path = folder.join("xtask.lock");
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    if file.try_lock().is_err() {
        eprintln!("another process is building guests; waiting for it");
        file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    }
    Ok(file)
}

fn make(guest: &'static Guest) -> anyhow::Result<Built> {
    let path = home().join("out").join(format!("{}.wasm", guest.name));
    let stamp = Stamp::of(guest)?;
    let mut took = None;
    if !stamp.covers(&path) {
        let start = Instant::now();
        // Made elsewhere and then moved, so that there is never half a guest under the name.
        let work = home().join("target/work").join(guest.name);
        empty_folder(&work)?;
        let made = work.join("made.wasm");
        guest.recipe.follow(guest, &work, &made)?;
        fs::create_dir_all(home().join("out"))?;
        fs::rename(&made, &path).with_context(|| format!("cannot move {} into place", made.display()))?;
        fs::remove_dir_all(&work)?;
        stamp.set(&path)?;
        took = Some(start.elapsed());
    }
    let bytes = fs::metadata(&path)?.len();
    Ok(Built { name: guest.name, path, bytes, took })
}

/// Makes sure that a folder is there and holds nothing.
fn empty_folder(path: &std::path::Path) -> anyhow::Result<()> {
    if path.exists() {
        fs::remove_dir_all(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_select_guests() {
        assert_eq!(select(&[]).unwrap().len(), GUESTS.len());
        let some: Vec<_> = select(&["command", "hono"]).unwrap().iter().map(|guest| guest.name).collect();
        assert_eq!(some, ["command", "hono"]);
        let error = select(&["no-such"]).unwrap_err().to_string();
        assert!(error.contains("no-such") && error.contains("hello-p2"), "{error}");
    }
}
