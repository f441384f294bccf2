//! Limits on time.

use std::time::Duration;

/// A time limit: 1 millisecond to 24 hours, 230 seconds unless set (LIFE-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeLimit(Duration);

/// A duration that is no [`TimeLimit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a time limit is 1ms to 24h")]
pub struct TimeLimitError;

impl TimeLimit {
    /// The shortest.
    pub const MIN: Duration = Duration::from_millis(1);
    /// The longest.
    pub const MAX: Duration = Duration::from_secs(24 * 60 * 60);

    /// Checks `limit`.
    ///
    /// # Errors
    /// [`TimeLimitError`] when it is out of range.
    pub fn new(limit: Duration) -> Result<Self, TimeLimitError> {
        if (Self::MIN..=Self::MAX).contains(&limit) { Ok(Self(limit)) } else { Err(TimeLimitError) }
    }

    /// The limit.
    pub fn get(self) -> Duration {
        self.0
    }
}

impl Default for TimeLimit {
    fn default() -> Self {
        Self(Duration::from_secs(230))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_range_is_kept() {
        for limit in [TimeLimit::MIN, Duration::from_secs(230), TimeLimit::MAX] {
            assert_eq!(TimeLimit::new(limit).map(TimeLimit::get), Ok(limit));
        }
        for limit in [Duration::ZERO, TimeLimit::MAX + TimeLimit::MIN] {
            assert_eq!(TimeLimit::new(limit), Err(TimeLimitError));
        }
    }
}
