//! The environment variables of a sandbox.
//!
//! Inside: what the platform sets (ENV-20 to ENV-23), how app settings and connection strings become
//! variables (ENV-01 to ENV-04), and Windows' rules for names (ENV-07) and sizes (ENV-12). An
//! [`Environment`] is built once per sandbox and shared by all its instances; reading it allocates nothing.
//! Not inside: the host process's own environment. A guest never sees any of it, because it holds the
//! operator's secrets; inheriting it and filtering would leak whatever the filter forgot.
//!
//! Precedence, weakest first: platform variables, app settings, connection strings, plain variables
//! (`--env`). What the platform says about itself (`WEBSITE_SITE_NAME`, `HOME` ...) is read-only: a setting of
//! that name is refused with [`VariableError::ReadOnly`] when it is made, since it could only be ignored or
//! make the app believe something false. Windows' own variables (`PATH`, `TMP` ...) may be overridden.
//!
//! Left out on purpose: `WEBSITE_TIME_ZONE` is the app's to set (ENV-20q) and absent until it is;
//! `REMOTEDEBUGGINGVERSION` (ENV-20z) would promise a debugger that does not exist.

use std::fmt;

mod connection_string;
mod layout;
mod name;
mod platform;
mod settings;
mod variables;

pub use connection_string::{ConnectionStrings, ConnectionType, UnknownConnectionType};
pub use layout::DriveLayout;
pub use name::VariableError;
pub use platform::Platform;
pub use settings::Settings;

use variables::Variables;

/// The two sites of an app: its own, and the management site beside it (SCM-01).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// The app itself.
    Main,
    /// Its SCM (Kudu) site.
    Scm,
}

impl Site {
    /// Whether a variable of this name is for this site (SCM-11, ENV-04). The prefix stays on the name.
    fn sees(self, name: &str) -> bool {
        let foreign = match self {
            Self::Main => "SCMSITE_",
            Self::Scm => "MAINSITE_",
        };
        !name.get(..foreign.len()).is_some_and(|start| start.eq_ignore_ascii_case(foreign))
    }
}

/// What an operator sets for an app, in the three kinds that there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserVariables {
    /// Seen as `K` and as `APPSETTING_K` (ENV-01).
    pub app_settings: Settings,
    /// Seen as `<TYPE>CONNSTR_<name>` (ENV-02, ENV-03).
    pub connection_strings: ConnectionStrings,
    /// Seen as they are.
    pub plain: Settings,
}

/// All variables of one sandbox. Immutable; share it in an `Arc`.
///
/// Names are found without regard to case and keep the case they were given in (ENV-07). The order is
/// Windows': by name, without regard to case.
#[derive(Clone, PartialEq, Eq)]
pub struct Environment {
    variables: Variables,
}

impl Environment {
    /// Puts together what the platform says and what the operator set.
    pub fn new(platform: &Platform<'_>, user: &UserVariables) -> Self {
        let mut variables = Variables::default();
        platform.each(|name, value| variables.set(name, value));
        for (name, value) in user.app_settings.iter().filter(|(name, _)| platform.site.sees(name)) {
            variables.set(name.to_owned(), value.to_owned());
            variables.set(format!("APPSETTING_{name}"), value.to_owned());
        }
        for (name, kind, value) in user.connection_strings.iter() {
            variables.set(format!("{}{name}", kind.prefix()), value.to_owned());
        }
        for (name, value) in user.plain.iter().filter(|(name, _)| platform.site.sees(name)) {
            variables.set(name.to_owned(), value.to_owned());
        }
        Self { variables }
    }

    /// The value of a variable, looked up without regard to case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name)
    }

    /// Name and value of every variable, always in the same order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        self.variables.iter()
    }

    /// How many variables there are.
    pub fn len(&self) -> usize {
        self.iter().len()
    }

    /// Never true: the platform sets some.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Debug for Environment {
    /// Names only: values may be secrets (ENV-09), and debug output ends in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(|(name, _)| name)).finish()
    }
}

#[cfg(test)]
mod tests;
