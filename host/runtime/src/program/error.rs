//! Why a file cannot be served or run, in words that say what to do.

use std::io;
use std::path::PathBuf;

/// Why a file cannot be served or run.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The file cannot be opened or read.
    #[error("cannot read the component {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The bytes are no WebAssembly at all.
    #[error(
        "{path} is not a WebAssembly component: it {found}; build it with a component toolchain such as `cargo build --target wasm32-wasip2`"
    )]
    NotWasm {
        /// The file.
        path: PathBuf,
        /// What its first bytes look like.
        found: &'static str,
    },
    /// The bytes begin as WebAssembly and then break off or are malformed.
    #[error("{path} is damaged: {reason}; copy or build the file again")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        reason: String,
    },
    /// A core module where a component is needed.
    #[error("{path} is a core WebAssembly module, not a component; {advice}")]
    CoreModule {
        /// The file.
        path: PathBuf,
        /// What to do about it.
        advice: String,
    },
    /// A component that exports none of the worlds this command can use.
    #[error("{path} exports nothing that can be {verb}: it needs {needed}, and exports {exports}; {advice}")]
    NoWorld {
        /// The file.
        path: PathBuf,
        /// `served` or `run`.
        verb: &'static str,
        /// The exports that would do.
        needed: &'static str,
        /// What it does export.
        exports: String,
        /// What to do about it.
        advice: &'static str,
    },
    /// An import that this host does not have.
    #[error("{path} imports `{import}`, which this host does not have{nearest}")]
    MissingImport {
        /// The file.
        path: PathBuf,
        /// The import's name.
        import: String,
        /// `; the nearest it has is ...`, or nothing.
        nearest: String,
    },
    /// The imports are there, but not as the component wants them.
    #[error("{path} cannot be linked: {reason}")]
    Link {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        reason: String,
    },
    /// The compiler refused the component.
    #[error("{path} cannot be compiled: {reason}")]
    Compile {
        /// The file.
        path: PathBuf,
        /// What the engine said.
        reason: String,
    },
    /// The engine itself could not be made.
    #[error(
        "the engine for WASI {version} cannot be started: {reason}; lower the number of instances or raise the machine's limits (vm.max_map_count, address space)"
    )]
    Engine {
        /// `0.2` or `0.3`.
        version: &'static str,
        /// What the engine said.
        reason: String,
    },
    /// The store of compiled components is not usable.
    #[error("the store of compiled components {path}: {reason}")]
    Store {
        /// The directory or file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}
