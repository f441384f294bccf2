//! The command line, as far as other test binaries have the same.

use appsvc_tests::cases::Case;

/// What was asked for.
pub(crate) struct Arguments {
    /// Only list the cases.
    pub(crate) list: bool,
    filters: Vec<String>,
    exact: bool,
}

impl Arguments {
    /// Reads the arguments. Those of the standard harness that change nothing here are taken and have no
    /// effect, since `cargo test` gives all test binaries the same.
    pub(crate) fn read(arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut read = Self { list: false, filters: Vec::new(), exact: false };
        for argument in arguments {
            match argument.as_str() {
                "--list" => read.list = true,
                "--exact" => read.exact = true,
                "--nocapture" | "--no-capture" | "--show-output" | "--quiet" | "-q" | "--include-ignored" => {
                }
                other if other.starts_with("--test-threads=") || other.starts_with("--color=") => {}
                other if other.starts_with('-') => {
                    return Err(format!(
                        "{other} is not known; give parts of IDs or titles to run those cases only, or --list"
                    ));
                }
                _ => read.filters.push(argument),
            }
        }
        Ok(read)
    }

    /// Whether `case` is to be run: one of the filters, if there are any, is part of its ID or title.
    pub(crate) fn wants(&self, case: &Case) -> bool {
        let fits = |filter: &String| {
            if self.exact {
                case.id == *filter
            } else {
                case.id.contains(filter) || case.title.contains(filter)
            }
        };
        self.filters.is_empty() || self.filters.iter().any(fits)
    }
}
