//! Instance ids.

use std::fmt;

use uuid::Uuid;

/// The id of one instance of an app: 64 hexadecimal digits (SCM-13, ENV-20h), in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct InstanceId(Box<str>);

/// A text that is not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an instance id; that is 64 hexadecimal digits")]
pub struct NotAnInstanceId;

impl InstanceId {
    /// A new id that no other instance has.
    pub fn random() -> Self {
        Self(format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple()).into())
    }

    /// Checks `text` and puts it in lower case.
    ///
    /// # Errors
    /// [`NotAnInstanceId`] unless it is 64 hexadecimal digits.
    pub fn new(text: &str) -> Result<Self, NotAnInstanceId> {
        if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_lowercase().into()))
        } else {
            Err(NotAnInstanceId)
        }
    }

    /// The 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first six digits, which tools use in file names (SCM-13).
    pub fn short(&self) -> &str {
        self.0.get(..6).unwrap_or_default()
    }

    /// The name of the instance's machine, `COMPUTERNAME` (PROC-34): of the form that the platform's have.
    pub fn computer_name(&self) -> String {
        format!("RD0003FF{}", self.short().to_ascii_uppercase())
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
