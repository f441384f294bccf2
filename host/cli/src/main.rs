//! The binary `wasm-appsvc`: reads the command line and runs what it asks for.

use std::process::ExitCode;

fn main() -> ExitCode {
    wasm_appsvc::main()
}
