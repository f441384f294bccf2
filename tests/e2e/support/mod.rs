//! What the end-to-end tests share.

mod body;
mod log;
mod neighbours;
mod place;
mod process;
mod scene;
mod socket;

pub(crate) use body::{Feed, feed};
pub(crate) use log::{about, explained, nth};
pub(crate) use neighbours::Neighbours;
pub(crate) use place::{args, compiled, data, serve, unique};
pub(crate) use process::{Ended, Program};
pub(crate) use scene::{Scene, resident};
pub(crate) use socket::{statuses, talk};

/// The probes that most tests are run with: WASI 0.2 and 0.3.
pub(crate) const PROBES: [&str; 2] = ["http-p2", "http-p3"];
