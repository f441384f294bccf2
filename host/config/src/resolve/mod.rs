//! Flags over file over defaults.

use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use appsvc_os::app::{AppSpec, TimeLimit};
use appsvc_os::data_folder::default_location;
use appsvc_os::environment::{Settings, UserVariables};
use appsvc_os::identity::{AppName, HostName, Identity, Region, ResourceGroup};
use appsvc_os::plan::Tier;

use crate::error::{ConfigError, Origin};
use crate::file;
use crate::flags::{Cli, Command};
use crate::layer::{Given, Layer, Variable};
use crate::options::Opt;
use crate::spec::{HttpLimits, LogFormat, RunSpec, ServeSpec, Spec, TlsFiles};
use crate::value::{self, Problem};

/// What defaults depend on of the machine and the user.
#[derive(Debug, Clone)]
pub struct Host {
    /// The value of `XDG_DATA_HOME`.
    pub xdg_data_home: Option<OsString>,
    /// The value of `HOME`.
    pub home: Option<OsString>,
    /// Processors that this process may use.
    pub processors: NonZeroUsize,
}

impl Host {
    /// This machine and user.
    pub fn current() -> Self {
        Self {
            xdg_data_home: std::env::var_os("XDG_DATA_HOME"),
            home: std::env::var_os("HOME"),
            processors: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        }
    }
}

impl Cli {
    /// Reads the file, if there is one, and puts everything together.
    ///
    /// # Errors
    /// The first mistake that is found in the flags or in the file.
    pub fn resolve(self, host: &Host) -> Result<Spec, ConfigError> {
        match self.command {
            Command::Serve(flags) => {
                let config = flags.app.config.clone();
                let layer = flags.app.layer()?.over(flags.serve.layer());
                let spec = resolve(flags.component, layer, config, host)?;
                Ok(Spec::Serve(Box::new(spec)))
            }
            Command::Run(flags) => {
                let config = flags.app.config.clone();
                let ServeSpec { app, log_format, .. } =
                    resolve(flags.component, flags.app.layer()?, config, host)?;
                Ok(Spec::Run(Box::new(RunSpec { app, args: flags.args, log_format })))
            }
        }
    }
}

fn resolve(
    component: PathBuf,
    flags: Layer,
    config: Option<PathBuf>,
    host: &Host,
) -> Result<ServeSpec, ConfigError> {
    let (path, required) = match config {
        Some(path) => (path, true),
        None => (component.with_file_name("app.toml"), false),
    };
    let file = match fs::read_to_string(&path) {
        Ok(text) => file::parse(&path, &text)?,
        Err(error) if !required && error.kind() == io::ErrorKind::NotFound => Layer::default(),
        Err(error) => {
            let at = Origin::File(path.into());
            return Err(ConfigError::new(&at, format_args!("cannot read the file: {error}")));
        }
    };
    check(component, &flags.over(file), host)
}

/// Checks everything that was said and fills in the rest.
fn check(component: PathBuf, said: &Layer, host: &Host) -> Result<ServeSpec, ConfigError> {
    let mut spec = ServeSpec {
        app: app(component, said, host)?,
        listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
        tls: tls(said)?,
        http: http(said)?,
        log_format: LogFormat::default(),
        grace: Duration::from_secs(30),
        threads: host.processors,
    };
    said.set(&mut spec.listen, Opt::Addr, value::address)?;
    said.set(&mut spec.log_format, Opt::LogFormat, value::log_format)?;
    said.set(&mut spec.grace, Opt::Grace, |text| value::duration(text, Duration::ZERO..=HOUR))?;
    said.set(&mut spec.threads, Opt::Threads, |text| {
        let number = count(text, 1..=1024)?;
        NonZeroUsize::new(number).ok_or_else(|| "0 threads cannot run anything".to_owned())
    })?;
    Ok(spec)
}

const HOUR: Duration = Duration::from_secs(60 * 60);
const MILLISECOND: Duration = Duration::from_millis(1);

fn app(component: PathBuf, said: &Layer, host: &Host) -> Result<AppSpec, ConfigError> {
    let stem = component.file_stem().unwrap_or_default().to_string_lossy();
    let name = said.one(Opt::Name, AppName::new)?.unwrap_or_else(|| AppName::from_stem(&stem));
    let mut identity = Identity::local(name);
    said.set(&mut identity.host_name, Opt::HostName, HostName::new)?;
    said.set(&mut identity.region, Opt::Region, Region::new)?;
    said.set(&mut identity.resource_group, Opt::ResourceGroup, ResourceGroup::new)?;
    said.set(&mut identity.subscription, Opt::Subscription, value::uuid)?;

    let data = match said.path(Opt::Data) {
        Some(data) => data,
        None => default_location(host.xdg_data_home.as_deref(), host.home.as_deref())
            .map_err(|error| ConfigError::new(&Origin::Flag("--data"), error))?,
    };

    let mut app = AppSpec::new(identity, component, data);
    app.variables = variables(said)?;
    said.set(&mut app.tier, Opt::Plan, Tier::named)?;
    said.set(&mut app.reuse, Opt::Reuse, value::parsed)?;
    said.set(&mut app.time_limit, Opt::TimeLimit, time_limit)?;
    said.set(&mut app.background_limit, Opt::BackgroundLimit, time_limit)?;
    said.set(&mut app.compression, Opt::Compression, value::switch)?;
    said.set(&mut app.iis_headers, Opt::IisHeaders, value::switch)?;
    Ok(app)
}

