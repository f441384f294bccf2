//! The limits of a connection as a whole, and the end of its server.

use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::conduct::{Closing, Conduct};
use crate::alarm::Alarm;
use crate::clock::Moment;
use crate::limits::Limits;
use crate::shutdown::{Follower, Stage};

/// Each limit of a connection that is there only to be told that there are too many.
const REFUSED_TIME: Duration = Duration::from_secs(3);

/// Time that a connection has to end once it was told to and nothing is under way on it.
const CLOSE_TIME: Duration = Duration::from_secs(5);

/// What the one who runs a connection has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// Let the requests under way finish, take no more.
    Finish,
    /// The same; [`Conduct::closing`] tells why.
    Close,
    /// Drop the connection.
    Cut,
}

/// Watches one connection.
#[derive(Debug)]
pub(super) struct Watch {
    conduct: Arc<Conduct>,
    follower: Follower,
    alarm: Alarm,
    due: Moment,
    head_time: Duration,
    idle_time: Duration,
    write_stall: Duration,
    /// When closing began.
    closing_since: Option<Moment>,
}

impl Watch {
    /// A connection that is `refused` gets no longer than it takes to be told so.
    pub(super) fn new(conduct: Arc<Conduct>, follower: Follower, limits: &Limits, refused: bool) -> Self {
        let most = if refused { REFUSED_TIME } else { Duration::MAX };
        let [head_time, idle_time, write_stall] =
            [limits.head_time, limits.idle_time, limits.write_stall].map(|time| time.min(most));
        let due = Moment::now().after(head_time.min(idle_time).min(write_stall));
        Self {
            conduct,
            follower,
            alarm: Alarm::default(),
            due,
            head_time,
            idle_time,
            write_stall,
            closing_since: None,
        }
    }

    /// What there is to do. Costs next to nothing while there is nothing.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Event> {
        match self.follower.poll(cx) {
            Some(Stage::Finishing) => {
                self.closing_since = Some(Moment::now());
                return Poll::Ready(Event::Finish);
            }
            Some(Stage::Cutting) => return Poll::Ready(Event::Cut),
            Some(Stage::Serving) | None => {}
        }
        while self.alarm.poll(cx, self.conduct.alarms(), || self.due).is_ready() {
            let now = Moment::now();
            let event = self.look(now);
            if let Some(event) = event {
                // Once more, soon, if it comes to nothing.
                self.due = now.after(CLOSE_TIME.min(self.write_stall));
                return Poll::Ready(event);
            }
        }
        Poll::Pending
    }

    /// Finds what is due by now, and else when something may be due next.
    fn look(&mut self, now: Moment) -> Option<Event> {
        // Whatever begins from now on is due no earlier.
        let mut next = now.after(self.head_time.min(self.idle_time).min(self.write_stall).min(CLOSE_TIME));
        let mut is_due = |moment: Moment| {
            next = next.min(moment.max(now));
            moment <= now
        };
        if self.conduct.stuck_since().is_some_and(|since| is_due(since.after(self.write_stall))) {
            return Some(Event::Cut);
        }
        let rests_since = self.conduct.quiet_since().filter(|_| !self.conduct.is_busy());
        match (rests_since, self.closing_since) {
            (None, _) => {}
            (Some(rests), Some(closing)) => {
                if is_due(rests.max(closing).after(CLOSE_TIME)) {
                    return Some(Event::Cut);
                }
            }
            (Some(rests), None) => {
                // A connection that has not been used yet is taken for one whose first head is late.
                let (limit, why) = match (self.conduct.is_within_head(), self.conduct.is_used()) {
                    (true, _) => (self.head_time, Closing::HeadTooSlow),
                    (false, false) => (self.head_time, Closing::Idle),
                    (false, true) => (self.idle_time, Closing::Idle),
                };
                if is_due(rests.after(limit)) {
                    self.closing_since = Some(now);
                    self.conduct.close(why);
                    return Some(Event::Close);
                }
            }
        }
        self.due = next;
        None
    }
}
