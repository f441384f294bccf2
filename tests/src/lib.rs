//! What tests of the whole program share: a host to start, a client to talk to it, and the readers of the
//! conformance cases and of the specification.
//!
//! # An end-to-end test
//! ```ignore
//! use appsvc_tests::{Host, Request, Version};
//!
//! #[tokio::test]
//! async fn a_setting_reaches_the_app() {
//!     let mut host = Host::serve("http-p2").args(["--app-setting", "Color=red"]).start().await;
//!     assert_eq!(host.get("/env/Color").await.text(), "red");
//!
//!     let echo = Request::post("/echo").header("content-type", "text/plain").body("hi").over(Version::Http2);
//!     assert_eq!(host.send(echo).await.text(), "hi");
//!
//!     host.get("/stdout?text=hello").await;
//!     host.wait_for_log("the guest's line", |line| line.contains("hello")).await;
//!     assert!(host.stop().await.success());
//! }
//! ```
//! [`Host::serve`] runs the real binary on a free port with a data folder of its own; both are gone when the
//! [`Host`] is dropped, whatever became of the test. What fails, fails with a message that ends in the host's
//! own log. Nothing here measures time: every wait ends when what it waits for has happened, and only gives
//! up after [`PATIENCE`], which no working host needs even on a busy machine. Do not sleep in tests; wait for
//! a log line, a byte, or the end of a connection.
//!
//! - [`Host::get`], [`Host::send`]: a request over a connection of its own, answered whole ([`Response`]).
//! - [`Host::connect`]: a [`Connection`] for several requests, or to read a response as it comes in.
//! - [`Host::raw`]: bytes on a socket, for what no client would send.
//! - [`Host::stop`], [`Host::kill`]: SIGTERM or SIGKILL; [`Serve::data`] lets a second host follow a first.
//! - [`Serve::refused`]: for a host that must not start.
//! - [`paths::binary`]: the program, for tests of `run` and of messages.
//!
//! The binary is `$WASM_APPSVC` if that is set, guests are in `$WASM_APPSVC_GUESTS` or `guests/out`.
//!
//! Not inside: anything that links the host's crates. What can be seen only from within belongs into their
//! own tests, which build in seconds.

#![allow(
    clippy::panic,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "this is test code: what panics here is a test that failed"
)]

pub mod cases;
pub mod paths;
pub mod specification;

mod host;
mod http;
mod log;
mod raw;
mod tls;

use std::future::Future;
use std::time::Duration;

pub use host::{Host, Serve, StartError};
pub use http::{Connection, Request, Response, Version};
pub use log::Log;
pub use raw::Raw;
pub use tls::Certificate;

/// How long anything here waits before it calls the test failed. It is so long because a busy machine may
/// have to compile a component meanwhile; a test that passes never waits for it to end.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for `future`, not longer than [`PATIENCE`].
///
/// # Errors
/// A message that names `what`, when the time is over.
pub async fn within<T>(what: &str, future: impl Future<Output = T>) -> anyhow::Result<T> {
    let ended = tokio::time::timeout(PATIENCE, future).await;
    ended.map_err(|_| anyhow::anyhow!("{what}: nothing after {} s", PATIENCE.as_secs()))
}
