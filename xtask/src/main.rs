//! `cargo xtask TASK`: the project's own commands, in Rust so that they need nothing that is not here already.
//!
//! This file only hands on to the tasks; each is a module of its own.

mod bench;
mod demo;
mod guests;
mod http;
mod interrupt;
mod server;
mod shell;
mod table;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask", about = "The project's own commands")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Build the example apps and the host, and serve them until Ctrl-C
    Demo(demo::Args),
    /// Run every check: format, lints, unit, conformance and end-to-end tests
    Test(test::Args),
    /// Build the guest programs in guests/ into guests/out/
    Guests(guests::Arguments),
    /// Measure what requests cost
    #[command(subcommand)]
    Bench(bench::Bench),
}

fn main() -> ExitCode {
    let result = match Arguments::parse().task {
        Task::Demo(arguments) => demo::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
        Task::Guests(arguments) => guests::run(&arguments),
        Task::Bench(task) => bench::run(&task),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
