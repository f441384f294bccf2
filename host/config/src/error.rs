//! Mistakes in flags and files.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A mistake: where it is and what it is. The text is one line, `WHERE: WHAT; WHAT TO DO`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{at}: {problem}")]
pub struct ConfigError {
    /// Where the value is.
    pub at: Origin,
    /// What is wrong with it and what would be right.
    pub problem: String,
}

impl ConfigError {
    pub(crate) fn new(at: &Origin, problem: impl fmt::Display) -> Self {
        Self { at: at.clone(), problem: problem.to_string() }
    }
}

/// Where a value was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A flag, such as `--plan`.
    Flag(&'static str),
    /// A file as a whole.
    File(Arc<PathBuf>),
    /// A key in a file.
    Key {
        /// The file.
        file: Arc<PathBuf>,
        /// The line, from 1.
        line: usize,
        /// The key with the tables it is in, such as `limits.grace`. Empty for a line that could not be read.
        key: String,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Key { file, line, key } if key.is_empty() => write!(f, "{}:{line}", file.display()),
            Self::Key { file, line, key } => write!(f, "{}:{line}: {key}", file.display()),
        }
    }
}
