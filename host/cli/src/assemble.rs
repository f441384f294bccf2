//! From an [`AppSpec`] to an app that can be served or run: folder, sandbox, engines.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use appsvc_os::app::AppSpec;
use appsvc_os::budget::Budget;
use appsvc_os::data_folder::DataFolder;
use appsvc_os::environment::{DriveLayout, Site};
use appsvc_os::lines::Flow;
use appsvc_runtime::app::{App, AppLimits};
use appsvc_runtime::engine::{Engines, Slots};
use appsvc_runtime::program::{CompiledStore, Loader};
use appsvc_wasi::cli::{Capture, ProcessBlock, Stdio};
use appsvc_wasi::{Sandbox, SandboxParts};

use crate::log::GuestLog;

/// Bytes per second that the guests of one app may print, and how many at once.
const OUTPUT_RATE: NonZeroU64 = match NonZeroU64::new(4 << 20) {
    Some(rate) => rate,
    None => NonZeroU64::MIN,
};
const OUTPUT_BURST: u64 = 1 << 20;

/// Where compiled components are kept, under the folder of `--data`. No app's name begins with a dot.
const COMPILED: &str = ".compiled";

/// An app's place on this machine, locked for this process.
pub struct Place {
    folder: DataFolder,
    sandbox: Sandbox,
    loader: Loader,
}

impl Place {
    /// Takes the app's folder and makes its sandbox; `arguments` are those of a command.
    ///
    /// # Errors
    ///
    /// The folder cannot be made or is another host's, or the machine refuses what the engines need.
    pub fn take(spec: &AppSpec, arguments: Vec<String>) -> anyhow::Result<Self> {
        let folder = DataFolder::open(&spec.data, &spec.identity.name)?;
        let layout = DriveLayout::default();
        let environment = spec.environment(Site::Main, folder.instance_id(), layout);
        let app = spec.identity.name.as_str();
        let sandbox = Sandbox::new(SandboxParts {
            app: app.to_owned(),
            cli: ProcessBlock {
                environment: Arc::new(environment),
                arguments,
                working_directory: Some(layout.home().to_owned()),
            },
            home: folder.home().to_owned(),
            memory: Budget::root(format!("memory of {app}"), spec.tier.memory()),
        })
        .map_err(|error| anyhow::anyhow!("{error:#}"))
        .with_context(|| format!("cannot open the home of app {app}"))?;
        let engines = Engines::new(Slots::of_this_machine())
            .map_err(|error| anyhow::anyhow!("cannot start the engine's clock: {error:#}"))?;
        let loader = Loader::new(engines, CompiledStore::open(spec.data.join(COMPILED))?);
        Ok(Self { folder, sandbox, loader })
    }

    /// The app's folder on this machine.
    pub fn folder(&self) -> &DataFolder {
        &self.folder
    }

    /// Its sandbox and the loader for its programs.
    pub fn into_parts(self) -> (DataFolder, Sandbox, Loader) {
        (self.folder, self.sandbox, self.loader)
    }
}

/// Loads the app's component; `compiling` is called when that will take a while.
///
/// # Errors
///
/// What is wrong with the component.
pub fn load(
    spec: &AppSpec,
    place: Place,
    log: &GuestLog,
    compiling: impl FnOnce(),
) -> anyhow::Result<(Arc<App>, DataFolder)> {
    let (folder, sandbox, loader) = place.into_parts();
    let capture = Capture {
        sink: log.sink(spec.identity.name.as_str()),
        flow: Arc::new(Flow::new(OUTPUT_RATE, OUTPUT_BURST, Instant::now())),
    };
    let output = Arc::new(move || Stdio::captured(capture.clone()));
    let app = App::load(&spec.component, sandbox, loader, AppLimits::of(spec), output, compiling)?;
    Ok((app, folder))
}
