//! The gate of one thread: of the guests past their first tick, one runs at a time, in the order they came.
//!
//! A turn lasts until the guest's future returns from its poll, which the next tick sees to. Before each turn
//! the thread's I/O driver gets to run (`yield_now` defers to it), so that a request which has just arrived is
//! served first; waking the next guest directly would keep the run queue full and the driver waiting.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

thread_local! {
    static GATE: RefCell<Gate> = const { RefCell::new(Gate { taken: false, inside: false, queue: VecDeque::new() }) };
}

struct Gate {
    /// A guest has the turn: it runs, or is about to.
    taken: bool,
    /// That guest is inside its poll right now.
    inside: bool,
    queue: VecDeque<Arc<Ticket>>,
}

#[derive(Default)]
struct Ticket(Mutex<State>);

#[derive(Default)]
struct State {
    granted: bool,
    gone: bool,
    waker: Option<Waker>,
}

impl Ticket {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a turn at this thread's gate.
pub(crate) async fn turn() {
    Wait { ticket: None, pause: None, entered: false }.await;
}

/// Ends the turn of the guest that is inside, if one is: the next in line may come.
pub(crate) fn leave() {
    GATE.with_borrow_mut(|gate| {
        if std::mem::take(&mut gate.inside) {
            gate.next();
        }
    });
}

impl Gate {
    fn next(&mut self) {
        self.taken = false;
        while let Some(ticket) = self.queue.pop_front() {
            let mut state = ticket.state();
            if state.gone {
                continue;
            }
            state.granted = true;
            self.taken = true;
            if let Some(waker) = state.waker.take() {
                waker.wake();
            }
            return;
        }
    }
}

/// Lets the I/O driver run.
type Pause = Pin<Box<dyn Future<Output = ()> + Send>>;

struct Wait {
    ticket: Option<Arc<Ticket>>,
    pause: Option<Pause>,
    entered: bool,
}

impl Future for Wait {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let ticket = self.ticket.get_or_insert_with(|| {
            let ticket = Arc::new(Ticket::default());
            GATE.with_borrow_mut(|gate| {
                if gate.taken {
                    gate.queue.push_back(ticket.clone());
                } else {
                    gate.taken = true;
                    ticket.state().granted = true;
                }
            });
            ticket
        });
        {
            let mut state = ticket.state();
            if !state.granted {
                state.waker = Some(cx.waker().clone());
                return Poll::Pending;
            }
        }
        let pause = self.pause.get_or_insert_with(|| Box::pin(tokio::task::yield_now()));
        if pause.as_mut().poll(cx).is_pending() {
            return Poll::Pending;
        }
        self.entered = true;
        GATE.with_borrow_mut(|gate| gate.inside = true);
        Poll::Ready(())
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        // A guest stopped while it waited must not keep the others out.
        if let Some(ticket) = &self.ticket
            && !self.entered
        {
            let mut state = ticket.state();
            state.gone = true;
            if std::mem::take(&mut state.granted) {
                drop(state);
                GATE.with_borrow_mut(Gate::next);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// A "guest" that takes three turns and notes how many of its kind are inside.
    async fn guest(order: Arc<Mutex<Vec<usize>>>, id: usize) {
        for _ in 0..3 {
            Slice(Box::pin(turn())).await;
            order.lock().unwrap().push(id);
        }
    }

    /// Ends the turn as `Metered` does: when the poll returns.
    struct Slice<F>(Pin<Box<F>>);
    impl<F: Future> Future for Slice<F> {
        type Output = F::Output;
        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
            let result = self.0.as_mut().poll(cx);
            leave();
            result
        }
    }

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
    }

    #[test]
    fn guests_take_turns_in_order() {
        let order = Arc::new(Mutex::new(Vec::new()));
        runtime().block_on(async {
            let tasks: Vec<_> = (0..4).map(|id| tokio::spawn(guest(order.clone(), id))).collect();
            for task in tasks {
                task.await.unwrap();
            }
        });
        let order = order.lock().unwrap();
        assert_eq!(order.len(), 12);
        for round in order.chunks(4) {
            let mut round = round.to_vec();
            round.sort_unstable();
            assert_eq!(round, [0, 1, 2, 3], "{order:?}");
        }
    }

    #[test]
    fn a_guest_stopped_in_line_keeps_nobody_out() {
        static DONE: AtomicUsize = AtomicUsize::new(0);
        runtime().block_on(async {
            let mut first = Box::pin(turn());
            let mut second = Box::pin(turn());
            let mut cx = Context::from_waker(Waker::noop());
            assert!(first.as_mut().poll(&mut cx).is_pending(), "the driver runs before the turn");
            assert!(second.as_mut().poll(&mut cx).is_pending());
            drop(first);
            let third = tokio::spawn(async {
                Slice(Box::pin(turn())).await;
                DONE.fetch_add(1, Ordering::Relaxed);
            });
            drop(second);
            third.await.unwrap();
        });
        assert_eq!(DONE.load(Ordering::Relaxed), 1);
    }
}
