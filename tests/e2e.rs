//! End-to-end tests: the real program, seen from outside. What is peculiar to one ID of the catalogue is in the
//! conformance suite; here is what a whole host must do and survive.
//!
//! ```text
//! cargo xtask test                                   # builds everything and runs all tests
//! cargo test -p appsvc-tests --test e2e              # only these; host and guests must be built
//! cargo test -p appsvc-tests --test e2e -- guests::  # a part of them
//! ```
//! `WASM_APPSVC` names another binary, `WASM_APPSVC_GUESTS` another folder of guests.
//!
//! `tests/e2e/support` has what the tests share. Nothing here measures time: a wait ends when what it waits
//! for has happened, and gives up only after [`appsvc_tests::PATIENCE`].

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::large_futures,
    reason = "this is test code: what panics here is a test that failed"
)]

#[path = "e2e/support/mod.rs"]
mod support;

#[path = "e2e/environment.rs"]
mod environment;
#[path = "e2e/guests/mod.rs"]
mod guests;
#[path = "e2e/http/mod.rs"]
mod http;
#[path = "e2e/network.rs"]
mod network;
#[path = "e2e/reuse.rs"]
mod reuse;
#[path = "e2e/run.rs"]
mod run;
#[path = "e2e/start/mod.rs"]
mod start;
#[path = "e2e/swap.rs"]
mod swap;
