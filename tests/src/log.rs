//! What the host writes to its standard error.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::sync::watch;

use crate::PATIENCE;

/// The lines that a host has written to standard error so far. Clones show the same lines.
#[derive(Debug, Clone)]
pub struct Log(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    lines: Mutex<Vec<String>>,
    /// Changes with every line; true once there will be no more.
    ended: watch::Sender<bool>,
}

impl Log {
    /// Collects the lines of `source` until it ends, in a thread of its own: the host must never find its
    /// standard error full.
    pub(crate) fn collect(source: impl Read + Send + 'static) -> Self {
        let log = Self(Arc::new(Shared { lines: Mutex::default(), ended: watch::Sender::new(false) }));
        let shared = log.0.clone();
        thread::spawn(move || {
            let mut source = BufReader::new(source);
            let mut line = Vec::new();
            while source.read_until(b'\n', &mut line).is_ok_and(|bytes| bytes > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
                shared.lines().push(text);
                shared.ended.send_modify(|_| {});
                line.clear();
            }
            shared.ended.send_modify(|ended| *ended = true);
        });
        log
    }

    /// The lines so far.
    pub fn lines(&self) -> Vec<String> {
        self.0.lines().clone()
    }

    /// The first line, from the start of the log on, for which `wanted` holds; waits for one to come.
    ///
    /// # Errors
    /// A message with `what` and the log, when the log ends without such a line or none comes within
    /// [`PATIENCE`](crate::PATIENCE).
    pub async fn wait_for(&self, what: &str, mut wanted: impl FnMut(&str) -> bool) -> Result<String, String> {
        let mut ended = self.0.ended.subscribe();
        let mut seen = 0;
        let search = async {
            loop {
                // Before the lines: what comes after this look wakes the wait below.
                let last_look = *ended.borrow_and_update();
                {
                    let lines = self.0.lines();
                    if let Some(line) = lines.get(seen..).and_then(|new| new.iter().find(|line| wanted(line)))
                    {
                        return Some(line.clone());
                    }
                    seen = lines.len();
                }
                if last_look || ended.changed().await.is_err() {
                    return None;
                }
            }
        };
        match tokio::time::timeout(PATIENCE, search).await {
            Ok(Some(line)) => Ok(line),
            Ok(None) => Err(format!("{what} is not in the host's log, which has ended:\n{self}")),
            Err(_) => Err(format!("{what} is not in the host's log after {} s:\n{self}", PATIENCE.as_secs())),
        }
    }

    /// Waits until there will be no more lines.
    pub(crate) async fn ended(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.ended.subscribe().wait_for(|ended| *ended).await;
    }
}

impl Shared {
    fn lines(&self) -> MutexGuard<'_, Vec<String>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The last lines, for messages.
impl std::fmt::Display for Log {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 40;
        let lines = self.0.lines();
        let left_out = lines.len().saturating_sub(SHOWN);
        if left_out > 0 {
            writeln!(f, "  | ({left_out} lines before)")?;
        }
        for line in lines.iter().skip(left_out) {
            writeln!(f, "  | {line}")?;
        }
        if lines.is_empty() { f.write_str("  | (nothing)\n") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[tokio::test]
    async fn a_line_is_found_whether_it_is_there_or_yet_to_come() {
        let (reader, mut writer) = std::io::pipe().unwrap();
        let log = Log::collect(reader);
        writer.write_all(b"one\r\ntw").unwrap();
        assert_eq!(log.wait_for("one", |line| line == "one").await, Ok("one".into()));
        let later = thread::spawn(move || writer.write_all(b"o\nthree").unwrap());
        assert_eq!(log.wait_for("two", |line| line == "two").await, Ok("two".into()));
        assert_eq!(log.wait_for("three", |line| line == "three").await, Ok("three".into()));
        later.join().unwrap();
        let error = log.wait_for("four", |line| line == "four").await.unwrap_err();
        assert_eq!(error, "four is not in the host's log, which has ended:\n  | one\n  | two\n  | three\n");
    }
}
