//! `cargo xtask bench`: what a request costs, side by side with other servers and by itself.
//!
//! Inside: starting the contenders, loading them, reading their processor time. Not inside: the criterion
//! benches, which are in `benches/`.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;

use crate::guests;
use crate::workspace::{Metadata, cargo, show};

mod cpu;
mod figures;
mod programs;
mod report;
mod serve;
mod statistics;
mod wrk;

/// What to measure.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Bench {
    /// This host, wasmtime serve and a native server under the same load, in turn
    Serve(ServeArgs),
    /// Instantiation and dispatch without a network (criterion)
    Dispatch,
}

/// Options of `bench serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct ServeArgs {
    /// Rounds; in each, every contender is started and loaded once
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Seconds of load per contender and round, after one second of warm-up
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Connections of the load generator
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    connections: u32,
    /// Measure this case only: p2-fresh, p2-reused, p2-native, p3, python, hono or start (may be repeated)
    #[arg(long, value_name = "CASE")]
    only: Vec<String>,
    /// Where to write the outcome as JSON [default: bench-serve.json in the target directory]
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Measures.
pub(crate) fn run(bench: &Bench) -> anyhow::Result<()> {
    match bench {
        Bench::Serve(args) => {
            let file = match &args.json {
                Some(file) => file.clone(),
                None => Metadata::read()?.target()?.join("bench-serve.json"),
            };
            let report = serve::serve(args)?;
            println!("\n{report}");
            fs::write(&file, format!("{:#}\n", report.json()))
                .with_context(|| format!("cannot write {}", file.display()))?;
            println!("As JSON: {}", file.display());
            Ok(())
        }
        Bench::Dispatch => {
            guests::build(&["hello-p2", "hello-p3"])?;
            show(&mut cargo(["bench", "--package=appsvc-benches"]))
        }
    }
}
