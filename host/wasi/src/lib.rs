//! WASI 0.2 and WASI 0.3 as an app sees them: thin bindings onto the surface in `appsvc-os`.
//!
//! One concrete store type, [`Guest`], carries everything a guest can reach; [`link`] puts the interfaces into a
//! linker. Types, errors and streams are translated here; what a call *does* is decided in `appsvc-os`.
//!
//! * [`cli`]: environment, arguments, exit, standard streams and terminals: ours, over one shared environment.
//! * [`net`]: sockets and name lookup, shut until the network surface is there.
//! * [`http`]: the hooks of `wasi:http`; outgoing requests are shut as well.
//! * files, clocks and random numbers come from `wasmtime-wasi`, made the first time a guest asks for them:
//!   a fresh instance per request must not pay for what it does not use.

pub mod cli;
mod guest;
pub mod http;
mod limiter;
pub mod link;
pub mod net;
mod sandbox;

pub use guest::{Guest, MAX_RESOURCES};
pub use limiter::{Limiter, Reclaim};
pub use sandbox::{Sandbox, SandboxParts};
