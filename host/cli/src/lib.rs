//! The host as a program: puts configuration, runtime and front end together.
//!
//! * [`serve`]: an app behind the front end; [`run`]: a command in the foreground;
//! * [`assemble`]: from a specification to folder, sandbox and engines, the same for both;
//! * [`site`]: where the front end and the runtime meet; neither knows the other;
//! * [`watch`]: new versions of a served component; [`log`]: what the operator reads.

pub mod assemble;
pub mod log;
pub mod run;
pub mod serve;
pub mod site;
pub mod watch;

use std::process::ExitCode;

use appsvc_config::{Cli, Host, Spec};

/// Reads the command line and does what it asks for.
pub fn main() -> ExitCode {
    let done = match Cli::from_process().resolve(&Host::current()) {
        Ok(Spec::Serve(spec)) => serve::serve(*spec),
        Ok(Spec::Run(spec)) => run::run(*spec),
        Err(error) => {
            eprintln!("wasm-appsvc: {error}");
            return ExitCode::from(2);
        }
    };
    done.unwrap_or_else(|error| {
        eprintln!("wasm-appsvc: {error:#}");
        ExitCode::FAILURE
    })
}
