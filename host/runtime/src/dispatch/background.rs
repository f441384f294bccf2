//! A guest that goes on after its response has started, or after nobody waits for it any more (LIFE-01).
//!
//! It may go on as long as bytes move, and for the background limit after they stop; then it is stopped and its
//! instance is gone.

use std::sync::Arc;
use std::time::Duration;

use super::{Call, End, Guest};

/// Lets `guest` go on in a task of its own on this thread.
pub(super) fn go_on(guest: Guest, call: Arc<Call>) {
    let Ok(runtime) = tokio::runtime::Handle::try_current() else {
        // The thread is ending, and the guest with it.
        return;
    };
    runtime.spawn(drive(guest, call));
}

async fn drive(mut guest: Guest, call: Arc<Call>) {
    let Call { version, exchange, .. } = &*call;
    loop {
        let silence = exchange.silence();
        let limit = if exchange.ended() {
            version.background_limit()
        } else {
            // The response is still open: the front end cuts it at the time limit, and what follows is background.
            version.background_limit() + version.time_limit()
        };
        let left = limit.saturating_sub(silence);
        if left.is_zero() {
            let reached = crate::app::seconds(limit);
            tracing::warn!(
                id = "LIFE-01", app = version.app(), request = %exchange.id(),
                "the guest was stopped: nothing was sent or received for {reached} and it had not returned; \
                 raise --background-limit if the app works that long after its responses"
            );
            return;
        }
        tokio::select! {
            biased;
            end = &mut guest => {
                if let End::Refused(failure) = end {
                    tracing::debug!(app = version.app(), request = %exchange.id(), %failure, "never started");
                }
                return;
            }
            () = tokio::time::sleep(left.max(Duration::from_millis(1))) => {}
        }
    }
}
