//! Files that cannot be served: each is refused with what is wrong and what to do.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use appsvc_tests::paths;

use crate::support::{Ended, Program, args, unique};

fn serve(component: &Path) -> Ended {
    Program::new(args(component, &[])).ended()
}

/// The one line that a failed start says.
fn complaint(ended: &Ended) -> &str {
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.stdout, "", "nothing belongs there");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    ended.stderr.trim_end()
}

#[test]
fn what_cannot_be_served_is_refused_with_the_reason() {
    for (guest, reasons) in [
        ("not-wasm", &["is not a WebAssembly component", "does not begin with the bytes of WebAssembly"][..]),
        ("truncated", &["is damaged", "unexpected end"]),
        ("core", &["is a core WebAssembly module, not a component", "wasm32-wasip2"]),
        ("command-p1", &["is a core WebAssembly module, not a component", "`wasm-appsvc run`"]),
        ("empty", &["exports nothing", "wasi:http/incoming-handler@0.2", "wasi:http/handler@0.3"]),
        ("command", &["wasi:cli/run@0.2", "`wasm-appsvc run`"]),
        ("command-p3", &["wasi:cli/run@0.3", "`wasm-appsvc run`"]),
        ("trap-at-start", &["wasi:cli/run@0.2.0", "`wasm-appsvc run`"]),
    ] {
        let path = paths::guest(guest).unwrap();
        let ended = serve(&path);
        let complaint = complaint(&ended);
        assert!(complaint.contains(&*path.to_string_lossy()), "{complaint}");
        for reason in reasons {
            assert!(complaint.contains(reason), "{guest}: {reason:?} is not in {complaint}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_told_once_and_with_its_path() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing.wasm");
    // A file that can be opened and not read, for whoever runs this: nothing is mapped at the beginning.
    let unreadable = folder.path().join("unreadable.wasm");
    symlink("/proc/self/mem", &unreadable).unwrap();
    let nothing = folder.path().join("nothing.wasm");
    fs::write(&nothing, "").unwrap();
    let mut cases = vec![
        (missing, "No such file"),
        (folder.path().to_owned(), "s a directory"),
        (unreadable, "nput/output error"),
        (nothing, "it is empty"),
    ];
    if !rustix::process::geteuid().is_root() {
        let forbidden = folder.path().join("forbidden.wasm");
        fs::write(&forbidden, "").unwrap();
        fs::set_permissions(&forbidden, fs::Permissions::from_mode(0o000)).unwrap();
        cases.push((forbidden, "Permission denied"));
    }
    for (path, reason) in cases {
        let ended = serve(&path);
        let complaint = complaint(&ended);
        assert!(complaint.contains(&*path.to_string_lossy()), "{complaint}");
        assert_eq!(complaint.matches(reason).count(), 1, "{complaint}");
    }
}

#[test]
fn an_import_that_nobody_has_is_named_with_the_nearest() {
    for (guest, import) in [
        ("unknown-import", "`acme:missing/thing@1.0.0`"),
        ("unknown-wasi", "`wasi:keyvalue/store@0.2.0-draft`"),
    ] {
        let ended = Program::run(guest, &[]).ended();
        let complaint = complaint(&ended);
        assert!(complaint.contains(import), "{complaint}");
    }
    // A slip of the pen in the name, of the same length.
    let folder = tempfile::tempdir().unwrap();
    let slip = folder.path().join("slip.wasm");
    let bytes = fs::read(paths::guest("unknown-import").unwrap()).unwrap();
    let (old, new) = (b"acme:missing/thing@1.0.0", b"wasi:random/randam@0.2.0");
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    fs::write(&slip, [&bytes[..at], new, &bytes[at + old.len()..]].concat()).unwrap();
    let name = unique("slip");
    let ended = Program::new(["run".as_ref(), slip.as_os_str(), "--name".as_ref(), name.as_ref()])
        .env("XDG_DATA_HOME", folder.path())
        .ended();
    let complaint = complaint(&ended);
    assert!(complaint.contains("`wasi:random/randam@0.2.0`"), "{complaint}");
    assert!(complaint.contains("nearest it has is `wasi:random/random@0.2"), "{complaint}");
}

#[test]
fn a_handler_with_an_import_that_nobody_has_is_refused_too() {
    // `wasi:http/types` under a name that is as long and means nothing.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("handler.wasm");
    let mut bytes = fs::read(paths::guest("memories").unwrap()).unwrap();
    let (old, new) = (b"wasi:http/types@", b"wasi:http/typos@");
    while let Some(at) = bytes.windows(old.len()).position(|window| window == old) {
        bytes[at..at + old.len()].copy_from_slice(new);
    }
    fs::write(&path, bytes).unwrap();
    let ended = serve(&path);
    let complaint = complaint(&ended);
    assert!(complaint.contains("imports `wasi:http/typos@0.2.0`"), "{complaint}");
    assert!(complaint.contains("nearest it has is `wasi:http/types@0.2"), "{complaint}");
}
