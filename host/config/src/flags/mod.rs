//! The command line, as clap reads it.
//!
//! Every value is still the text that was typed: it is checked together with those of the file. What clap
//! refuses here is what has no meaning at all, such as a flag that does not exist.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::error::{ConfigError, Origin};
use crate::layer::{Connection, Layer, Variable};

mod app;
mod serve;

pub(crate) use app::AppFlags;
pub(crate) use serve::ServeFlags;

/// Runs WebAssembly components in the operating-system surface of Azure App Service on Windows
// No Debug here and below: what was typed has secrets in it.
#[derive(Clone, Parser)]
#[command(name = "wasm-appsvc", version, arg_required_else_help = true, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// Reads the arguments of this process. Ends it with a message when they make no sense, and after
    /// `--help` and `--version`.
    pub fn from_process() -> Self {
        Self::parse()
    }
}

#[derive(Clone, Subcommand)]
pub(crate) enum Command {
    Serve(Box<Serve>),
    Run(Box<Run>),
}

/// Serve an app over HTTP until told to stop
///
/// The component must export a handler for HTTP requests (wasi:http, WASI 0.2 or 0.3). Every option may also stand
/// in app.toml beside the component; flags win over the file.
#[derive(Clone, Args)]
#[command(after_help = "Examples:
  wasm-appsvc serve shop.wasm
  wasm-appsvc serve shop.wasm --plan S1 --app-setting Color=red --time-limit 10s
  wasm-appsvc serve shop.wasm --addr 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem")]
pub(crate) struct Serve {
    /// The file with the component
    #[arg(value_name = "COMPONENT")]
    pub(crate) component: PathBuf,
    #[command(flatten)]
    pub(crate) app: AppFlags,
    #[command(flatten)]
    pub(crate) serve: ServeFlags,
}

/// Run a command once, in the environment and with the files of an app
///
/// The component must export wasi:cli/run. What app.toml says about requests is checked and has no effect.
#[derive(Clone, Args)]
#[command(after_help = "Example:
  wasm-appsvc run migrate.wasm --name shop -- --dry-run 42")]
pub(crate) struct Run {
    /// The file with the component
    #[arg(value_name = "COMPONENT")]
    pub(crate) component: PathBuf,
    #[command(flatten)]
    pub(crate) app: AppFlags,
    /// What the command gets as its arguments
    #[arg(last = true, value_name = "ARGS")]
    pub(crate) args: Vec<String>,
}

/// Reads `NAME=VALUE`.
fn variable(flag: &'static str, text: &str) -> Result<Variable, ConfigError> {
    let at = Origin::Flag(flag);
    match text.split_once('=') {
        Some((name, value)) => Ok(Variable { at, name: name.to_owned(), value: value.to_owned() }),
        None => Err(ConfigError::new(&at, format_args!("{text:?} has no \"=\"; give NAME=VALUE"))),
    }
}

/// Reads `NAME:TYPE=VALUE`. Nothing after the first `=` is ever shown: it is a secret.
fn connection(text: &str) -> Result<Connection, ConfigError> {
    let at = Origin::Flag("--connection-string");
    let wanted = "give NAME:TYPE=VALUE, such as db:SQLAzure=Server=...";
    let Some((head, value)) = text.split_once('=') else {
        return Err(ConfigError::new(&at, format_args!("{text:?} has no \"=\"; {wanted}")));
    };
    let Some((name, kind)) = head.rsplit_once(':') else {
        return Err(ConfigError::new(
            &at,
            format_args!("{head:?} has no \":\" and type before the \"=\"; {wanted}"),
        ));
    };
    Ok(Connection { at, name: name.to_owned(), kind: kind.to_owned(), value: value.to_owned() })
}

impl Layer {
    /// Takes a flag if it was given.
    fn flag(&mut self, key: crate::options::Opt, value: Option<impl Into<std::ffi::OsString>>) {
        let flag = crate::options::ROWS.iter().find(|row| row.key == key).and_then(|row| row.flag);
        if let (Some(value), Some(flag)) = (value, flag) {
            self.values.insert(key, crate::layer::Given::new(Origin::Flag(flag), value));
        }
    }
}

#[cfg(test)]
mod tests;
