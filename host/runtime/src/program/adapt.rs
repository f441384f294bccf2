//! Core modules of preview 1 as components: the adapter is put around them in memory.

use std::path::Path;

use wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER;
use wit_component::ComponentEncoder;

use super::LoadError;

/// Makes a `wasi:cli/command` component of a preview 1 program.
pub(super) fn command(path: &Path, module: &[u8]) -> Result<Vec<u8>, LoadError> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|encoder| encoder.adapter("wasi_snapshot_preview1", WASI_SNAPSHOT_PREVIEW1_COMMAND_ADAPTER))
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| LoadError::CoreModule {
            path: path.into(),
            advice: format!("as a program of WASI preview 1 it cannot be adapted: {error:#}"),
        })
}
