//! Telling connections that the server stops.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Context;

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

/// How far a server is on its way to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It serves.
    Serving = 0,
    /// It finishes the requests under way.
    Finishing = 1,
    /// It cuts what is left.
    Cutting = 2,
}

/// The stage of one server.
#[derive(Debug)]
pub(crate) struct Shutdown {
    stage: AtomicU8,
    changed: Arc<Notify>,
}

impl Shutdown {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { stage: AtomicU8::new(Stage::Serving as u8), changed: Arc::default() })
    }

    pub(crate) fn enter(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Release);
        self.changed.notify_waiters();
    }

    pub(crate) fn stage(&self) -> Stage {
        match self.stage.load(Ordering::Acquire) {
            0 => Stage::Serving,
            1 => Stage::Finishing,
            _ => Stage::Cutting,
        }
    }

    /// Ready when the server no longer serves.
    pub(crate) async fn begun(&self) {
        loop {
            let changed = self.changed.notified();
            if self.stage() != Stage::Serving {
                return;
            }
            changed.await;
        }
    }

    /// Follows the stage from a task.
    pub(crate) fn follow(self: &Arc<Self>) -> Follower {
        Follower {
            changed: Box::pin(self.changed.clone().notified_owned()),
            shutdown: self.clone(),
            seen: Stage::Serving,
            armed: false,
        }
    }
}

/// Tells a task of each stage once.
#[derive(Debug)]
pub(crate) struct Follower {
    shutdown: Arc<Shutdown>,
    seen: Stage,
    changed: Pin<Box<OwnedNotified>>,
    armed: bool,
}

impl Follower {
    /// The stage, if it is a new one. All polls must come from one task: it is registered for its wake-up once.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Option<Stage> {
        if !self.armed {
            self.armed = true;
            let _ = self.changed.as_mut().poll(cx);
        }
        let stage = self.shutdown.stage();
        if stage == self.seen {
            return None;
        }
        self.seen = stage;
        self.changed.set(self.shutdown.changed.clone().notified_owned());
        self.armed = false;
        Some(stage)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use super::*;

    #[tokio::test]
    async fn a_follower_hears_of_each_stage_once() {
        let shutdown = Shutdown::new();
        let mut follower = shutdown.follow();
        let (heard, mut hear) = tokio::sync::mpsc::unbounded_channel();
        let task = tokio::spawn(poll_fn(move |cx| {
            while let Some(stage) = follower.poll(cx) {
                let _ = heard.send(stage);
                if stage == Stage::Cutting {
                    return Poll::Ready(());
                }
            }
            Poll::Pending
        }));
        tokio::task::yield_now().await;
        shutdown.enter(Stage::Finishing);
        assert_eq!(hear.recv().await, Some(Stage::Finishing));
        shutdown.enter(Stage::Cutting);
        assert_eq!(hear.recv().await, Some(Stage::Cutting));
        task.await.unwrap();
    }
}
