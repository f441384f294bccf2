//! `wasm-appsvc serve`: one app behind the HTTP front end, until a signal ends it.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use appsvc_config::ServeSpec;
use appsvc_os::app::AppSpec;
use appsvc_os::data_folder::DataFolder;
use appsvc_runtime::app::{App, seconds};
use appsvc_server::{Config, Limits, Server, Threads, TlsFiles};
use tokio::signal::unix::{SignalKind, signal};

use crate::assemble::{self, Place};
use crate::log::{self, GuestLog, LogGuard};
use crate::site::LocalSite;
use crate::watch::{self, Watch};

/// How often idle instances are looked at.
const SWEEP: Duration = Duration::from_secs(5);

/// Serves the app until SIGINT or SIGTERM; requests under way are finished.
///
/// # Errors
///
/// Whatever keeps it from starting: address, folder, component.
pub fn serve(spec: ServeSpec) -> anyhow::Result<ExitCode> {
    let app = &spec.app;
    let threads = Threads::start(Some(spec.threads.get()), |_| {})?;
    let site = LocalSite::new(app.identity.name.as_str(), app.identity.host_name.as_str())?;
    let secure = spec.tls.is_some();
    let server = Server::bind(front_end(&spec), threads, site)?;
    let place = Place::take(app, Vec::new())?;

    let scheme = if secure { "https" } else { "http" };
    let said = format!(
        "{scheme}://{}/ serves app {} ({}, plan {}), data in {}",
        server.local_addr(),
        app.identity.name,
        app.component.display(),
        app.tier.name(),
        place.folder().path().display(),
    );
    let control = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let guest_log = Arc::new(GuestLog::new(spec.log_format));
    let printed = guest_log.clone();
    let served = control.block_on(async {
        let stop = Stop::listen()?;
        let spec = spec.clone();
        let load = move || load(&spec, place, &guest_log, &said);
        tokio::select! {
            biased;
            () = stop.asked() => Ok(()),
            loaded = tokio::task::spawn_blocking(load) => answer(server, loaded??, &stop).await,
        }
    });
    // A component that is still being compiled must not keep the process.
    control.shutdown_background();
    if let Some(guest_log) = Arc::into_inner(printed) {
        guest_log.finish();
    }
    served.map(|()| ExitCode::SUCCESS)
}

/// What has to live as long as the app is served.
struct Loaded {
    app: Arc<App>,
    _folder: DataFolder,
    _watch: Watch,
    _log: LogGuard,
}

fn load(spec: &ServeSpec, place: Place, guest_log: &GuestLog, said: &str) -> anyhow::Result<Loaded> {
    let component = &spec.app.component;
    let state = watch::stamp(component);
    let mut early = false;
    let (app, folder) = assemble::load(&spec.app, place, guest_log, || {
        early = true;
        // Compiling takes seconds for large components: whoever waits should know for what.
        eprintln!("{said}\ncompiling the component; requests wait until it is done");
    })?;
    if !early {
        eprintln!("{said}");
    }
    let log = log::start(spec.log_format, "info")?;
    if early {
        let took = app.describe(|program| seconds(program.took));
        tracing::info!(app = app.name(), "compiled in {took}; the next start finds it compiled");
    }
    let watch = watch::start(app.clone(), component, state)?;
    Ok(Loaded { app, _folder: folder, _watch: watch, _log: log })
}

async fn answer(server: Server<LocalSite>, loaded: Loaded, stop: &Stop) -> anyhow::Result<()> {
    server.site().open(loaded.app.clone());
    let sweeper = tokio::spawn(sweep(loaded.app.clone()));
    let stopped = async {
        stop.asked().await;
        tracing::info!("stopping: requests under way are finished first");
    };
    server.run(stopped).await?;
    sweeper.abort();
    Ok(())
}

/// The signals that end the host.
struct Stop(tokio::sync::watch::Receiver<bool>);

impl Stop {
    fn listen() -> anyhow::Result<Self> {
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for SIGINT")?;
        let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
        let (asked, seen) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            // Nobody listens any more when the host is ending anyway.
            let _ = asked.send(true);
        });
        Ok(Self(seen))
    }

    /// Ready once a signal has come.
    async fn asked(&self) {
        // The sender is gone only when the runtime is.
        let _ = self.0.clone().wait_for(|asked| *asked).await;
    }
}

async fn sweep(app: Arc<App>) {
    loop {
        tokio::time::sleep(SWEEP).await;
        app.retire_idle();
    }
}

fn front_end(spec: &ServeSpec) -> Config {
    let ServeSpec { app, listen, tls, http, grace, .. } = spec;
    let AppSpec { identity, time_limit, compression, iis_headers, .. } = app;
    Config {
        tls: tls.as_ref().map(|files| TlsFiles { certificates: files.cert.clone(), key: files.key.clone() }),
        limits: Limits {
            head_bytes: http.max_header_bytes,
            head_lines: http.max_headers,
            url_bytes: http.max_url,
            head_time: http.head_timeout,
            idle_time: http.idle_timeout,
            body_rate: u32::try_from(http.min_body_rate).unwrap_or(u32::MAX),
            connections: http.max_connections,
            silence: time_limit.get(),
            stop_grace: *grace,
            ..Limits::default()
        },
        default_host: Some(identity.host_name.as_str().to_owned()),
        deployment_id: Some(identity.name.as_str().to_owned()),
        iis_headers: *iis_headers,
        compression: *compression,
        ..Config::new(*listen)
    }
}
