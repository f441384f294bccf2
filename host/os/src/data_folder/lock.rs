//! The lock on an app's folder.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::SystemTime;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::utc::utc;

/// The lock, until it is dropped or the process ends.
#[derive(Debug)]
pub(super) struct Lock {
    /// Holds the `flock`. The file stays when it is closed: if it were removed, a host that had just opened
    /// it would lock a file that nobody else can find.
    _file: File,
}

/// Who holds a lock, as far as its file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// The process id and since when (UTC). `None` when the file does not say, which is so for a moment after
    /// the lock was taken.
    pub process: Option<(u32, String)>,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.process {
            Some((pid, since)) => write!(f, "by process {pid} since {since}"),
            None => f.write_str("by another process"),
        }
    }
}

impl Lock {
    /// Takes the lock on the file at `path`, which is made if it is missing, or tells who has it.
    pub(super) fn take(path: &Path) -> io::Result<Result<Self, Holder>> {
        // Rust opens with O_CLOEXEC, so a child process does not hold the lock on.
        let mut options = OpenOptions::new();
        let mut file = options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {
                file.set_len(0)?;
                // In one write, so that whoever is refused reads all of it or nothing.
                file.write_all(format!("{} {}\n", std::process::id(), utc(SystemTime::now())).as_bytes())?;
                Ok(Ok(Self { _file: file }))
            }
            Err(Errno::WOULDBLOCK) => {
                let mut text = String::new();
                file.rewind()?;
                file.take(256).read_to_string(&mut text)?;
                Ok(Err(Holder { process: parse(&text) }))
            }
            Err(error) => Err(error.into()),
        }
    }
}

fn parse(text: &str) -> Option<(u32, String)> {
    let (pid, since) = text.strip_suffix('\n')?.split_once(' ')?;
    let form = |c: char| c.is_ascii_digit() || "-:TZ".contains(c);
    since.chars().all(form).then_some(())?;
    Some((pid.parse().ok()?, since.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_well_formed_file_names_a_holder() {
        let wanted = Some((4711, "2026-11-21T18:39:05Z".to_owned()));
        assert_eq!(parse("4711 2026-11-21T18:39:05Z\n"), wanted);
        for text in ["", "\n", "4711", "4711 2026-11-21T18:39", "x 2026-11-21T18:39:05Z\n", "1 \x1b[2J\n"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }
}
