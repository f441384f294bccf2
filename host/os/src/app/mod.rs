//! What an app is set to: plain data, complete and valid.
//!
//! Inside: [`AppSpec`] and the small types that leave it no bad state. Not inside: where the values come from
//! (`appsvc-config`) and what is done with them.

use std::path::PathBuf;

mod reuse;
mod time_limit;

pub use reuse::{Reuse, UnknownReuse};
pub use time_limit::{TimeLimit, TimeLimitError};

use crate::environment::{DriveLayout, Environment, Platform, Site, UserVariables};
use crate::identity::{Identity, InstanceId};
use crate::plan::Tier;

/// One app, as it is to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppSpec {
    /// Its name and what goes with it.
    pub identity: Identity,
    /// Its tier.
    pub tier: &'static Tier,
    /// The file with the component.
    pub component: PathBuf,
    /// The folder under which the app's own folder is (`data_folder`).
    pub data: PathBuf,
    /// App settings, connection strings and plain variables.
    pub variables: UserVariables,
    /// Whether an instance serves more than one request.
    pub reuse: Reuse,
    /// How long a request may be silent before the client gets the platform's error (LIFE-01, LIFE-02).
    pub time_limit: TimeLimit,
    /// How long the guest may go on after its client has been answered.
    pub background_limit: TimeLimit,
    /// Whether responses are compressed for clients that take it.
    pub compression: bool,
    /// Whether responses have IIS' own headers (HDR-23).
    pub iis_headers: bool,
}

impl AppSpec {
    /// An app with everything at its default: tier B1, 230 s of time limit and of background limit, compression on,
    /// IIS headers off, reuse left to the host.
    pub fn new(identity: Identity, component: PathBuf, data: PathBuf) -> Self {
        Self {
            identity,
            tier: Tier::DEFAULT,
            component,
            data,
            variables: UserVariables::default(),
            reuse: Reuse::default(),
            time_limit: TimeLimit::default(),
            background_limit: TimeLimit::default(),
            compression: true,
            iis_headers: false,
        }
    }

    /// The environment of one of its sandboxes. Build it once and share it.
    pub fn environment(&self, site: Site, instance: &InstanceId, layout: DriveLayout) -> Environment {
        let platform = Platform { site, identity: &self.identity, tier: self.tier, instance, layout };
        Environment::new(&platform, &self.variables)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::identity::AppName;

    #[test]
    fn defaults_are_those_of_the_platform() {
        let identity = Identity::local(AppName::new("shop").unwrap());
        let mut app = AppSpec::new(identity, "shop.wasm".into(), "/data".into());
        assert_eq!(app.time_limit.get(), Duration::from_secs(230));
        assert_eq!(app.background_limit.get(), Duration::from_secs(230));
        assert_eq!((app.reuse, app.compression, app.iis_headers), (Reuse::Auto, true, false));

        app.variables.app_settings.set("A", "1").unwrap();
        let environment = app.environment(Site::Main, &InstanceId::random(), DriveLayout::default());
        assert_eq!(environment.get("APPSETTING_A"), Some("1"));
        assert_eq!(environment.get("WEBSITE_SKU"), Some("Basic"));
    }
}
