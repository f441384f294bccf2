//! An app: its versions, and the instances of the current one.
//!
//! A [`Version`] is one build of the app's component with its warm instances. [`App::replace`] puts a new version
//! in place between two requests: those under way hold the old one, which ends with the last of them.

mod limits;
mod pool;
mod version;

use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use appsvc_os::exchange::{Exchange, Failure};
use appsvc_wasi::cli::Stdio;
use appsvc_wasi::{Reclaim, Sandbox};
use arc_swap::ArcSwap;
use http::{Request, Response};
use wasmtime_wasi_http::Error as HttpError;

pub use limits::{AppLimits, seconds};
pub(crate) use pool::{Proxy, Warm};
pub(crate) use version::{Version, new_store};

use crate::dispatch::{self, AppBody};
use crate::fairness::CpuMeter;
use crate::program::{LoadError, Loader, Program, Use};

/// How long an instance may lie idle before it is retired.
const IDLE_LIMIT: Duration = Duration::from_secs(60);

/// Makes the standard streams of a new instance.
pub type OutputFactory = Arc<dyn Fn() -> Stdio + Send + Sync>;

/// A served app.
pub struct App {
    current: ArcSwap<Version>,
    sandbox: Arc<Sandbox>,
    loader: Loader,
    limits: AppLimits,
    output: OutputFactory,
    cpu: Arc<CpuMeter>,
}

impl App {
    /// Loads the component at `path` and makes an app of it. Compiles, if it must (and calls `compiling` before
    /// it does): not for an async thread.
    ///
    /// # Errors
    ///
    /// What is wrong with the component.
    pub fn load(
        path: &Path,
        sandbox: Sandbox,
        loader: Loader,
        limits: AppLimits,
        output: OutputFactory,
        compiling: impl FnOnce(),
    ) -> Result<Arc<Self>, LoadError> {
        let program = loader.load(path, Use::Serve, compiling)?;
        let sandbox = Arc::new(sandbox);
        let cpu = Arc::<CpuMeter>::default();
        let version = Version::new(program, sandbox.clone(), limits.clone(), output.clone(), cpu.clone());
        let app =
            Arc::new(Self { current: ArcSwap::from_pointee(version), sandbox, loader, limits, output, cpu });
        let reclaim: Weak<dyn Reclaim> = Arc::<Self>::downgrade(&app);
        app.sandbox.set_reclaim(reclaim);
        Ok(app)
    }

    /// The app's name.
    pub fn name(&self) -> &str {
        self.sandbox.app()
    }

    /// What all its instances share.
    pub fn sandbox(&self) -> &Arc<Sandbox> {
        &self.sandbox
    }

    /// CPU time its guests have taken.
    pub fn cpu(&self) -> Duration {
        self.cpu.total()
    }

    /// What the current version was loaded from, and how.
    pub fn describe<R>(&self, describe: impl FnOnce(&Program) -> R) -> R {
        describe(self.current.load().program())
    }

    /// Answers one request. Dropping the future is allowed at any time: the guest then goes on in the background.
    ///
    /// # Errors
    ///
    /// The ways in which an app can fail to answer.
    pub fn serve<B>(
        &self,
        request: Request<B>,
        exchange: Arc<Exchange>,
    ) -> impl Future<Output = Result<Response<AppBody>, Failure>> + Send + 'static
    where
        B: http_body::Body<Data = bytes::Bytes, Error = HttpError> + Send + 'static,
    {
        dispatch::serve(self.current.load_full(), request, exchange)
    }

    /// Loads the component at `path` and serves it from the next request on. Requests under way finish on the
    /// version they began with. Compiles: not for an async thread.
    ///
    /// # Errors
    ///
    /// What is wrong with the new component; the old one goes on.
    pub fn replace(&self, path: &Path) -> Result<(), LoadError> {
        let program = self.loader.load(path, Use::Serve, || {})?;
        let version = Version::new(
            program,
            self.sandbox.clone(),
            self.limits.clone(),
            self.output.clone(),
            self.cpu.clone(),
        );
        let old = self.current.swap(Arc::new(version));
        old.pool().clear();
        Ok(())
    }

    /// Retires instances that nobody has needed for a while; to be called now and then.
    pub fn retire_idle(&self) {
        self.current.load().pool().retire_idle(IDLE_LIMIT);
    }
}

impl Reclaim for App {
    fn reclaim(&self) -> bool {
        self.current.load().pool().clear() > 0
    }
}
