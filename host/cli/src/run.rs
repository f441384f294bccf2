//! `wasm-appsvc run`: a command in the foreground, in the same sandbox as a served app.

use std::process::ExitCode;
use std::sync::Arc;

use appsvc_config::RunSpec;
use appsvc_runtime::command::{self, Exit};
use appsvc_runtime::program::Use;

use crate::assemble::Place;
use crate::log;

/// The exit code for a guest that trapped: what a shell reports for a process that aborted (128 + SIGABRT).
const TRAPPED: u8 = 134;

/// Runs the command to its end.
///
/// # Errors
///
/// It cannot be started.
pub fn run(spec: RunSpec) -> anyhow::Result<ExitCode> {
    // Standard error is the guest's; the host says there only what it refused.
    let _log = log::start(spec.log_format, "warn")?;
    let name = spec.app.component.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let arguments = std::iter::once(name).chain(spec.args).collect();
    let (_folder, sandbox, loader) = Place::take(&spec.app, arguments)?.into_parts();
    let program = loader.load(&spec.app.component, Use::Run, || {})?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let exit = runtime.block_on(command::run(&program, Arc::new(sandbox)));
    // A read from a terminal that nobody answers must not keep the process.
    runtime.shutdown_background();
    match exit {
        Exit::Code(code) => Ok(ExitCode::from(code)),
        Exit::Trapped(trace) => {
            eprintln!("wasm-appsvc: {} failed: {trace}", spec.app.component.display());
            Ok(ExitCode::from(TRAPPED))
        }
        Exit::NotStarted(reason) => {
            anyhow::bail!("{} cannot be run: {reason}", spec.app.component.display())
        }
    }
}
