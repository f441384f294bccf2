//! What an operator asked for: flags, `app.toml` and defaults, resolved into one value.
//!
//! Inside: the command line ([`Cli`]), the file beside the component, and the rules that join them
//! ([`Cli::resolve`]): flags win over the file, the file over defaults. Both are first read as they stand,
//! then checked by the same code, so that a value means the same in either place and every mistake is one
//! [`ConfigError`] that says where it is, what is there, and what may be. Not inside: acting on any of it.
//!
//! clap's own value parsers would report a bad flag in one style and a bad key of the file in another, and
//! could not say which of the two a value came from.

mod error;
mod file;
mod flags;
mod layer;
mod options;
mod resolve;
mod spec;
mod value;

pub use error::{ConfigError, Origin};
pub use flags::Cli;
pub use resolve::Host;
pub use spec::{HttpLimits, LogFormat, RunSpec, ServeSpec, Spec, TlsFiles};
