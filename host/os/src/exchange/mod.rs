//! One request and its response, as both the front end and the runtime see it.
//!
//! The front end counts bytes and the runtime runs the guest; neither knows the other. What they must agree
//! on is here: the request's id, when a byte last moved (the time limit is on silence, LIFE-01 and LIFE-02),
//! whether the response has ended, and the ways in which a guest can fail to answer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use uuid::Uuid;

/// The state of one request that outlives any single task working on it.
#[derive(Debug)]
pub struct Exchange {
    id: Uuid,
    started: Instant,
    /// Milliseconds from `started` to the last byte sent or received.
    last_byte: AtomicU64,
    ended: AtomicBool,
}

impl Exchange {
    /// Begins an exchange now, under `id` (also the value of `X-ARR-LOG-ID`, HDR-01).
    pub fn begin(id: Uuid) -> Self {
        Self { id, started: Instant::now(), last_byte: AtomicU64::new(0), ended: AtomicBool::new(false) }
    }

    /// The request's id.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// When the request's head had been read.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Notes that a byte was sent or received just now.
    pub fn touch(&self) {
        let elapsed = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last_byte.store(elapsed, Ordering::Relaxed);
    }

    /// How long no byte has moved in either direction.
    pub fn silence(&self) -> Duration {
        let last = Duration::from_millis(self.last_byte.load(Ordering::Relaxed));
        self.started.elapsed().saturating_sub(last)
    }

    /// Notes that the client has its response, whole or cut short: what the guest does from here on is
    /// background work. Counts as a byte, so that the background limit starts here.
    pub fn end(&self) {
        self.touch();
        self.ended.store(true, Ordering::Release);
    }

    /// Whether the response has ended.
    pub fn ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }
}

/// Why a request got no response from its app.
///
/// The text is for the operator; visitors see only the status that the front end chooses for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// The guest trapped, or its host call ended in an error, before it set a response. 500.
    #[error("the app trapped before it answered")]
    Trapped,
    /// The guest returned without setting a response. 502.
    #[error("the app returned without setting a response")]
    NoResponse,
    /// The guest set a response that is none: an error code or a malformed head. 502.
    #[error("the app answered with an invalid response: {0}")]
    InvalidResponse(String),
    /// No instance could be had: every slot is taken, or the memory of the plan is. 503.
    #[error("the app is overloaded: {0}")]
    Overloaded(String),
}
