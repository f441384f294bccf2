//! What one place, the command line or a file, says: as it stands there, not yet checked.
//!
//! Nothing here has a debug form: values may be secrets.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use crate::error::Origin;
use crate::options::Opt;

/// A value and where it was given.
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) at: Origin,
    value: OsString,
}

impl Given {
    pub(crate) fn new(at: Origin, value: impl Into<OsString>) -> Self {
        Self { at, value: value.into() }
    }

    /// As text; only paths can be anything else.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        self.value.to_string_lossy()
    }

    /// As it is, for paths.
    pub(crate) fn raw(&self) -> &OsStr {
        &self.value
    }
}

/// A variable.
#[derive(Clone)]
pub(crate) struct Variable {
    pub(crate) at: Origin,
    pub(crate) name: String,
    pub(crate) value: String,
}

/// A connection string.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) at: Origin,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) value: String,
}

/// Everything that one place says. Later entries of the lists win over earlier ones.
#[derive(Default)]
pub(crate) struct Layer {
    pub(crate) values: BTreeMap<Opt, Given>,
    pub(crate) env: Vec<Variable>,
    pub(crate) app_settings: Vec<Variable>,
    pub(crate) connection_strings: Vec<Connection>,
}

impl Layer {
    /// This layer upon another, which it wins over.
    pub(crate) fn over(mut self, mut below: Self) -> Self {
        below.values.append(&mut self.values);
        below.env.append(&mut self.env);
        below.app_settings.append(&mut self.app_settings);
        below.connection_strings.append(&mut self.connection_strings);
        below
    }
}
