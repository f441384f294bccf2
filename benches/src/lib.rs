//! What the benchmarks share: an app in memory, without a front end.

use std::num::NonZeroU64;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use appsvc_os::app::{AppSpec, Reuse};
use appsvc_os::budget::Budget;
use appsvc_os::environment::{DriveLayout, Site};
use appsvc_os::exchange::Exchange;
use appsvc_os::identity::{AppName, Identity, InstanceId};
use appsvc_os::lines::Flow;
use appsvc_os::log::{Line, LineSink};
use appsvc_os::plan::Tier;
use appsvc_runtime::HttpError;
use appsvc_runtime::app::{App, AppLimits};
use appsvc_runtime::engine::{Engines, Slots};
use appsvc_runtime::program::{CompiledStore, Loader};
use appsvc_wasi::cli::{Capture, ProcessBlock, Stdio};
use appsvc_wasi::{Sandbox, SandboxParts};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};

struct NoLog;

impl LineSink for NoLog {
    fn line(&self, _line: Line<'_>) {}

    fn dropped(&self) -> u64 {
        0
    }
}

/// An app that serves the component at `path`, with its home and compiled form in `folder`.
///
/// # Errors
///
/// What is wrong with the component or the folder.
pub fn app(path: &Path, folder: &Path, reuse: Reuse) -> anyhow::Result<Arc<App>> {
    let identity = Identity::local(AppName::new("bench")?);
    let tier = Tier::named("P3v3")?;
    let mut spec = AppSpec::new(identity, path.into(), folder.into());
    spec.tier = tier;
    spec.reuse = reuse;
    let layout = DriveLayout::default();
    let sandbox = Sandbox::new(SandboxParts {
        app: "bench".into(),
        cli: ProcessBlock {
            environment: Arc::new(spec.environment(Site::Main, &InstanceId::random(), layout)),
            arguments: Vec::new(),
            working_directory: Some(layout.home().to_owned()),
        },
        home: folder.into(),
        memory: Budget::root("memory", tier.memory()),
    })
    .map_err(|error| anyhow::anyhow!("{error:#}"))?;
    let engines = Engines::new(Slots::of_this_machine()).map_err(|error| anyhow::anyhow!("{error:#}"))?;
    let loader = Loader::new(engines, CompiledStore::open(folder.join(".compiled"))?);
    let flow = Flow::new(NonZeroU64::MAX, u64::MAX / 2, Instant::now());
    let capture = Capture { sink: Arc::new(NoLog), flow: Arc::new(flow) };
    let output = Arc::new(move || Stdio::captured(capture.clone()));
    Ok(App::load(path, sandbox, loader, AppLimits::of(&spec), output, || {})?)
}

/// Sends one request to `app` and reads the whole response; its status and length.
///
/// # Errors
///
/// The app fails to answer.
pub async fn request(app: &App) -> anyhow::Result<(u16, usize)> {
    let body = Empty::<Bytes>::new().map_err(|never| match never {});
    let request = http::Request::get("http://bench.localhost/").body(body)?;
    let exchange = Arc::new(Exchange::begin(uuid::Uuid::new_v4()));
    let response = app
        .serve::<_>(request.map(|body| body.map_err(|_: HttpError| HttpError::HttpProtocolError)), exchange)
        .await?;
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.context("the body broke off")?;
    Ok((status, body.to_bytes().len()))
}
