//! Where the program under test and its guests are.

use std::path::{Path, PathBuf};

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The binary `wasm-appsvc`: `$WASM_APPSVC`, else the one of the profile that this test was built with, else
/// `target/debug/wasm-appsvc`.
///
/// # Errors
/// A message that says how to build it.
pub fn binary() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("WASM_APPSVC") {
        let path = PathBuf::from(path);
        return if path.is_file() {
            Ok(path)
        } else {
            Err(format!(
                "WASM_APPSVC={} is no file; build it with `cargo build`, or unset it",
                path.display()
            ))
        };
    }
    // Tests are in `<target>/<profile>/deps`, wherever the target folder is.
    let beside =
        std::env::current_exe().ok().and_then(|test| Some(test.parent()?.parent()?.join("wasm-appsvc")));
    let usual = root().join("target/debug/wasm-appsvc");
    beside.into_iter().chain([usual.clone()]).find(|path| path.is_file()).ok_or_else(|| {
        format!(
            "there is no {}; `cargo xtask test` builds it and runs the tests, `cargo build` only builds it",
            usual.display()
        )
    })
}

/// The component of the guest called `name`: `$WASM_APPSVC_GUESTS/NAME.wasm`, else `guests/out/NAME.wasm`.
///
/// # Errors
/// A message that says how to build it.
pub fn guest(name: &str) -> Result<PathBuf, String> {
    let folder =
        std::env::var_os("WASM_APPSVC_GUESTS").map_or_else(|| root().join("guests/out"), PathBuf::from);
    let path = folder.join(format!("{name}.wasm"));
    if path.is_file() {
        Ok(path)
    } else {
        Err(format!("there is no {}; `cargo xtask guests` builds the guests", path.display()))
    }
}
