//! The store of compiled components (decision 14).
//!
//! A compiled component is native code: whoever can write one can run anything as the host. So only the host
//! writes this directory, it is private to its user, it lies outside everything an app can reach, and a file
//! from elsewhere is never accepted. Files are named by content and replaced by rename, never written in place:
//! they are mapped into running processes.
//!
//! Layout: `CONTENT-ENGINE.cwasm`, and under `seen/` one small file per (device, inode) that remembers which
//! content a file had at which change time, so that a start does not read the whole component again.

use std::fs::{self, DirBuilder, File, Metadata};
use std::io::{self, Write as _};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use blake3::Hash;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::LoadError;

/// A file changed so recently might change again within the same clock reading: it is not remembered.
const SETTLED: Duration = Duration::from_secs(2);

/// A directory of compiled components.
#[derive(Debug, Clone)]
pub struct CompiledStore {
    root: PathBuf,
}

/// What is remembered about a component file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    /// BLAKE3 of its bytes.
    pub(super) content: Hash,
    /// The words its shape was written down with.
    pub(super) shape: String,
}

impl CompiledStore {
    /// Opens the store in `root`, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// It cannot be made, or others than this user could write to it.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, LoadError> {
        let root = root.into();
        let failed = |reason: String| LoadError::Store { path: root.clone(), reason };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(root.join("seen"))
            .map_err(|error| failed(format!("cannot be made: {error}")))?;
        for directory in [root.clone(), root.join("seen")] {
            let meta = fs::symlink_metadata(&directory).map_err(|error| failed(error.to_string()))?;
            if !meta.is_dir() || meta.uid() != rustix::process::geteuid().as_raw() || meta.mode() & 0o022 != 0
            {
                return Err(failed(
                    "is not a directory that only this user can write to; it holds native code. \
                     Remove it, or choose another folder with --data"
                        .into(),
                ));
            }
        }
        Ok(Self { root })
    }

    /// What is remembered of the open `file`, if it has not changed since.
    pub(super) fn recall(&self, file: &Metadata) -> Option<Seen> {
        let text = fs::read_to_string(self.seen(file)).ok()?;
        let mut lines = text.lines();
        if lines.next()? != stamp(file) {
            return None;
        }
        Some(Seen { content: Hash::from_hex(lines.next()?).ok()?, shape: lines.next()?.to_owned() })
    }

    /// Remembers what the open `file` holds. A failure costs time at the next start, nothing else.
    pub(super) fn remember(&self, file: &Metadata, seen: &Seen) {
        let changed = UNIX_EPOCH
            + Duration::new(
                file.ctime().try_into().unwrap_or_default(),
                file.ctime_nsec().try_into().unwrap_or_default(),
            );
        if SystemTime::now().duration_since(changed).is_ok_and(|age| age > SETTLED) {
            let text = format!("{}\n{}\n{}\n", stamp(file), seen.content.to_hex(), seen.shape);
            if let Err(error) = self.write(&self.seen(file), text.as_bytes()) {
                tracing::debug!(%error, "cannot remember a component's content");
            }
        }
    }

    /// The compiled form of `content` for `engine`, if there is one that the engine accepts.
    pub(super) fn load(&self, engine: &Engine, content: &Hash) -> Option<Component> {
        let file = File::open(self.compiled(engine, content)).ok()?;
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        // SAFETY: only this host writes the directory, which `open` found private to this user; the file was
        // written whole before it got its name, and is mapped through the descriptor just opened, so that
        // nobody can put another file in its place.
        match unsafe { Component::deserialize_file(engine, path) } {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::debug!(%error, "a compiled component does not fit this engine; compiling anew");
                None
            }
        }
    }

    /// Keeps the compiled form `bytes` of `content`.
    pub(super) fn keep(&self, engine: &Engine, content: &Hash, bytes: &[u8]) -> io::Result<()> {
        self.write(&self.compiled(engine, content), bytes)
    }

    fn compiled(&self, engine: &Engine, content: &Hash) -> PathBuf {
        use std::hash::{DefaultHasher, Hash as _, Hasher as _};
        let mut hasher = DefaultHasher::new();
        engine.precompile_compatibility_hash().hash(&mut hasher);
        self.root.join(format!("{}-{:016x}.cwasm", content.to_hex(), hasher.finish()))
    }

    fn seen(&self, file: &Metadata) -> PathBuf {
        self.root.join("seen").join(format!("{:x}-{:x}", file.dev(), file.ino()))
    }

    /// Writes a whole file under a name of its own, then gives it its place.
    fn write(&self, to: &Path, bytes: &[u8]) -> io::Result<()> {
        let temporary =
            to.with_extension(format!("new-{}-{:?}", std::process::id(), std::thread::current().id()));
        let written = (|| {
            let mut file =
                File::options().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
            file.write_all(bytes)?;
            file.sync_data()?;
            fs::rename(&temporary, to)
        })();
        if written.is_err() {
            // What is left of a write that failed is of no use; if it cannot be removed either, no harm is done.
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

/// What changes whenever a file's content does.
fn stamp(file: &Metadata) -> String {
    format!("{} {} {}", file.ctime(), file.ctime_nsec(), file.size())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_remembered_until_it_changes() {
        let directory = tempfile::tempdir().unwrap();
        let store = CompiledStore::open(directory.path().join("compiled")).unwrap();
        let path = directory.path().join("app.wasm");
        fs::write(&path, "one").unwrap();
        let meta = fs::metadata(&path).unwrap();
        let seen = Seen { content: blake3::hash(b"one"), shape: "http 0.2".into() };
        store.remember(&meta, &seen);
        assert_eq!(store.recall(&meta), None, "too fresh to be trusted");
        store
            .write(
                &store.seen(&meta),
                format!("{}\n{}\nhttp 0.2\n", stamp(&meta), seen.content.to_hex()).as_bytes(),
            )
            .unwrap();
        assert_eq!(store.recall(&meta), Some(seen));
        fs::write(&path, "other").unwrap();
        assert_eq!(store.recall(&fs::metadata(&path).unwrap()), None);
    }

    #[test]
    fn a_directory_others_can_write_to_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("compiled");
        CompiledStore::open(&root).unwrap();
        fs::set_permissions(&root, fs::Permissions::from_mode(0o777)).unwrap();
        assert!(matches!(CompiledStore::open(&root), Err(LoadError::Store { .. })));
    }
}
