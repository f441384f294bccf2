//! `docs/SPECIFICATION.md` and whether it tells the truth.
//!
//! Inside: the reader of its tables ([`Row`]), the search for the tests that exist ([`test_names`]), and the
//! comparison of the two with the catalogue's IDs and the conformance cases ([`complaints`]). Not inside:
//! whether those tests pass; running them tells.

mod check;
mod sources;
mod table;

pub use check::{Facts, complaints};
pub use sources::test_names;
pub use table::{Row, State, TableError, read};

/// The name by which a row refers to the conformance cases of its own ID.
pub const CONFORMANCE: &str = "conformance";
