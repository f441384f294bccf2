//! Every guest there is. Adding one means adding a line here and a folder in `guests/`.

use super::recipe::Recipe;
use super::recipe::Recipe::{Cargo, FirstHalf, JavaScript, Python, Text, Wat};

/// One guest.
#[derive(Debug)]
pub(crate) struct Guest {
    /// `guests/out/NAME.wasm`.
    pub(crate) name: &'static str,
    /// What it is, for people.
    pub(crate) about: &'static str,
    /// Where its source is, relative to `guests/`.
    pub(super) folder: &'static str,
    pub(super) recipe: Recipe,
}

const fn guest(name: &'static str, folder: &'static str, recipe: Recipe, about: &'static str) -> Guest {
    Guest { name, about, folder, recipe }
}

const fn rust(name: &'static str) -> Recipe {
    Cargo { package: name, target: "wasm32-wasip2", with: &[] }
}

const fn probe(name: &'static str, target: &'static str) -> Recipe {
    Cargo { package: name, target, with: &["probes/support"] }
}

const WASIP1: &str = "wasm32-wasip1";
const WASIP2: &str = "wasm32-wasip2";

/// The guests, in the order they are built in: small ones first, so that mistakes show early.
#[rustfmt::skip] // a table
pub(crate) const GUESTS: &[Guest] = &[
    guest("hello-p2", "bench/hello-p2", rust("hello-p2"), "smallest WASI 0.2 HTTP component, for benches"),
    guest("hello-p3", "bench/hello-p3", rust("hello-p3"), "smallest WASI 0.3 HTTP component, for benches"),

    guest("http-p2", "probes/http-p2", probe("http-p2", WASIP2), "probe: WASI 0.2 HTTP, one route per behaviour"),
    guest("http-p3", "probes/http-p3", probe("http-p3", WASIP2), "probe: WASI 0.3 HTTP, one route per behaviour"),
    guest("memories", "probes/memories", Wat("memories.wat"), "probe: WASI 0.2 HTTP with four memories"),
    guest("command", "probes/command", probe("command", WASIP2), "probe: wasi:cli/command 0.2"),
    guest("command-p1", "probes/command", probe("command", WASIP1), "probe: the same as a preview 1 core module"),
    guest("command-p3", "probes/command-p3", probe("command-p3", WASIP2), "probe: wasi:cli/command 0.3"),

    guest("not-wasm", "probes/broken", Text("not-wasm.txt"), "broken: text"),
    guest("truncated", "probes/memories", FirstHalf("memories.wat"), "broken: a component cut in half"),
    guest("core", "probes/broken", Wat("core.wat"), "broken: a core module without WASI"),
    guest("empty", "probes/broken", Wat("empty.wat"), "broken: a component that exports nothing"),
    guest("unknown-import", "probes/broken", Wat("unknown-import.wat"), "broken: imports acme:missing/thing"),
    guest("unknown-wasi", "probes/broken", Wat("unknown-wasi.wat"), "broken: imports wasi:keyvalue, a draft"),
    guest("trap-at-start", "probes/broken", Wat("trap-at-start.wat"), "broken: traps when instantiated"),

    guest("rust-axum", "examples/rust-axum", rust("rust-axum"), "example: axum on WASI 0.2"),
    guest("rust-axum-p3", "examples/rust-axum-p3", rust("rust-axum-p3"), "example: axum on WASI 0.3"),
    guest("python-p2", "examples/python-p2", Python { wasi: ("wasip2", "2.0.1") }, "example: Python on WASI 0.2"),
    guest("python-p3", "examples/python-p3", Python { wasi: ("wasip3", "0.10.0") }, "example: Python on WASI 0.3"),
    guest("hono", "examples/hono", JavaScript, "example: JavaScript with Hono on WASI 0.2"),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_different_and_folders_exist() {
        let names: HashSet<_> = GUESTS.iter().map(|guest| guest.name).collect();
        assert_eq!(names.len(), GUESTS.len());
        for guest in GUESTS {
            assert!(super::super::home().join(guest.folder).is_dir(), "{guest:?}");
        }
    }
}
