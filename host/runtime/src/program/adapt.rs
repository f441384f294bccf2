//! Core modules of preview 1 as components: the adapter is put around them in memory.
//!
//! The adapter passes only success or failure on when a program ends, because that is all that stable WASI 0.2
//! had. So `proc_exit` goes around it, to `exit-with-code`, which has the same signature.

use std::path::Path;

use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER;
use wasm_encoder::reencode::{Reencode, utils};
use wasm_encoder::{ImportSection, Module};
use wasmparser::Parser;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::LoadError;

const PREVIEW1: &str = "wasi_snapshot_preview1";

/// The interface that `proc_exit` is led to. A version of its own keeps it apart from the adapter's.
const EXIT: &str = "
package wasi:cli@0.2.0;
interface exit { exit-with-code: func(status-code: u8); }
world program { import exit; }
";

/// Makes a `wasi:cli/command` component of a preview 1 program.
pub(super) fn command(path: &Path, module: &[u8]) -> Result<Vec<u8>, LoadError> {
    let failed = |reason: String| LoadError::CoreModule {
        path: path.into(),
        advice: format!("as a program of WASI preview 1 it cannot be adapted: {reason}"),
    };
    let module = lead_exit(module).map_err(failed)?;
    ComponentEncoder::default()
        .validate(true)
        .module(&module)
        .and_then(|encoder| encoder.adapter(PREVIEW1, WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER))
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| failed(format!("{error:#}")))
}

/// Leads the import of `proc_exit`, if there is one, to [`EXIT`].
fn lead_exit(module: &[u8]) -> Result<Vec<u8>, String> {
    let mut led = Exit { found: false };
    let mut encoded = Module::new();
    utils::parse_core_module(&mut led, &mut encoded, Parser::new(0), module)
        .map_err(|error| error.to_string())?;
    let mut encoded = encoded.finish();
    if led.found {
        let mut resolve = Resolve::default();
        let package = resolve.push_str("exit.wit", EXIT).map_err(|error| format!("{error:#}"))?;
        let world = resolve.select_world(&[package], None).map_err(|error| format!("{error:#}"))?;
        embed_component_metadata(&mut encoded, &resolve, world, StringEncoding::UTF8)
            .map_err(|error| format!("{error:#}"))?;
    }
    Ok(encoded)
}

struct Exit {
    found: bool,
}

impl Reencode for Exit {
    type Error = std::convert::Infallible;

    fn parse_imports(
        &mut self,
        section: &mut ImportSection,
        mut imports: wasmparser::Imports<'_>,
    ) -> Result<(), wasm_encoder::reencode::Error<Self::Error>> {
        if let wasmparser::Imports::Single(_, import) = &mut imports
            && (import.module, import.name) == (PREVIEW1, "proc_exit")
        {
            self.found = true;
            import.module = "wasi:cli/exit@0.2.0";
            import.name = "exit-with-code";
        }
        utils::parse_imports(self, section, imports)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exit_code_goes_around_the_adapter() {
        let module = wat::parse_str(
            r#"(module
                 (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
                 (memory (export "memory") 1)
                 (func (export "_start") (call $exit (i32.const 7))))"#,
        )
        .unwrap();
        let component = command(Path::new("a.wasm"), &module).unwrap();
        let function = b"exit-with-code";
        assert!(component.windows(function.len()).any(|bytes| bytes == function));
    }

    #[test]
    fn a_module_that_wants_something_else_is_refused_by_name() {
        let module =
            wat::parse_str(r#"(module (import "env" "mystery" (func)) (func (export "_start")))"#).unwrap();
        let error = command(Path::new("a.wasm"), &module).unwrap_err().to_string();
        assert!(error.contains("env"), "{error}");
    }
}
