//! `cargo xtask test`: everything that must hold before a change goes in.
//!
//! Lints and build are one pass: `clippy-driver` takes the compiler's place for the crates of this workspace
//! (`cargo clippy` and then `cargo test` would compile all of it twice). Every call of cargo here selects the
//! whole workspace with the same kinds of targets: another selection means other features, and dependencies
//! compiled once more.

use std::fmt;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::guests;
use crate::shell;
use crate::table::table;
use crate::workspace::{Metadata, cargo, show};

/// Options of `test`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Run this step only, and those that it needs (may be repeated)
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
}

/// The steps, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Step {
    /// rustfmt on the host's crates and the guests
    Format,
    /// Lints and build in one pass
    Build,
    /// The guest components, with the tools that they need
    Guests,
    /// Unit tests
    Unit,
    /// Examples in the documentation
    Doc,
    /// Conformance and end-to-end tests
    Integration,
}

impl Step {
    const ALL: [Self; 6] =
        [Self::Format, Self::Build, Self::Guests, Self::Unit, Self::Doc, Self::Integration];

    /// Whether it makes what `other` works with. Should it fail, `other` is not tried.
    fn is_needed_by(self, other: Self) -> bool {
        match self {
            Self::Build => matches!(other, Self::Unit | Self::Doc | Self::Integration),
            Self::Guests => matches!(other, Self::Unit | Self::Integration),
            _ => false,
        }
    }

    /// The steps to run for `--only` of `chosen` (none: all).
    fn selected(chosen: &[Self]) -> Vec<Self> {
        let wanted = |step: &Self| {
            chosen.is_empty() || chosen.iter().any(|only| only == step || step.is_needed_by(*only))
        };
        Self::ALL.into_iter().filter(wanted).collect()
    }

    /// What to do when it fails, besides reading what it printed.
    fn advice(self) -> &'static str {
        match self {
            Self::Format => "`cargo fmt --all` here and in guests/ puts it right",
            Self::Build => "lints are errors in this workspace; the messages above say what and where",
            Self::Guests => "the message names the tool or package that is missing and how to get it",
            Self::Unit | Self::Doc | Self::Integration => {
                "again, alone: `cargo xtask test --only` and the first word of the step"
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Format => "format",
            Self::Build => "build",
            Self::Guests => "guests",
            Self::Unit => "unit",
            Self::Doc => "doc",
            Self::Integration => "integration",
        })
    }
}

/// What came of a step, or of a part of one.
struct Outcome {
    step: Step,
    part: Option<String>,
    time: Duration,
    result: anyhow::Result<()>,
}

/// Runs the steps, prints how long each took, and fails if one of them failed.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    tools()?;
    let metadata = Metadata::read()?;
    let mut outcomes: Vec<Outcome> = Vec::new();
    for step in Step::selected(&args.only) {
        let failed = |outcome: &&Outcome| outcome.result.is_err() && outcome.step.is_needed_by(step);
        if let Some(cause) = outcomes.iter().find(failed) {
            let result = Err(anyhow::anyhow!("not tried, because step {} failed", cause.step));
            outcomes.push(Outcome { step, part: None, time: Duration::ZERO, result });
            continue;
        }
        if step == Step::Integration {
            for test in metadata.integration_tests() {
                let name = format!("--test={test}");
                outcomes.push(timed(step, Some(test), || cargo_test(&metadata, &[&name])));
            }
        } else {
            outcomes.push(timed(step, None, || perform(step, &metadata)));
        }
    }
    println!("\n{}", summary(&outcomes));
    let failed: Vec<&Outcome> = outcomes.iter().filter(|outcome| outcome.result.is_err()).collect();
    for outcome in &failed {
        if let Err(error) = &outcome.result {
            eprintln!("{}: {error:#}\n    {}", outcome.name(), outcome.step.advice());
        }
    }
    anyhow::ensure!(failed.is_empty(), "{} of {} steps failed", failed.len(), outcomes.len());
    Ok(())
}

