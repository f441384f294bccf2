//! Engines, compiled components, apps, and the way of a request to an instance.
//!
//! * [`engine`]: the two engines and the clock that interrupts their guests;
//! * [`program`]: from a file to something that can be instantiated;
//! * [`app`]: an app, its versions and its warm instances;
//! * [`dispatch`]: one request to one instance;
//! * [`fairness`]: who runs when a thread has more guests than time;
//! * [`command`]: a `wasi:cli/command` run once, in the foreground.
//!
//! No HTTP is spoken here: the front end in `appsvc-server` knows nothing of engines, and this crate nothing of
//! connections. They meet in `host/cli`.

pub mod app;
mod backtrace;
pub mod command;
pub mod dispatch;
pub mod engine;
pub mod fairness;
pub mod program;

pub use wasmtime_wasi_http::Error as HttpError;
