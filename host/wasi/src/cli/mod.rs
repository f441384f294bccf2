//! `wasi:cli`: environment, arguments, exit, standard streams, terminals.
//!
//! Ours rather than upstream's for two reasons: upstream copies every variable into every instance, and an app's
//! output has to become lines of the host's log without one guest stopping another. All instances of an app read
//! one [`Environment`](appsvc_os::environment::Environment); a standard stream costs nothing until it is asked for.

mod capture;
mod p2;
mod p3;
mod stdio;

use std::sync::Arc;

use appsvc_os::environment::Environment;
use wasmtime::component::{HasData, ResourceTable};

pub use capture::Capture;
pub use stdio::Stdio;

/// What every process of a sandbox finds: shared, never copied.
#[derive(Debug, Clone)]
pub struct ProcessBlock {
    /// The environment (ENV-01 and after).
    pub environment: Arc<Environment>,
    /// The arguments, the program's name first.
    pub arguments: Vec<String>,
    /// Where the guest starts, if its libc asks.
    pub working_directory: Option<String>,
}

impl ProcessBlock {
    fn variables(&self) -> Vec<(String, String)> {
        self.environment.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
    }
}

/// What the bindings of `wasi:cli` work on.
pub struct CliView<'a> {
    pub(crate) process: &'a ProcessBlock,
    pub(crate) stdio: &'a mut Stdio,
    pub(crate) table: &'a mut ResourceTable,
}

/// Marks `wasi:cli` for the linker.
pub struct Cli;

impl HasData for Cli {
    type Data<'a> = CliView<'a>;
}