fn timed(step: Step, part: Option<String>, perform: impl FnOnce() -> anyhow::Result<()>) -> Outcome {
    let mut outcome = Outcome { step, part, time: Duration::ZERO, result: Ok(()) };
    eprintln!("== {} ==", outcome.name());
    let start = Instant::now();
    outcome.result = perform();
    outcome.time = start.elapsed();
    if let Err(error) = &outcome.result {
        eprintln!("== {} failed: {error:#} ==", outcome.name());
    }
    outcome
}

fn perform(step: Step, metadata: &Metadata) -> anyhow::Result<()> {
    match step {
        Step::Format => {
            let guests = shell::root().join("guests/Cargo.toml");
            let host = show(&mut cargo(["fmt", "--all", "--check"]));
            let mut command = cargo(["fmt", "--all", "--check", "--manifest-path"]);
            host.and(show(command.arg(guests)))
        }
        Step::Build => {
            let mut command = cargo(["build", "--workspace", "--lib", "--bins", "--tests", "--examples"]);
            show(lints(&mut command))
        }
        Step::Guests => guests::build(&[]).map(drop),
        Step::Unit => cargo_test(metadata, &["--lib", "--bins"]),
        Step::Doc => cargo_test(metadata, &["--doc"]),
        Step::Integration => cargo_test(metadata, &["--test=*"]),
    }
}

fn cargo_test(metadata: &Metadata, selection: &[&str]) -> anyhow::Result<()> {
    let mut command = cargo(["test", "--workspace", "--no-fail-fast"]);
    command.args(selection).env("WASM_APPSVC", metadata.target()?.join("debug/wasm-appsvc"));
    show(lints(&mut command))
}

/// Has the workspace's crates compiled by the linter. The same for every call, or cargo would compile anew.
fn lints(command: &mut Command) -> &mut Command {
    command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
}

/// What of the toolchain is needed besides the compiler.
fn tools() -> anyhow::Result<()> {
    const HOW: &str = "`rustup component add rustfmt clippy` gets it";
    shell::run(&mut cargo(["fmt", "--version"])).context(HOW)?;
    shell::run(Command::new("clippy-driver").arg("--version")).context(HOW)?;
    Ok(())
}

impl Outcome {
    fn name(&self) -> String {
        match &self.part {
            Some(part) => format!("{}: {part}", self.step),
            None => self.step.to_string(),
        }
    }
}

fn summary(outcomes: &[Outcome]) -> String {
    let minutes = |time: Duration| format!("{:.1}", time.as_secs_f64() / 60.0);
    let heading = ["step", "minutes", ""].map(str::to_owned);
    let rows = outcomes.iter().map(|outcome| {
        let word = if outcome.result.is_ok() { "ok" } else { "FAILED" };
        [outcome.name(), minutes(outcome.time), word.to_owned()]
    });
    let total = minutes(outcomes.iter().map(|outcome| outcome.time).sum());
    let total = ["total".to_owned(), total, String::new()];
    table(&std::iter::once(heading).chain(rows).chain([total]).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_step_brings_what_it_needs() {
        assert_eq!(Step::selected(&[]), Step::ALL);
        assert_eq!(Step::selected(&[Step::Format]), [Step::Format]);
        assert_eq!(Step::selected(&[Step::Integration]), [Step::Build, Step::Guests, Step::Integration]);
        assert_eq!(Step::selected(&[Step::Doc, Step::Format]), [Step::Format, Step::Build, Step::Doc]);
    }

    #[test]
    fn the_table_has_each_step_its_minutes_and_whether_it_failed() {
        let mut outcomes = [
            timed(Step::Build, None, || Ok(())),
            timed(Step::Integration, Some("conformance".into()), || anyhow::bail!("no")),
        ];
        outcomes[0].time = Duration::from_secs(90);
        outcomes[1].time = Duration::from_secs(30);
        let text = summary(&outcomes);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[1], ["build", "1.5", "ok"]);
        assert_eq!(lines[2], ["integration:", "conformance", "0.5", "FAILED"]);
        assert_eq!(lines[3], ["total", "2.0"]);
    }
}
