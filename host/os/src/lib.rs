//! The operating-system surface of an app as plain Rust: no engine, no TLS, no HTTP library.
//!
//! One surface, one folder. What is here can be built and tested in seconds; the bindings that show it to
//! WebAssembly guests are in `appsvc-wasi`, the engine in `appsvc-runtime`, the front end in `appsvc-server`.

pub mod app;
pub mod budget;
pub mod data_folder;
pub mod environment;
pub mod exchange;
pub mod identity;
pub mod lines;
pub mod log;
pub mod nearest;
pub mod plan;
