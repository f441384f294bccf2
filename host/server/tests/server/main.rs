//! The front end before fake apps, over real sockets.
//!
//! Nothing here measures time: tests wait for events, with an upper bound that is far away. Limits of time are
//! set short where they are to be met and far away where not.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test that fails panics"
)]

mod bodies;
mod compression;
mod connections;
mod headers;
mod limits;
mod smuggling;
mod support;
mod time_limit;
mod tls;
