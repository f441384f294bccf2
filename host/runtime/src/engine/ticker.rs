//! The epoch clock: a tick every 10 ms makes guests that compute give way (decision 11).

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::Ticked;

/// Time between two ticks.
pub const TICK: Duration = Duration::from_millis(10);

/// A thread that ticks the epochs of engines until it is dropped.
pub(super) struct Ticker {
    engines: Arc<Mutex<Vec<Ticked>>>,
}

impl Ticker {
    pub(super) fn start() -> std::io::Result<Self> {
        let engines = Arc::new(Mutex::new(Vec::<Ticked>::new()));
        let watched = Arc::downgrade(&engines);
        std::thread::Builder::new().name("epoch".into()).spawn(move || {
            while let Some(engines) = watched.upgrade() {
                for engine in engines.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                    if let Some(engine) = engine.upgrade() {
                        engine.increment_epoch();
                    }
                }
                drop(engines);
                std::thread::sleep(TICK);
            }
        })?;
        Ok(Self { engines })
    }

    pub(super) fn add(&self, engine: Ticked) {
        self.engines.lock().unwrap_or_else(PoisonError::into_inner).push(engine);
    }
}
