//! A new version of the component takes over when its file changes on disk.
//!
//! The folder is watched, not the file: editors and build tools replace files by rename, which a watch on the
//! file itself would not survive.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use appsvc_runtime::app::{App, seconds};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

/// A file is read when nothing has been written to it for this long: a copy takes several writes.
const SETTLED: Duration = Duration::from_millis(200);

/// Watches one component; dropping it ends the watch.
pub struct Watch {
    _watcher: RecommendedWatcher,
}

/// What tells one state of a file from another: time of change, length, inode; `None` where there is no file.
pub type Stamp = Option<(SystemTime, u64, u64)>;

/// Replaces the version of `app` whenever the file at `component` changes from the state `loaded`.
///
/// # Errors
///
/// The folder cannot be watched.
pub fn start(app: Arc<App>, component: &Path, loaded: Stamp) -> anyhow::Result<Watch> {
    let component = std::path::absolute(component)?;
    let folder = component.parent().unwrap_or(Path::new("/")).to_owned();
    let name = component.file_name().map(ToOwned::to_owned);
    let (changed, changes) = channel();
    let again = changed.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let Ok(event) = event else { return };
        let ours = event.paths.iter().any(|path| path.file_name() == name.as_deref());
        if ours && !matches!(event.kind, EventKind::Access(_)) {
            // The receiver is gone when the host is ending.
            let _ = changed.send(());
        }
    })?;
    watcher
        .watch(&folder, RecursiveMode::NonRecursive)
        .with_context(|| format!("cannot watch {} for a new version of the app", folder.display()))?;
    if stamp(&component) != loaded {
        // It changed while it was being loaded. The receiver is here, so this cannot fail.
        let _ = again.send(());
    }
    drop(again);
    std::thread::Builder::new()
        .name("watch".into())
        .spawn(move || follow(&app, &component, &changes, loaded))
        .context("cannot start the thread that looks for new versions")?;
    Ok(Watch { _watcher: watcher })
}

fn follow(app: &App, component: &Path, changes: &Receiver<()>, mut served: Stamp) {
    while changes.recv().is_ok() {
        loop {
            match changes.recv_timeout(SETTLED) {
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        let now = stamp(component);
        if now.is_none() || now == served {
            continue;
        }
        let (name, file) = (app.name(), component.display());
        tracing::info!(app = name, "{file} has changed: preparing the new version");
        match app.replace(component) {
            Ok(()) => {
                let took = app.describe(|program| seconds(program.took));
                tracing::info!(app = name, "the new version serves from now on (ready in {took})");
            }
            Err(error) => {
                tracing::error!(
                    app = name,
                    "the new version is not used, the old one goes on serving: {error}"
                );
            }
        }
        served = now;
    }
}

/// The state of the file at `path`.
pub fn stamp(path: &Path) -> Stamp {
    use std::os::unix::fs::MetadataExt as _;
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len(), meta.ino()))
}
