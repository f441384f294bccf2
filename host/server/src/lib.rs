//! The HTTP front end: from a listening socket to an app's [`Site`], and back.
//!
//! Inside: connections over HTTP/1.1, HTTP/2 and TLS, spread over [`Threads`]; the [`Limits`] that hold before
//! an app has said anything; the headers that the platform adds (HDR-01 to HDR-16); the time limit on silence
//! (LIFE-01, LIFE-02); pages for requests that got no answer; compression.
//!
//! Not inside: what an app is and how it runs (`appsvc-runtime`), affinity and routing between instances.
//!
//! The libraries (hyper, h2, rustls) are used bare. A stack of middleware would box futures and bodies at each
//! layer; here a request costs one exchange, one copy of the platform's headers and a few readings of a clock
//! more than the library alone, and no timer. `examples/hello_server.rs` and `examples/native_hyper.rs` show
//! how much that is.

mod alarm;
mod clock;
mod config;
mod connection;
mod limits;
mod listen;
mod request;
mod response;
mod server;
mod shutdown;
mod silence;
mod site;
mod threads;
mod tls;

pub use self::config::Config;
pub use self::limits::{LimitError, Limits};
pub use self::listen::BindError;
pub use self::request::{BodyError, RequestBody};
pub use self::server::Server;
pub use self::site::{BoxError, Site};
pub use self::threads::{Threads, ThreadsError};
pub use self::tls::{TlsError, TlsFiles};
