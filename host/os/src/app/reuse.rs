//! Whether an instance serves more than one request.

use std::fmt;
use std::str::FromStr;

use crate::nearest::nearest;

/// What becomes of an instance after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Reuse {
    /// A component for WASI 0.3 is used again, one for WASI 0.2 is not.
    #[default]
    Auto,
    /// It is used again.
    Always,
    /// Each request gets a fresh one.
    Never,
}

impl Reuse {
    /// Every value.
    pub const ALL: [Self; 3] = [Self::Auto, Self::Always, Self::Never];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

impl FromStr for Reuse {
    type Err = UnknownReuse;

    fn from_str(text: &str) -> Result<Self, UnknownReuse> {
        let found = Self::ALL.into_iter().find(|reuse| reuse.as_str() == text);
        found.ok_or_else(|| UnknownReuse { given: text.to_owned() })
    }
}

/// A text that is not a [`Reuse`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownReuse {
    given: String,
}

impl std::error::Error for UnknownReuse {}

impl fmt::Display for UnknownReuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is not a reuse mode", self.given)?;
        if let Some(nearest) = nearest(&self.given, Reuse::ALL.map(Reuse::as_str)) {
            write!(f, "; the nearest is {nearest}")?;
        }
        f.write_str("; give auto, always or never")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for reuse in Reuse::ALL {
            assert_eq!(reuse.as_str().parse(), Ok(reuse));
        }
        let text = "allways".parse::<Reuse>().unwrap_err().to_string();
        assert_eq!(
            text,
            "\"allways\" is not a reuse mode; the nearest is always; give auto, always or never"
        );
    }
}
