//! Ctrl-C and SIGTERM: seen as a flag, so that servers started here are stopped before this process ends.
//!
//! Without it the default action would end this process at once and leave its servers running.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

/// How often a wait looks at the flag.
const STEP: Duration = Duration::from_millis(50);

/// Tells whether this process was asked to end. The default one is never asked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Watches SIGINT and SIGTERM from now on. The second of them ends the process at once.
    pub(crate) fn watch() -> anyhow::Result<Self> {
        let seen = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: at the first signal the flag is not set yet when the shutdown looks at it.
            flag::register_conditional_shutdown(signal, 128 + signal, seen.clone())
                .and_then(|_| flag::register(signal, seen.clone()))
                .with_context(|| format!("cannot watch signal {signal}"))?;
        }
        Ok(Self(seen))
    }

    /// Whether the signal came.
    pub(crate) fn seen(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// An error once the signal came.
    pub(crate) fn check(&self) -> anyhow::Result<()> {
        anyhow::ensure!(!self.seen(), "interrupted");
        Ok(())
    }

    /// Waits until the signal came, `done` is true or `limit` is over (`None`: no limit).
    pub(crate) fn wait(&self, limit: Option<Duration>, mut done: impl FnMut() -> bool) {
        let start = Instant::now();
        while !self.seen() && !done() && limit.is_none_or(|limit| start.elapsed() < limit) {
            thread::sleep(STEP);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_ends_the_wait() {
        let interrupt = Interrupt::watch().unwrap();
        let start = Instant::now();
        interrupt.wait(Some(Duration::ZERO), || false);
        interrupt.wait(None, || true);
        assert!(interrupt.check().is_ok());
        signal_hook::low_level::raise(SIGTERM).unwrap();
        interrupt.wait(None, || false);
        assert!(interrupt.seen() && interrupt.check().is_err());
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
