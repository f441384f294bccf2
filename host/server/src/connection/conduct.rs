//! How a connection behaves: what its socket, its requests and the one who watches its limits tell each other.
//!
//! The HTTP library owns the socket while it serves, so they cannot see each other otherwise. All of it is
//! written by the connection's own task, except that requests of HTTP/2 may end on other threads; nothing is
//! published through these fields, hence `Relaxed` throughout.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};

use crate::alarm::Alarms;
use crate::clock::Moment;

/// Why a connection is to be closed although the client would go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closing {
    /// It rested too long.
    Idle,
    /// The head at hand took too long.
    HeadTooSlow,
    /// The gate refused a message.
    Refused,
}

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Conduct {
    /// The app's name, for the operator.
    app: Arc<str>,
    /// Of the connection's home thread.
    alarms: Arc<Alarms>,
    /// Requests under way.
    busy: AtomicU32,
    /// Whether there has been any request.
    used: AtomicBool,
    /// When the last request ended, the connection began, or the head at hand began.
    quiet_since: AtomicU64,
    /// Part of a request head has arrived.
    within_head: AtomicBool,
    /// Since when the client has not taken a byte of what waits to be sent; 0: nothing waits.
    stuck_since: AtomicU64,
    /// When something last waited to be sent.
    stuck_last: AtomicU64,
    closing: AtomicU8,
}

impl Conduct {
    pub(crate) fn new(app: Arc<str>, alarms: Arc<Alarms>) -> Arc<Self> {
        Arc::new(Self {
            app,
            alarms,
            busy: AtomicU32::new(0),
            used: AtomicBool::new(false),
            quiet_since: AtomicU64::new(Moment::now().to_bits()),
            within_head: AtomicBool::new(false),
            stuck_since: AtomicU64::new(0),
            stuck_last: AtomicU64::new(0),
            closing: AtomicU8::new(0),
        })
    }

    pub(crate) fn app(&self) -> &str {
        &self.app
    }

    pub(crate) fn alarms(&self) -> &Arc<Alarms> {
        &self.alarms
    }

    /// A request begins; it ends when the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Busy {
        self.busy.fetch_add(1, Relaxed);
        self.used.store(true, Relaxed);
        Busy(self.clone())
    }

    pub(crate) fn is_busy(&self) -> bool {
        self.busy.load(Relaxed) > 0
    }

    pub(crate) fn is_used(&self) -> bool {
        self.used.load(Relaxed)
    }

    pub(crate) fn quiet_since(&self) -> Option<Moment> {
        Moment::from_bits(self.quiet_since.load(Relaxed))
    }

    pub(crate) fn is_within_head(&self) -> bool {
        self.within_head.load(Relaxed)
    }

    /// Part of a head has arrived, or no more than whole ones.
    pub(crate) fn set_within_head(&self, within: bool) {
        if self.within_head.load(Relaxed) != within {
            self.within_head.store(within, Relaxed);
            self.quiet_since.store(Moment::now().to_bits(), Relaxed);
        }
    }

    /// The socket takes no more for now.
    pub(crate) fn set_stuck(&self) {
        let now = Moment::now().to_bits();
        if self.stuck_since.load(Relaxed) == 0 {
            self.stuck_since.store(now, Relaxed);
        }
        self.stuck_last.store(now, Relaxed);
    }

    /// The socket took something.
    pub(crate) fn set_unstuck(&self) {
        if self.stuck_since.load(Relaxed) != 0 {
            self.stuck_since.store(0, Relaxed);
        }
    }

    pub(crate) fn stuck_since(&self) -> Option<Moment> {
        Moment::from_bits(self.stuck_since.load(Relaxed))
    }

    /// When bytes that the app had given long before were last on their way.
    pub(crate) fn stuck_last(&self) -> Option<Moment> {
        Moment::from_bits(self.stuck_last.load(Relaxed))
    }

    pub(crate) fn closing(&self) -> Option<Closing> {
        match self.closing.load(Relaxed) {
            0 => None,
            1 => Some(Closing::Idle),
            2 => Some(Closing::HeadTooSlow),
            _ => Some(Closing::Refused),
        }
    }

    pub(crate) fn close(&self, why: Closing) {
        let bits = match why {
            Closing::Idle => 1,
            Closing::HeadTooSlow => 2,
            Closing::Refused => 3,
        };
        self.closing.store(bits, Relaxed);
    }
}

/// A request under way.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Conduct>);

impl Busy {
    /// The conduct of the request's connection.
    pub(crate) fn conduct(&self) -> &Conduct {
        &self.0
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.quiet_since.store(Moment::now().to_bits(), Relaxed);
        self.0.busy.fetch_sub(1, Relaxed);
    }
}
