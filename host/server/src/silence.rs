//! The time limit of a request (LIFE-01, LIFE-02): on silence, not on length.

use std::task::{Context, Poll};
use std::time::Duration;

use appsvc_os::exchange::Exchange;

use crate::alarm::Alarm;
use crate::clock::Moment;
use crate::connection::Conduct;

/// Watches one request while something waits for its app.
#[derive(Debug)]
pub(crate) struct Silence {
    alarm: Alarm,
    limit: Duration,
}

impl Silence {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { alarm: Alarm::default(), limit }
    }

    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Ready when no byte of the request's exchange has moved for as long as the limit.
    pub(crate) fn poll(&mut self, cx: &Context<'_>, exchange: &Exchange, conduct: &Conduct) -> Poll<()> {
        let limit = self.limit;
        let left = || limit.saturating_sub(silence(exchange, conduct));
        while self.alarm.poll(cx, conduct.alarms(), || Moment::now().after(left())).is_ready() {
            if left().is_zero() {
                return Poll::Ready(());
            }
        }
        Poll::Pending
    }
}

/// The exchange counts a byte as sent when the app gives it. A client that reads slowly may take long to fetch
/// what was given long ago, and bytes move all that time.
fn silence(exchange: &Exchange, conduct: &Conduct) -> Duration {
    let silence = exchange.silence();
    conduct.stuck_last().map_or(silence, |moment| silence.min(Moment::now().since(moment)))
}
