//! What the platform itself sets, as one table.

use std::borrow::Cow;

use super::{DriveLayout, Site};
use crate::identity::{Identity, InstanceId};
use crate::plan::Tier;

/// What the platform's variables are made from.
#[derive(Debug, Clone, Copy)]
pub struct Platform<'a> {
    /// Which of the app's two sites the sandbox is.
    pub site: Site,
    /// Who the app is.
    pub identity: &'a Identity,
    /// Its tier.
    pub tier: &'static Tier,
    /// The instance.
    pub instance: &'a InstanceId,
    /// Where its writable places are.
    pub layout: DriveLayout,
}

impl Platform<'_> {
    /// Calls `set` with the name and value of every variable.
    pub(super) fn each<'b>(&'b self, mut set: impl FnMut(&'static str, Cow<'b, str>)) {
        for row in TABLE {
            set(row.name, (row.value)(self));
        }
    }

    /// `APP_POOL_ID` and `WEBSITE_IIS_SITE_NAME`: the site's name, `~1` before it for the SCM site (SCM-06).
    fn pool(&self) -> Cow<'_, str> {
        match self.site {
            Site::Main => Cow::Borrowed(self.identity.name.as_str()),
            Site::Scm => Cow::Owned(format!("~1{}", self.identity.name)),
        }
    }
}

/// What somebody who set the variable should do instead, if the variable is read-only.
pub(super) fn read_only(name: &str) -> Option<(&'static str, &'static str)> {
    let row = TABLE.iter().find(|row| row.name.eq_ignore_ascii_case(name))?;
    row.instead.map(|instead| (row.name, instead))
}

struct Row {
    name: &'static str,
    /// What to do instead of setting a read-only variable; `None` for one that may be overridden.
    instead: Option<&'static str>,
    value: for<'a> fn(&'a Platform<'_>) -> Cow<'a, str>,
}

/// A variable that only the platform sets.
const fn fixed(
    name: &'static str,
    instead: &'static str,
    value: for<'a> fn(&'a Platform<'_>) -> Cow<'a, str>,
) -> Row {
    Row { name, instead: Some(instead), value }
}

/// A variable that an app's own settings may override.
const fn open(name: &'static str, value: for<'a> fn(&'a Platform<'_>) -> Cow<'a, str>) -> Row {
    Row { name, instead: None, value }
}

const LEAVE_OUT: &str = "leave it out";
const PLAN: &str = "it follows from --plan";
const NAME: &str = "it follows from --name";

const TABLE: &[Row] = &[
    // ENV-20 and following: what the platform says about itself.
    fixed("WEBSITE_SITE_NAME", NAME, |p| p.identity.name.as_str().into()),
    fixed("WEBSITE_RESOURCE_GROUP", "set resource_group in app.toml", |p| {
        p.identity.resource_group.as_str().into()
    }),
    fixed("WEBSITE_OWNER_NAME", "set subscription in app.toml", |p| p.identity.owner().into()),
    fixed("REGION_NAME", "set region in app.toml", |p| p.identity.region.as_str().into()),
    fixed("WEBSITE_PLATFORM_VERSION", LEAVE_OUT, |_| env!("CARGO_PKG_VERSION").into()),
    fixed("WEBSITE_HOSTNAME", "give --host-name", |p| p.identity.host_name.as_str().into()),
    fixed("WEBSITE_SKU", PLAN, |p| p.tier.sku().as_str().into()),
    fixed("WEBSITE_COMPUTE_MODE", PLAN, |p| p.tier.compute_mode().as_str().into()),
    fixed("SITE_BITNESS", PLAN, |p| p.tier.bitness().as_str().into()),
    // NET-24: -1 stands for no limit.
    fixed("WEBSOCKET_CONCURRENT_REQUEST_LIMIT", PLAN, |p| {
        p.tier.web_sockets().map_or(Cow::Borrowed("-1"), |limit| limit.to_string().into())
    }),
    fixed("WEBSITE_SCM_ALWAYS_ON_ENABLED", PLAN, |p| if p.tier.always_on() { "1" } else { "0" }.into()),
    // SCM-02: the management site never shares the app's sandbox.
    fixed("WEBSITE_SCM_SEPARATE_STATUS", LEAVE_OUT, |_| "1".into()),
    // ENV-20s: this host writes no web server logs.
    fixed("WEBSITE_HTTPLOGGING_ENABLED", LEAVE_OUT, |_| "0".into()),
    // FS-33: there is no standby volume to fail over to.
    fixed("WEBSITE_VOLUME_TYPE", LEAVE_OUT, |_| "PrimaryStorageVolume".into()),
    fixed("WEBSITE_INSTANCE_ID", LEAVE_OUT, |p| p.instance.as_str().into()),
    // ENV-20i: the ordinal of the instance; there is one.
    fixed("WEBSITE_ROLE_INSTANCE_ID", LEAVE_OUT, |_| "0".into()),
    fixed("WEBSITE_IIS_SITE_NAME", NAME, |p| p.pool()),
    fixed("APP_POOL_ID", NAME, |p| p.pool()),
    // HDR-07, SLOT-10: the production slot's id is the app's name.
    fixed("WEBSITE_DEPLOYMENT_ID", NAME, |p| p.identity.name.as_str().into()),
    fixed("WEBSITE_SLOT_NAME", LEAVE_OUT, |_| "Production".into()),
    // ENV-20o. There is no unmapped location behind these paths that a guest could open (FS-32), so the
    // _EXPANDED forms are the paths themselves.
    fixed("HOME", LEAVE_OUT, |p| p.layout.home().into()),
    fixed("HOME_EXPANDED", LEAVE_OUT, |p| p.layout.home().into()),
    fixed("LOCAL_EXPANDED", LEAVE_OUT, |p| p.layout.local().into()),
    open("TMP", |p| p.layout.local_folder("Temp").into()),
    open("TEMP", |p| p.layout.local_folder("Temp").into()),
    open("APPDATA", |p| p.layout.local_folder("AppData").into()),
    open("LOCALAPPDATA", |p| p.layout.local_folder("LocalAppData").into()),
    open("ProgramData", |p| p.layout.local_folder("ProgramData").into()),
    open("USERPROFILE", |p| p.layout.local_folder("UserProfile").into()),
    // ENV-23: what every Windows machine has. FS-03: both drive variables have the same root.
    open("SystemDrive", |_| "C:".into()),
    open("ResourceDrive", |_| "C:".into()),
    open("SystemRoot", |_| r"C:\Windows".into()),
    open("windir", |_| r"C:\Windows".into()),
    open("ProgramFiles", |_| r"C:\Program Files".into()),
    open("ProgramFiles(x86)", |_| r"C:\Program Files (x86)".into()),
    open("ComSpec", |_| r"C:\Windows\system32\cmd.exe".into()),
    open("PATH", |_| r"C:\Windows\system32;C:\Windows;C:\Windows\System32\Wbem".into()),
    open("PATHEXT", |_| ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC".into()),
    open("OS", |_| "Windows_NT".into()),
    open("COMPUTERNAME", |p| p.instance.computer_name().into()),
    open("NUMBER_OF_PROCESSORS", |p| p.tier.cores().to_string().into()),
    open("PROCESSOR_ARCHITECTURE", |p| p.tier.bitness().as_str().into()),
];
