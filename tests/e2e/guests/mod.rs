//! Guests that misbehave. After each the host serves the next request, holds no more memory than before, and no
//! request beside it has noticed anything: see [`Scene`](crate::support::Scene).

mod after;
mod failing;
mod handles;
mod memory;
mod output;
mod overload;
mod time;
