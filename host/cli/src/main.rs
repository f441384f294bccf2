//! The binary `wasm-appsvc`: reads the command line and runs what it asks for.

use std::process::ExitCode;

// Requests allocate and free small pieces on the same thread, which is what this allocator is made for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    wasm_appsvc::main()
}
