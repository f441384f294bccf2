//! Who an app is: its name, its default host name, and the labels that the platform shows beside them.
//!
//! Inside: types whose values are valid by construction, so that a name can become a folder, a host name or
//! a variable without being checked again. Not inside: what the app may use (`plan`) or what it is set to
//! (`app`).

use uuid::Uuid;

mod app_name;
mod host_name;
mod instance_id;
mod labels;

pub use app_name::{AppName, AppNameError};
pub use host_name::{HostName, HostNameError};
pub use instance_id::{InstanceId, NotAnInstanceId};
pub use labels::{LabelError, Region, ResourceGroup};

/// What names an app and says whose it is and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `WEBSITE_SITE_NAME` (ENV-20).
    pub name: AppName,
    /// The default host name, never a custom one: `WEBSITE_HOSTNAME` (ENV-20e, HDR-06).
    pub host_name: HostName,
    /// `REGION_NAME` (ENV-20c).
    pub region: Region,
    /// `WEBSITE_RESOURCE_GROUP` (ENV-20a).
    pub resource_group: ResourceGroup,
    /// The first part of `WEBSITE_OWNER_NAME` (ENV-20b).
    pub subscription: Uuid,
}

impl Identity {
    /// The identity of an app of which only the name is known: host name `NAME.localhost`, region `Local`,
    /// resource group `local`, subscription all zeros.
    pub fn local(name: AppName) -> Self {
        Self {
            host_name: HostName::local(&name),
            name,
            region: Region::default(),
            resource_group: ResourceGroup::default(),
            subscription: Uuid::nil(),
        }
    }

    /// The value of `WEBSITE_OWNER_NAME`: `<subscription>+<resource group>-<region>webspace`, the region
    /// without its spaces (ENV-20b).
    pub fn owner(&self) -> String {
        let region: String = self.region.as_str().chars().filter(|c| !c.is_whitespace()).collect();
        format!("{}+{}-{region}webspace", self.subscription, self.resource_group)
    }
}

#[cfg(test)]
mod tests;
