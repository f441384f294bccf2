//! The figures that are wanted: who is compared with whom, on which guest, and what the outcome must be.

/// A server as it is started for a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Contender {
    pub(crate) program: Program,
    /// The component it serves, by its name in `guests/out`.
    pub(crate) guest: &'static str,
    /// What is given to it besides the component and the address.
    pub(crate) flags: &'static [&'static str],
}

/// What kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    /// This host, release build, everything at its default.
    Host,
    /// `wasmtime serve`.
    Wasmtime,
    /// hyper alone, without any guest, answering the same.
    Native,
}

/// A comparison by processor time per request.
#[derive(Debug)]
pub(crate) struct Figure {
    /// What `--only` calls it.
    pub(crate) case: &'static str,
    pub(crate) ours: Contender,
    pub(crate) theirs: Contender,
    /// The most that ours may cost, as a multiple of theirs.
    pub(crate) must: f64,
}

/// Which guest the start is measured with, what `--only` calls it, and the most milliseconds it may take.
pub(crate) const START_CASE: &str = "start";
pub(crate) const START_GUEST: &str = "hono";
pub(crate) const START_MUST: f64 = 50.0;
/// Flags under which wasmtime serves that guest.
pub(crate) const START_FLAGS: &[&str] = &["-Scli"];

/// How far the processor time of a guest thread may be from the mean of all, as a fraction of it.
pub(crate) const SPREAD_MUST: f64 = 0.2;

const fn contender(program: Program, guest: &'static str, flags: &'static [&'static str]) -> Contender {
    Contender { program, guest, flags }
}

const HELLO_REUSED: Contender = contender(Program::Host, "hello-p2", &["--reuse", "always"]);

/// All of them. WASI 0.2 components get a fresh instance per request unless `--reuse always` is given.
pub(crate) const FIGURES: [Figure; 6] = [
    Figure {
        case: "p2-fresh",
        ours: contender(Program::Host, "hello-p2", &[]),
        theirs: contender(Program::Wasmtime, "hello-p2", &["-Scli"]),
        must: 1.0 / 4.0,
    },
    Figure {
        case: "p2-reused",
        ours: HELLO_REUSED,
        theirs: contender(Program::Wasmtime, "hello-p2", &["-Scli", "--max-instance-reuse-count", "1000000"]),
        must: 1.0 / 1.5,
    },
    Figure {
        case: "p2-native",
        ours: HELLO_REUSED,
        theirs: contender(Program::Native, "hello-p2", &[]),
        must: 1.7,
    },
    Figure {
        case: "p3",
        ours: contender(Program::Host, "hello-p3", &[]),
        theirs: contender(Program::Wasmtime, "hello-p3", &["-Sp3,cli", "-Wcomponent-model-async"]),
        must: 1.0 / 1.2,
    },
    Figure {
        case: "python",
        ours: contender(Program::Host, "python-p2", &["--reuse", "always"]),
        theirs: contender(Program::Wasmtime, "python-p2", &["-Scli"]),
        must: 1.0 / 30.0,
    },
    Figure {
        case: "hono",
        ours: contender(Program::Host, "hono", &[]),
        theirs: contender(Program::Wasmtime, "hono", &["-Scli"]),
        must: 0.7,
    },
];

/// Every word that `--only` takes.
pub(crate) fn cases() -> Vec<&'static str> {
    FIGURES.iter().map(|figure| figure.case).chain([START_CASE]).collect()
}

/// The contenders of `figures`, each once, though it may be in several comparisons.
pub(crate) fn contenders(figures: &[&Figure]) -> Vec<Contender> {
    let mut all: Vec<Contender> = Vec::new();
    for contender in figures.iter().flat_map(|figure| [figure.ours, figure.theirs]) {
        if !all.contains(&contender) {
            all.push(contender);
        }
    }
    all
}

impl Contender {
    /// How it is called in tables.
    pub(crate) fn name(&self) -> String {
        let program = match self.program {
            Program::Host => "wasm-appsvc serve",
            Program::Wasmtime => "wasmtime serve",
            Program::Native => return "native hyper".into(),
        };
        let words = [&[program], self.flags].concat();
        words.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_contender_of_two_comparisons_runs_once() {
        let all: Vec<&Figure> = FIGURES.iter().collect();
        let contenders = contenders(&all);
        assert_eq!(contenders.len(), 11);
        assert_eq!(contenders.iter().filter(|contender| **contender == HELLO_REUSED).count(), 1);
    }

    #[test]
    fn both_sides_of_a_comparison_have_the_same_guest() {
        for figure in FIGURES {
            assert_eq!(figure.ours.guest, figure.theirs.guest, "{}", figure.case);
            assert_eq!(figure.ours.program, Program::Host, "{}", figure.case);
        }
    }

    #[test]
    fn names_say_how_the_server_was_started() {
        assert_eq!(HELLO_REUSED.name(), "wasm-appsvc serve --reuse always");
        assert_eq!(contender(Program::Native, "hello-p2", &[]).name(), "native hyper");
    }
}
