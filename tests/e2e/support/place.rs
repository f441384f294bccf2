//! One data folder for all hosts of this program, so that each guest is compiled once.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use appsvc_tests::{Host, Serve};
use tokio::sync::OnceCell;

/// The folder. It stays, compiled guests with it; what earlier runs left of their apps is removed.
pub(crate) fn data() -> &'static Path {
    static DATA: OnceLock<PathBuf> = OnceLock::new();
    DATA.get_or_init(|| {
        let data = Path::new(env!("CARGO_TARGET_TMPDIR")).join("e2e");
        fs::create_dir_all(&data).unwrap();
        for entry in fs::read_dir(&data).unwrap().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let process = name.split('-').rev().nth(1).and_then(|number| number.parse::<u32>().ok());
            let left = process.is_some_and(|process| !Path::new(&format!("/proc/{process}")).exists());
            if left {
                // Another run may be doing the same.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
        data
    })
}

/// A name for an app that no other host has.
pub(crate) fn unique(guest: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{guest}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A host for a guest, in the common folder under a name of its own.
pub(crate) fn serve(guest: &str) -> Serve {
    Host::serve(guest).data(data()).name(&unique(guest))
}

/// The arguments of such a host for the component at `path`, for [`Host::start`].
pub(crate) fn args(path: &Path, more: &[&str]) -> Vec<OsString> {
    let name = unique("app");
    let mut args: Vec<OsString> = vec!["serve".into(), path.into(), "--data".into(), data().into()];
    args.extend(["--addr", "127.0.0.1:0", "--name", &name].map(Into::into));
    args.extend(more.iter().map(Into::into));
    args
}

/// Waits until the JavaScript guest is compiled, which can take longer than tests are patient.
pub(crate) async fn compiled() {
    static DONE: OnceCell<()> = OnceCell::const_new();
    DONE.get_or_init(|| async {
        let host = serve("hono").start().await;
        for _ in 0..10 {
            if host.try_send(appsvc_tests::Request::get("/")).await.is_ok() {
                return;
            }
        }
        panic!("the guest is still not compiled; the host's log:\n{}", host.log());
    })
    .await;
}
