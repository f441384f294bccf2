//! The folder in which the host keeps an app: `DIR/NAME/` under `--data DIR`.
//!
//! ```text
//! DIR/NAME/            0700
//!   lock               held (flock) while a host serves the app; says which
//!   instance-id        64 hexadecimal digits, made once (SCM-13)
//!   home/              %HOME%, what the guest sees as /home
//!     site/wwwroot/  LogFiles/  data/        as on a fresh site (section 1.3)
//!     .appsvc-local/   the local disk, emptied at each start (FS-07, FS-24)
//!       Temp/  AppData/  LocalAppData/  ProgramData/  UserProfile/
//! ```
//!
//! Inside: making this folder and keeping a second host out of it. Not inside: quotas, and anything else
//! about what guests do in `home`.
//!
//! Two hosts on one folder would each wipe the other's local disk and count the quota without the other's
//! writes. The lock is a `flock`, which the kernel drops with the process however that ends; a file that
//! merely exists would have to be removed by hand after every crash.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use crate::environment::DriveLayout;
use crate::identity::{AppName, InstanceId};

mod location;
mod lock;
mod utc;

pub use location::{NoDefaultLocation, default_location};
pub use lock::Holder;

use lock::Lock;

/// An app's folder, open and locked for as long as this lives.
#[derive(Debug)]
pub struct DataFolder {
    path: PathBuf,
    home: PathBuf,
    instance_id: InstanceId,
    _lock: Lock,
}

/// Why an app's folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataFolderError {
    /// Another host has it, or this process has it open already.
    #[error("app {app} is already being served from {}, {holder}; stop that host, or give --name or --data", folder.display())]
    Held {
        /// The app.
        app: AppName,
        /// Its folder.
        folder: PathBuf,
        /// Who has it.
        holder: Holder,
    },
    /// Something below the folder could not be made, read or written.
    #[error("app {app}: cannot {action} {}: {source}; check the permissions, or give another folder with --data", path.display())]
    Io {
        /// The app.
        app: AppName,
        /// What was tried: `create`, `read` ...
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A folder of `home` is not one. An app may have put a file or a link there.
    #[error("app {app}: {} is not a folder, which it must be; move it out of the way", path.display())]
    NotAFolder {
        /// The app.
        app: AppName,
        /// What is in the way.
        path: PathBuf,
    },
    /// The file with the instance id has something else in it.
    #[error("app {app}: {} does not hold 64 hexadecimal digits; delete it to get a new instance id", path.display())]
    InstanceId {
        /// The app.
        app: AppName,
        /// The file.
        path: PathBuf,
    },
}

impl DataFolder {
    /// Folders of `%HOME%` that a fresh site has (FS-40, FS-46, FS-53).
    const HOME_FOLDERS: [&[&str]; 3] = [&["site", "wwwroot"], &["LogFiles"], &["data"]];

    /// Makes what is missing of the folder of `app` under `root`, locks it, and empties its local disk.
    ///
    /// # Errors
    /// [`DataFolderError::Held`] when another host has it, else what could not be done and on what.
    pub fn open(root: &Path, app: &AppName) -> Result<Self, DataFolderError> {
        let path = root.join(app.as_str());
        let on = |action: &'static str, path: &Path| {
            let (app, path) = (app.clone(), path.to_owned());
            move |source: io::Error| DataFolderError::Io { app, action, path, source }
        };
        // Settings and an app's data may be secret; nobody else on this machine needs to see them.
        DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(on("create", &path))?;
        let lock_path = path.join("lock");
        let lock = match Lock::take(&lock_path).map_err(on("lock", &lock_path))? {
            Ok(lock) => lock,
            Err(holder) => return Err(DataFolderError::Held { app: app.clone(), folder: path, holder }),
        };

        let home = path.join("home");
        // An operator may have made `home` a link to another disk; so it is followed, unlike all below.
        fs::create_dir_all(&home).map_err(on("create", &home))?;
        for folders in Self::HOME_FOLDERS {
            let mut folder = home.clone();
            for name in folders {
                folder.push(name);
                make_folder(app, &folder)?;
            }
        }
        let local = home.join(DriveLayout::LOCAL_IN_HOME);
        remove(&local).map_err(on("empty", &local))?;
        for name in DriveLayout::LOCAL_FOLDERS {
            let folder = local.join(name);
            fs::create_dir_all(&folder).map_err(on("create", &folder))?;
        }
        let instance_id = instance_id(app, &path)?;
        Ok(Self { path, home, instance_id, _lock: lock })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// `%HOME%`: what the guest sees as `/home`.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The id of the app's instance, the same at each start.
    pub fn instance_id(&self) -> &InstanceId {
        &self.instance_id
    }
}

/// Makes a folder unless there is one. Links are not followed: a guest may have planted one that leads out
/// of `home`, and folders are made with the host's rights. No guest runs while the folder is being opened,
/// so what has been looked at cannot change before it is used.
fn make_folder(app: &AppName, path: &Path) -> Result<(), DataFolderError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(()),
        Ok(_) => Err(DataFolderError::NotAFolder { app: app.clone(), path: path.to_owned() }),
        Err(_) => fs::create_dir(path).map_err(|source| DataFolderError::Io {
            app: app.clone(),
            action: "create",
            path: path.to_owned(),
            source,
        }),
    }
}

/// Removes whatever is at `path`; a link, not what it leads to.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// Reads the instance id, or makes one.
fn instance_id(app: &AppName, folder: &Path) -> Result<InstanceId, DataFolderError> {
    let path = folder.join("instance-id");
    let on = |action: &'static str| {
        let (app, path) = (app.clone(), path.clone());
        move |source: io::Error| DataFolderError::Io { app, action, path, source }
    };
    match fs::read(&path) {
        Ok(bytes) => InstanceId::new(String::from_utf8_lossy(&bytes).trim())
            .map_err(|_| DataFolderError::InstanceId { app: app.clone(), path: path.clone() }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let id = InstanceId::random();
            // Written beside and renamed: a crash in between leaves no half of an id.
            let new = folder.join("instance-id.new");
            fs::write(&new, format!("{id}\n")).and_then(|()| fs::rename(&new, &path)).map_err(on("write"))?;
            Ok(id)
        }
        Err(error) => Err(on("read")(error)),
    }
}

#[cfg(test)]
mod tests;
