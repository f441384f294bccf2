//! Labels that the platform shows to apps and that nothing else depends on.

use std::fmt;

/// The display name of a region, such as `West Europe`: 1 to 64 characters, no control characters.
/// `Local` unless set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region(Box<str>);

/// The name of a resource group: 1 to 90 letters, digits, `-`, `_`, `.`, `(` and `)`, no dot at the end.
/// `local` unless set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceGroup(Box<str>);

/// Why a text is not a [`Region`] or [`ResourceGroup`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{given:?} is not a {what}; {rule}")]
pub struct LabelError {
    given: String,
    what: &'static str,
    rule: &'static str,
}

impl Region {
    /// Checks `name`.
    ///
    /// # Errors
    /// [`LabelError`] tells the rule.
    pub fn new(name: &str) -> Result<Self, LabelError> {
        if (1..=64).contains(&name.chars().count()) && !name.chars().any(char::is_control) {
            return Ok(Self(name.into()));
        }
        let rule = "that is 1 to 64 characters without control characters, such as West Europe";
        Err(LabelError { given: name.to_owned(), what: "region", rule })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Region {
    fn default() -> Self {
        Self("Local".into())
    }
}

impl ResourceGroup {
    /// Checks `name`.
    ///
    /// # Errors
    /// [`LabelError`] tells the rule.
    pub fn new(name: &str) -> Result<Self, LabelError> {
        let allowed = |c: char| c.is_alphanumeric() || "-_.()".contains(c);
        if (1..=90).contains(&name.chars().count()) && name.chars().all(allowed) && !name.ends_with('.') {
            return Ok(Self(name.into()));
        }
        let rule =
            "that is 1 to 90 letters, digits, hyphens, underscores, dots and parentheses, no dot at the end";
        Err(LabelError { given: name.to_owned(), what: "resource group", rule })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ResourceGroup {
    fn default() -> Self {
        Self("local".into())
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for ResourceGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
