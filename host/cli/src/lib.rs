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
        eprintln!("wasm-appsvc: {}", one_line(&error));
        ExitCode::FAILURE
    })
}

/// An error and what caused it, in one line. Many errors have the text of their cause in their own: it is not
/// said twice.
fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if !line.contains(&cause) {
            if !line.is_empty() {
                line.push_str(": ");
            }
            line.push_str(&cause);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_not_said_twice() {
        let io = std::io::Error::other("no such file");
        assert_eq!(one_line(&anyhow::Error::new(io)), "no such file");
        let wrapped = anyhow::anyhow!("inner").context("outer: inner").context("top");
        assert_eq!(one_line(&wrapped), "top: outer: inner");
    }
}
