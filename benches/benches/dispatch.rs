//! What a request costs before any HTTP: a fresh instance, and a warm one.

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark that cannot start may stop")]

use std::path::PathBuf;
use std::time::Duration;

use appsvc_os::app::Reuse;
use criterion::{Criterion, criterion_group, criterion_main};

fn guest(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../guests/out").join(format!("{name}.wasm"))
}

fn dispatch(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut group = criterion.benchmark_group("dispatch");
    group.measurement_time(Duration::from_secs(5));
    for (name, reuse) in [
        ("hello-p2", Reuse::Never),
        ("hello-p2", Reuse::Always),
        ("hello-p3", Reuse::Never),
        ("hello-p3", Reuse::Always),
    ] {
        let path = guest(name);
        assert!(path.exists(), "{} is not there: `cargo xtask guests` builds it", path.display());
        let app = appsvc_benches::app(&path, folder.path(), reuse).expect("the app loads");
        let kind = if reuse == Reuse::Always { "warm" } else { "fresh" };
        group.bench_function(format!("{name}/{kind}"), |bencher| {
            bencher
                .to_async(&runtime)
                .iter(|| async { appsvc_benches::request(&app).await.expect("an answer") });
        });
    }
    group.finish();
}

criterion_group!(benches, dispatch);
criterion_main!(benches);