fn variables(said: &Layer) -> Result<UserVariables, ConfigError> {
    let settings = |given: &[Variable]| {
        let mut settings = Settings::default();
        for Variable { at, name, value } in given {
            settings.set(name, value).map_err(|error| ConfigError::new(at, error))?;
        }
        Ok(settings)
    };
    let mut variables = UserVariables {
        app_settings: settings(&said.app_settings)?,
        plain: settings(&said.env)?,
        ..UserVariables::default()
    };
    for given in &said.connection_strings {
        let kind = value::parsed(&given.kind).map_err(|error| ConfigError::new(&given.at, error))?;
        let set = variables.connection_strings.set(&given.name, kind, &given.value);
        set.map_err(|error| ConfigError::new(&given.at, error))?;
    }
    Ok(variables)
}

fn tls(said: &Layer) -> Result<Option<TlsFiles>, ConfigError> {
    let alone = |key: Opt, other: &str| {
        let at = said.values.get(&key).map_or(Origin::Flag("--tls-cert"), |given| given.at.clone());
        Err(ConfigError::new(
            &at,
            format_args!("{other} is missing; give both the certificate and its key, or neither"),
        ))
    };
    match (said.path(Opt::TlsCert), said.path(Opt::TlsKey)) {
        (Some(cert), Some(key)) => Ok(Some(TlsFiles { cert, key })),
        (None, None) => Ok(None),
        (Some(_), None) => alone(Opt::TlsCert, "--tls-key"),
        (None, Some(_)) => alone(Opt::TlsKey, "--tls-cert"),
    }
}

fn http(said: &Layer) -> Result<HttpLimits, ConfigError> {
    let mut http = HttpLimits::default();
    said.set(&mut http.max_header_bytes, Opt::MaxHeaderBytes, |text| {
        size(text, 8 * 1024..=16 * 1024 * 1024)
    })?;
    // The URL is a part of the head, and the library that reads it counts in 16 bits.
    let longest_url = http.max_header_bytes.min(usize::from(u16::MAX) - 1);
    http.max_url = http.max_url.min(longest_url);
    said.set(&mut http.max_url, Opt::MaxUrl, |text| {
        size(text, 1..=u64::try_from(longest_url).unwrap_or(u64::MAX))
    })?;
    said.set(&mut http.max_headers, Opt::MaxHeaders, |text| count(text, 1..=10_000))?;
    said.set(&mut http.head_timeout, Opt::HeadTimeout, |text| value::duration(text, MILLISECOND..=HOUR))?;
    said.set(&mut http.idle_timeout, Opt::IdleTimeout, |text| value::duration(text, MILLISECOND..=HOUR))?;
    said.set(&mut http.min_body_rate, Opt::MinBodyRate, |text| value::size(text, 0..=1024 * 1024 * 1024))?;
    said.set(&mut http.max_connections, Opt::MaxConnections, |text| count(text, 1..=1_000_000))?;
    Ok(http)
}

fn time_limit(text: &str) -> Result<TimeLimit, Problem> {
    let limit = value::duration(text, TimeLimit::MIN..=TimeLimit::MAX)?;
    TimeLimit::new(limit).map_err(|error| error.to_string())
}

fn count(text: &str, range: RangeInclusive<u64>) -> Result<usize, Problem> {
    value::number(text, range).and_then(in_memory)
}

fn size(text: &str, range: RangeInclusive<u64>) -> Result<usize, Problem> {
    value::size(text, range).and_then(in_memory)
}

fn in_memory(number: u64) -> Result<usize, Problem> {
    usize::try_from(number).map_err(|_| format!("{number} is too much for this machine"))
}

impl Layer {
    /// The value of an option, if it was given.
    fn one<T, E: Display>(
        &self,
        key: Opt,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, ConfigError> {
        let read = |given: &Given| read(&given.text()).map_err(|error| ConfigError::new(&given.at, error));
        self.values.get(&key).map(read).transpose()
    }

    /// Puts the value of an option in place of its default, if it was given.
    fn set<T, E: Display>(
        &self,
        default: &mut T,
        key: Opt,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<(), ConfigError> {
        if let Some(value) = self.one(key, read)? {
            *default = value;
        }
        Ok(())
    }

    fn path(&self, key: Opt) -> Option<PathBuf> {
        self.values.get(&key).map(|given| PathBuf::from(given.raw()))
    }
}

#[cfg(test)]
mod tests;
