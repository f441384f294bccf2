//! Names of apps.

use std::fmt;

/// The name of an app: 1 to 60 letters, digits and hyphens of ASCII, no hyphen first or last.
///
/// App Service's rule, except that it asks for two characters at least. Such a name is one label of a host
/// name and one component of a path, and needs no escaping in either.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppName(Box<str>);

/// Why a text is not an [`AppName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{given:?} is not an app name; names have 1 to 60 characters, which are letters (a to z), digits and hyphens, \
     and neither begin nor end with a hyphen"
)]
pub struct AppNameError {
    given: String,
}

impl AppName {
    /// The most characters that a name has.
    pub const MAX: usize = 60;

    /// Checks `name`.
    ///
    /// # Errors
    /// [`AppNameError`] tells the rule.
    pub fn new(name: &str) -> Result<Self, AppNameError> {
        let characters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let length = (1..=Self::MAX).contains(&name.len());
        if characters && length && !name.starts_with('-') && !name.ends_with('-') {
            Ok(Self(name.into()))
        } else {
            Err(AppNameError { given: name.to_owned() })
        }
    }

    /// A name made from a file's stem: what a name cannot have becomes one hyphen, and what is too long is
    /// cut. `app` when nothing is left.
    ///
    /// ```
    /// use appsvc_os::identity::AppName;
    /// assert_eq!(AppName::from_stem("my_shop (v1.2)").as_str(), "my-shop-v1-2");
    /// ```
    pub fn from_stem(stem: &str) -> Self {
        let mut name = String::new();
        for character in stem.chars() {
            if character.is_ascii_alphanumeric() {
                name.push(character);
            } else if !name.is_empty() && !name.ends_with('-') {
                name.push('-');
            }
        }
        name.truncate(Self::MAX); // ASCII only by now
        let name = name.trim_end_matches('-');
        Self(if name.is_empty() { "app".into() } else { name.into() })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AppName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
