//! Who runs when a thread has more guests than time (decision 11).
//!
//! An epoch yield by itself is not fair: sixty guests that compute, each yielding every 10 ms, make a request
//! that needs 50 us wait for all of them. So a guest that has run past its first tick waits at its thread's
//! [`gate`], which lets one such guest run at a time; [`Metered`] measures what each took and gives the gate back.

pub(crate) mod gate;
mod metered;

pub use metered::CpuMeter;
pub(crate) use metered::Metered;
