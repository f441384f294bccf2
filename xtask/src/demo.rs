//! `cargo xtask demo`: the example apps, built and served, each on a port of its own.
//!
//! The host is built with the `dev` profile. Its dependencies are optimised a little and the engine's compiler fully,
//! so it takes minutes less to build than a release and is a real host all the same: an app's first start, in which
//! it is compiled, takes about a third longer. `cargo xtask test` builds most of the same. `--release` shows the speed.

use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::guests;
use crate::http::status_of;
use crate::interrupt::Interrupt;
use crate::server::Server;
use crate::table::table;
use crate::workspace::{Metadata, cargo, show};

/// The example apps, by their names in `guests/out`.
const APPS: [&str; 5] = ["rust-axum", "rust-axum-p3", "hono", "python-p3", "python-p2"];
/// The first port to try.
const FIRST_PORT: u16 = 8081;
/// How many ports are tried for an app.
const PORTS: u16 = 100;
/// How long an app may take to be compiled, and how long to answer for the first time.
const PATIENCE: Duration = Duration::from_secs(180);

/// Options of `demo`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Serve this app only (may be repeated)
    #[arg(long, value_name = "APP", value_parser = APPS)]
    only: Vec<String>,
    /// End after so many seconds of serving [default: at Ctrl-C]
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Build the host as for release: minutes longer to build, faster to answer
    #[arg(long)]
    release: bool,
}

/// An app that is being served.
struct Served {
    name: &'static str,
    server: Server,
    built: String,
    started: Duration,
    log: PathBuf,
}

/// Builds, serves, and waits.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    let interrupt = Interrupt::watch()?;
    let start = Instant::now();
    let metadata = Metadata::read()?;

    eprintln!("== building the host ==");
    let mut build = cargo(["build", "--package=wasm-appsvc"]);
    show(if args.release { build.arg("--release") } else { &mut build })?;
    let host_built = start.elapsed();
    let profile = if args.release { "release" } else { "debug" };
    let host = metadata.target()?.join(profile).join("wasm-appsvc");
    // In the target directory: nothing is left on the machine when that is deleted, and the second
    // `cargo xtask demo` finds the apps compiled.
    let data = metadata.target()?.join("demo");
    fs::create_dir_all(&data).with_context(|| format!("cannot create {}", data.display()))?;

    eprintln!("== building and starting the apps ==");
    let mut served = Vec::new();
    let mut missing = Vec::new();
    let mut port = FIRST_PORT;
    for name in APPS {
        if !args.only.is_empty() && !args.only.iter().any(|only| only == name) {
            continue;
        }
        interrupt.check()?;
        match guests::build(&[name]) {
            Ok(built) => {
                let app = serve(name, &host, &data, &built, &mut port, &interrupt)?;
                eprintln!("{name:<15} at http://{}/", app.server.address());
                served.push(app);
            }
            // One language without its tools does not keep the others from being shown.
            Err(error) => {
                eprintln!("{name:<15} left out: {error:#}");
                missing.push((name, error));
            }
        }
    }
    if !served.is_empty() {
        println!("\n{}", summary(&served, host_built, start.elapsed()));
        let limit = args.seconds.map(Duration::from_secs);
        interrupt.wait(limit, || served.iter_mut().any(|app| app.server.check().is_err()));
        for app in &mut served {
            app.server.check().with_context(|| format!("its log is {}", app.log.display()))?;
        }
    }
    for app in served {
        app.server.stop()?;
    }
    for (name, error) in &missing {
        eprintln!("{name} was left out: {error:#}");
    }
    anyhow::ensure!(
        missing.is_empty(),
        "{} of the example apps could not be built; see above",
        missing.len()
    );
    Ok(())
}

fn serve(
    name: &'static str,
    host: &Path,
    data: &Path,
    built: &[guests::Built],
    port: &mut u16,
    interrupt: &Interrupt,
) -> anyhow::Result<Served> {
    let guest = built.first().with_context(|| format!("{name} was not built"))?;
    let address = free_address(port)?;
    let log = data.join(format!("{name}.log"));
    let mut command = Command::new(host);
    command.arg("serve").arg(&guest.path).args(["--addr", &address.to_string(), "--name", name]);
    command.arg("--data").arg(data);
    let start = Instant::now();
    let file = File::create(&log).with_context(|| format!("cannot create {}", log.display()))?;
    let server = Server::start(name, command, Some(file), PATIENCE, interrupt)?;
    let status = status_of(server.address(), "/", PATIENCE)?;
    anyhow::ensure!(status == 200, "{name} answered GET / with {status}; its log is {}", log.display());
    let built = guest.took.map_or_else(|| "before".into(), seconds);
    Ok(Served { name, server, built, started: start.elapsed(), log })
}

/// The next address of the loopback that nobody listens on.
fn free_address(port: &mut u16) -> anyhow::Result<SocketAddr> {
    for _ in 0..PORTS {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
        *port += 1;
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    anyhow::bail!("{PORTS} ports up to {port} are all in use")
}

fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

fn summary(served: &[Served], host_built: Duration, total: Duration) -> String {
    let heading = ["app", "address", "built in", "first answer", "log"].map(str::to_owned);
    let rows = served.iter().map(|app| {
        let address = format!("http://{}/", app.server.address());
        let log = app.log.display().to_string();
        [app.name.to_owned(), address, app.built.clone(), seconds(app.started), log]
    });
    let mut text = table(&std::iter::once(heading).chain(rows).collect::<Vec<_>>());
    text +=
        &format!("\nThe host was built in {}; all together took {}.\n", seconds(host_built), seconds(total));
    if let Some(app) = served.first() {
        let base = format!("http://{}", app.server.address());
        text += &format!(
            "
Open an address in a browser, or try these with any of them:
  curl {base}/json
  curl -N {base}/stream                       # five chunks, each as soon as it exists
  curl --data-binary @README.md {base}/echo   # the request's body, streamed back
Ctrl-C ends it.
"
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_in_use_is_passed_over() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut port = taken.local_addr().unwrap().port();
        let address = free_address(&mut port).unwrap();
        assert_ne!(address, taken.local_addr().unwrap());
        assert_eq!(port, address.port() + 1);
    }
}
