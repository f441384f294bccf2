//! What an app may take, and how its instances are reused.

use std::time::Duration;

use appsvc_os::app::{AppSpec, Reuse};

/// The limits of one app.
#[derive(Debug, Clone)]
pub struct AppLimits {
    /// Longest silence before the front end gives up on a response (LIFE-01).
    pub time_limit: Duration,
    /// How long a guest may go on after its response, or after the front end gave up.
    pub background_limit: Duration,
    /// Whether instances serve more than one request.
    pub reuse: Reuse,
}

impl AppLimits {
    /// The limits that `spec` sets.
    pub fn of(spec: &AppSpec) -> Self {
        Self {
            time_limit: spec.time_limit.get(),
            background_limit: spec.background_limit.get(),
            reuse: spec.reuse,
        }
    }
}

/// A duration as people write it: `230 s`, `1.5 s`, `80 ms`.
pub fn seconds(duration: Duration) -> String {
    if duration < Duration::from_secs(1) {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{} s", duration.as_millis() as f64 / 1000.0)
    }
}
