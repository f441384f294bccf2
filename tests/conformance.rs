//! The conformance suite: runs the cases of `tests/conformance/cases` against the real binary and prints what
//! became of each ID. `tests/conformance/README.md` tells how to run it and how to write a case.

#[path = "conformance/arguments.rs"]
mod arguments;
#[path = "conformance/groups.rs"]
mod groups;
#[path = "conformance/report.rs"]
mod report;
#[path = "conformance/run.rs"]
mod run;

use std::process::ExitCode;

use arguments::Arguments;
use report::Report;

fn main() -> ExitCode {
    let arguments = match Arguments::read(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => return fail(&message),
    };
    let cases = match appsvc_tests::cases::load() {
        Ok(cases) => cases.into_iter().filter(|case| arguments.wants(case)).collect::<Vec<_>>(),
        Err(error) => return fail(&format!("{error:#}")),
    };
    if arguments.list {
        cases.iter().for_each(|case| println!("{}: {}", case.id, case.title));
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (runtime, data) = match (runtime, tempfile::tempdir()) {
        (Ok(runtime), Ok(data)) => (runtime, data),
        (Err(error), _) | (_, Err(error)) => return fail(&error.to_string()),
    };
    let mut report = Report::new(&cases);
    for group in groups::of(&cases) {
        runtime.block_on(run::run(&group, data.path(), &mut report));
    }
    report.print();
    if report.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn fail(message: &str) -> ExitCode {
    eprintln!("conformance: {message}");
    ExitCode::from(2)
}
