//! What the HTTP probes share and what does not depend on a WASI version: reading a request target, writing
//! JSON, naming errors, and ways to misuse a machine. Not here: anything that calls WASI.
//!
//! JSON is written by hand so that a probe stays small and its behaviour is all in one place.

pub mod error;
pub mod json;
pub mod stress;
pub mod target;

pub use target::Target;
