//! The binary `wasm-appsvc`.
fn main() {}
