//! What a WebAssembly file is: read from its bytes, before anything is compiled.

use std::path::Path;

use wasmparser::{Encoding, Parser, Payload};

use super::LoadError;
use crate::engine::Abi;

/// What a component can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// `wasi:http/incoming-handler@0.2` or `wasi:http/handler@0.3`.
    Http(Abi),
    /// `wasi:cli/run`.
    Command(Abi),
}

/// What a file contains, as far as loading depends on it.
#[derive(Debug)]
pub(super) enum Shape {
    /// A core module.
    Module,
    /// A component.
    Component(Interface),
}

/// The names at the edge of a component.
#[derive(Debug, Default)]
pub(super) struct Interface {
    pub(super) imports: Vec<String>,
    pub(super) exports: Vec<String>,
}

impl Interface {
    /// The engine it needs: WASI 0.3 anywhere at its edge asks for that one.
    pub(super) fn abi(&self) -> Abi {
        let new =
            |name: &String| name.starts_with("wasi:") && version(name).is_some_and(|v| v.starts_with("0.3"));
        if self.imports.iter().chain(&self.exports).any(new) { Abi::P3 } else { Abi::P2 }
    }

    /// Whether `interface` is exported in a version that starts with `series`.
    fn exports(&self, interface: &str, series: &str) -> bool {
        self.exports
            .iter()
            .any(|name| base(name) == interface && version(name).is_some_and(|v| v.starts_with(series)))
    }

    /// The HTTP world it exports, the newer one first.
    pub(super) fn http(&self) -> Option<World> {
        if self.exports("wasi:http/handler", "0.3") {
            Some(World::Http(Abi::P3))
        } else if self.exports("wasi:http/incoming-handler", "0.2") {
            Some(World::Http(Abi::P2))
        } else {
            None
        }
    }

    /// The command world it exports.
    pub(super) fn command(&self) -> Option<World> {
        if self.exports("wasi:cli/run", "0.3") {
            Some(World::Command(Abi::P3))
        } else if self.exports("wasi:cli/run", "0.2") {
            Some(World::Command(Abi::P2))
        } else {
            None
        }
    }
}

/// An interface's name without its version: `wasi:http/types`.
pub(super) fn base(name: &str) -> &str {
    name.split_once('@').map_or(name, |(base, _)| base)
}

/// An interface's version: `0.2.6`.
pub(super) fn version(name: &str) -> Option<&str> {
    name.split_once('@').map(|(_, version)| version)
}

/// Reads the shape of `bytes`; `path` is for the error.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Shape, LoadError> {
    if !bytes.starts_with(b"\0asm") {
        return Err(LoadError::NotWasm { path: path.into(), found: describe(bytes) });
    }
    let damaged = |error: wasmparser::BinaryReaderError| LoadError::Damaged {
        path: path.into(),
        reason: error.to_string(),
    };
    let mut interface = Interface::default();
    let mut depth = 0usize;
    let mut outer = None;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(damaged)? {
            Payload::Version { encoding, .. } => {
                outer.get_or_insert(encoding);
                depth += 1;
            }
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    interface.imports.push(import.map_err(damaged)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    interface.exports.push(export.map_err(damaged)?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(match outer {
        Some(Encoding::Component) => Shape::Component(interface),
        _ => Shape::Module,
    })
}

fn describe(bytes: &[u8]) -> &'static str {
    match bytes {
        [] => "is empty",
        [0x7f, b'E', b'L', b'F', ..] => {
            "is a native program or an already compiled component (only the host itself compiles)"
        }
        [b'(', ..] => "looks like WebAssembly text (`wasm-tools parse` makes a binary of it)",
        [b'P', b'K', ..] => "is a zip archive",
        _ => "does not begin with the bytes of WebAssembly",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(text: &str) -> Interface {
        match read(Path::new("a.wasm"), &wat::parse_str(text).unwrap()).unwrap() {
            Shape::Component(interface) => interface,
            Shape::Module => panic!("a component"),
        }
    }

    #[test]
    fn worlds_are_told_by_name_and_series_whatever_the_patch() {
        let old = component(
            r#"(component (import "wasi:cli/stdin@0.2.6" (instance))
                 (instance $i) (export "wasi:http/incoming-handler@0.2.0" (instance $i)))"#,
        );
        assert_eq!((old.abi(), old.http(), old.command()), (Abi::P2, Some(World::Http(Abi::P2)), None));
        let new = component(
            r#"(component (import "wasi:cli/stdin@0.2.6" (instance))
                 (instance $i) (export "wasi:http/handler@0.3.2" (instance $i)))"#,
        );
        assert_eq!((new.abi(), new.http()), (Abi::P3, Some(World::Http(Abi::P3))));
        let command = component(r#"(component (instance $i) (export "wasi:cli/run@0.2.3" (instance $i)))"#);
        assert_eq!((command.http(), command.command()), (None, Some(World::Command(Abi::P2))));
    }

    #[test]
    fn only_the_outermost_names_count() {
        let outer = component(
            r#"(component (component (import "wasi:http/types@0.3.0" (instance))) (export "x" (component 0)))"#,
        );
        assert_eq!(outer.imports, Vec::<String>::new());
        assert_eq!(outer.abi(), Abi::P2);
    }

    #[test]
    fn what_is_no_component_is_told_apart() {
        let path = Path::new("a.wasm");
        assert!(matches!(read(path, b"hello"), Err(LoadError::NotWasm { .. })));
        assert!(matches!(read(path, b""), Err(LoadError::NotWasm { found: "is empty", .. })));
        let module = wat::parse_str("(module (memory 1) (func))").unwrap();
        assert!(matches!(read(path, &module), Ok(Shape::Module)));
        let cut = &module[..module.len() - 2];
        assert!(matches!(read(path, cut), Err(LoadError::Damaged { .. })));
    }
}
