//! A server: one address, one site.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use tokio::sync::Notify;

use crate::config::Config;
use crate::connection::{self, Shared};
use crate::listen::{BindError, listen};
use crate::request::platform::{self, Names};
use crate::shutdown::{Shutdown, Stage};
use crate::site::Site;
use crate::threads::{Threads, Worker};
use crate::tls::Tls;

/// Connections over the limit that are told so at the same time; any more are closed without a word.
const REFUSED_AT_ONCE: usize = 100;
/// Pause after the system refused a connection for want of something (descriptors, memory).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
/// Time that connections have to notice that they are cut.
const CUT_TIME: Duration = Duration::from_secs(5);

/// A site being served on an address.
pub struct Server<S> {
    shared: Arc<Shared<S>>,
    listener: TcpListener,
    address: SocketAddr,
    counts: Arc<Counts>,
}

/// Connections of a server.
#[derive(Debug, Default)]
struct Counts {
    open: AtomicUsize,
    refused: AtomicUsize,
    /// One has ended.
    ended: Notify,
}

impl<S: Site> Server<S> {
    /// Listens for `site`, whose requests will run on `threads`. Several servers may share them.
    ///
    /// # Errors
    /// [`BindError`] when a limit is out of range, certificate or key cannot be used, or the address cannot
    /// be listened on.
    pub fn bind(config: Config, threads: Arc<Threads>, site: S) -> Result<Self, BindError> {
        let Config { address, tls, limits, default_host, deployment_id, iis_headers, compression } = config;
        limits.check()?;
        let tls = tls.as_ref().map(Tls::load).transpose()?;
        let names = Names {
            default_host: default_host.unwrap_or_else(|| format!("{}.localhost", site.name())),
            deployment_id: deployment_id.unwrap_or_else(|| site.name().to_owned()),
        };
        let template = || platform::template(&names, tls.is_some()).map(Arc::new);
        let templates = threads.workers().iter().map(|_| template()).collect::<Result<_, _>>();
        let templates = templates.map_err(|(header, value)| BindError::Name { header, value })?;
        let listener = listen(address)?;
        let address = listener.local_addr().map_err(|source| BindError::Other { address, source })?;
        for worker in threads.workers() {
            worker.alarms.refine(limits.shortest());
        }
        let shared = Shared {
            app: site.name().into(),
            http1: connection::http1::builder(&limits),
            site,
            limits,
            tls,
            templates,
            iis_headers,
            compression,
            threads,
            shutdown: Shutdown::new(),
        };
        Ok(Self { shared: Arc::new(shared), listener, address, counts: Arc::default() })
    }

    /// The address it listens on, with the real port.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The site.
    pub fn site(&self) -> &S {
        &self.shared.site
    }

    /// Accepts connections until `stop` is ready, then lets requests under way finish, for no longer than the
    /// limit `stop_grace`. Returns the number of connections that were cut because they did not.
    ///
    /// # Errors
    /// When the listening socket cannot be waited for: `run` needs a runtime with I/O and time.
    pub async fn run(self, stop: impl Future<Output = ()>) -> io::Result<usize> {
        let Self { shared, listener, counts, .. } = self;
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let mut stop = pin!(stop);
        loop {
            let accepted = tokio::select! {
                biased;
                () = &mut stop => break,
                accepted = listener.accept() => accepted,
            };
            match accepted.and_then(|(stream, client)| Ok((stream.into_std()?, client))) {
                Ok((stream, client)) => hand_over(stream, client, &shared, &counts),
                Err(error) => pause(&error, &shared.app).await,
            }
        }
        drop(listener);
        shared.shutdown.enter(Stage::Finishing);
        if tokio::time::timeout(shared.limits.stop_grace, counts.none_left()).await.is_ok() {
            return Ok(0);
        }
        let left = counts.open.load(Relaxed);
        tracing::warn!(
            app = &*shared.app,
            connections = left,
            "the time to stop is over: connections are cut"
        );
        shared.shutdown.enter(Stage::Cutting);
        let _ = tokio::time::timeout(CUT_TIME, counts.none_left()).await;
        Ok(left)
    }
}

/// Waits a little after the system refused a connection for want of something, rather than ask in a loop.
async fn pause(error: &io::Error, app: &str) {
    if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        tracing::error!(app, reason = %error, "no connection can be accepted; raise the limit of open files");
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

/// Gives a connection to the least loaded thread.
fn hand_over<S: Site>(stream: TcpStream, client: SocketAddr, shared: &Arc<Shared<S>>, counts: &Arc<Counts>) {
    // Fails only on a connection that is broken already, which shows soon enough.
    let _ = stream.set_nodelay(true);
    let Some(worker) = shared.threads.least_loaded() else { return };
    let Some(place) = Place::take(counts, shared.limits.connections, worker) else {
        tracing::debug!(app = &*shared.app, %client, "a connection over the limit was closed without a word");
        return;
    };
    let (shared, home) = (shared.clone(), worker.clone());
    worker.handle.spawn(async move {
        connection::run(shared, stream, client, home, place.refused).await;
        drop(place);
    });
}

/// A connection's place among the others of its server and thread.
#[derive(Debug)]
struct Place {
    counts: Arc<Counts>,
    worker: Arc<Worker>,
    refused: bool,
}

impl Place {
    /// Only the acceptor takes places, so that none can be taken between looking and counting.
    fn take(counts: &Arc<Counts>, limit: usize, worker: &Arc<Worker>) -> Option<Self> {
        let refused = counts.open.load(Relaxed) >= limit;
        if refused && counts.refused.load(Relaxed) >= REFUSED_AT_ONCE {
            return None;
        }
        worker.connections.fetch_add(1, Relaxed);
        let place = Self { counts: counts.clone(), worker: worker.clone(), refused };
        place.count().fetch_add(1, Relaxed);
        Some(place)
    }

    fn count(&self) -> &AtomicUsize {
        if self.refused { &self.counts.refused } else { &self.counts.open }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.worker.connections.fetch_sub(1, Relaxed);
        self.count().fetch_sub(1, Relaxed);
        self.counts.ended.notify_one();
    }
}

impl Counts {
    async fn none_left(&self) {
        while self.open.load(Relaxed) + self.refused.load(Relaxed) > 0 {
            self.ended.notified().await;
        }
    }
}
