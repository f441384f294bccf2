//! Host names.

use std::fmt;

use super::AppName;

/// A DNS name in lower case: labels of 1 to 63 letters, digits and hyphens, at most 253 characters in all.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostName(Box<str>);

/// Why a text is not a [`HostName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{given:?} is not a host name; give a name such as shop.example.com, without a scheme, a port or a path: labels \
     of 1 to 63 letters, digits and hyphens, 253 characters at most in all"
)]
pub struct HostNameError {
    given: String,
}

impl HostName {
    /// Checks `name` and puts it in lower case.
    ///
    /// # Errors
    /// [`HostNameError`] tells the rule.
    pub fn new(name: &str) -> Result<Self, HostNameError> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        if name.len() <= 253 && name.split('.').all(label) {
            Ok(Self(name.to_ascii_lowercase().into()))
        } else {
            Err(HostNameError { given: name.to_owned() })
        }
    }

    /// `NAME.localhost`: every resolver answers names below `localhost` with the loopback address.
    pub fn local(name: &AppName) -> Self {
        Self(format!("{}.localhost", name.as_str().to_ascii_lowercase()).into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
