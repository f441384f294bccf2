//! Flags about the app, for `serve` and `run`.

use std::path::PathBuf;

use clap::Args;

use super::{connection, variable};
use crate::error::ConfigError;
use crate::layer::Layer;
use crate::options::Opt;

#[derive(Clone, Args)]
#[command(next_help_heading = "App")]
pub(crate) struct AppFlags {
    /// The app's name: 1 to 60 letters, digits and hyphens [default: made from the component's file name]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// The tier, which sets the app's amounts: F1, D1, B1 to B3, S1 to S3, P1v3, P1mv3, I1v2 ... [default: B1]
    #[arg(long, value_name = "TIER")]
    pub(crate) plan: Option<String>,

    /// The app's default host name, without a port [default: NAME.localhost]
    #[arg(long, value_name = "HOST")]
    pub(crate) host_name: Option<String>,

    /// Set an environment variable. May be repeated
    #[arg(long, value_name = "K=V")]
    pub(crate) env: Vec<String>,

    /// Set an app setting, which the app sees as the variables K and APPSETTING_K. May be repeated
    #[arg(long, value_name = "K=V")]
    pub(crate) app_setting: Vec<String>,

    /// Set a connection string, which the app sees as a variable such as SQLAZURECONNSTR_NAME. Types: SQLServer,
    /// SQLAzure, MySql, PostgreSQL, Custom, ServiceBus, RedisCache ... May be repeated
    #[arg(long, value_name = "NAME:TYPE=VALUE")]
    pub(crate) connection_string: Vec<String>,

    /// The folder under which apps are kept, this one in DIR/NAME [default: $XDG_DATA_HOME/wasm-appsvc, else
    /// ~/.local/share/wasm-appsvc]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// The file with these options [default: app.toml beside the component, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// The form of log lines: text or json [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<String>,
}

impl AppFlags {
    /// What was given, still unchecked but for the form `NAME=VALUE`.
    pub(crate) fn layer(self) -> Result<Layer, ConfigError> {
        let mut layer = Layer::default();
        layer.flag(Opt::Name, self.name);
        layer.flag(Opt::Plan, self.plan);
        layer.flag(Opt::HostName, self.host_name);
        layer.flag(Opt::Data, self.data);
        layer.flag(Opt::LogFormat, self.log_format);
        for text in &self.env {
            layer.env.push(variable("--env", text)?);
        }
        for text in &self.app_setting {
            layer.app_settings.push(variable("--app-setting", text)?);
        }
        for text in &self.connection_string {
            layer.connection_strings.push(connection(text)?);
        }
        Ok(layer)
    }
}
