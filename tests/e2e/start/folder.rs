//! Where a host keeps its app, and whose it is.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::Path;

use appsvc_tests::{Host, paths};

use crate::support::{Program, data, unique};

/// Starts a host without `--data` and `--name`, and returns its first line.
fn first_line(program: Program) -> String {
    let mut child = program.spawn();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    line.trim_end().to_owned()
}

fn program(component: &Path) -> Program {
    Program::new(["serve".as_ref(), component.as_os_str(), "--addr".as_ref(), "127.0.0.1:0".as_ref()])
}

#[test]
fn without_data_the_folder_is_the_users_and_is_printed() {
    let home = tempfile::tempdir().unwrap();
    let component = paths::guest("memories").unwrap();

    let xdg = home.path().join("xdg");
    let line = first_line(program(&component).env("XDG_DATA_HOME", &xdg).env("HOME", home.path()));
    let wanted = xdg.join("wasm-appsvc/memories");
    assert!(line.contains(&*wanted.to_string_lossy()), "{line}");
    assert!(wanted.join("home").is_dir());

    let line = first_line(program(&component).without_env("XDG_DATA_HOME").env("HOME", home.path()));
    let wanted = home.path().join(".local/share/wasm-appsvc/memories");
    assert!(line.contains(&*wanted.to_string_lossy()), "{line}");
    assert!(wanted.join("home").is_dir());

    let nowhere = program(&component).without_env("XDG_DATA_HOME").without_env("HOME").ended();
    assert_eq!(nowhere.code, Some(2), "{nowhere:?}");
    assert!(nowhere.stderr.contains("--data"), "{nowhere:?}");
    assert_eq!(nowhere.stderr.lines().count(), 1, "{nowhere:?}");
}

#[tokio::test]
async fn a_second_host_for_the_same_app_is_refused_and_the_first_goes_on() {
    let name = unique("same");
    let mut first = Host::serve("http-p2").name(&name).data(data()).start().await;
    assert_eq!(first.get("/file?path=/home/data/kept.txt&write=kept").await.json()["ok"], true);

    let refused = Host::serve("http-p2").name(&name).data(data()).refused().await;
    assert_eq!(refused.lines().count(), 1, "{refused}");
    let folder = data().join(&name);
    let wanted =
        ["already being served", &name, &folder.to_string_lossy(), &first.pid().to_string(), "--name"];
    for wanted in wanted {
        assert!(refused.contains(wanted), "{wanted:?} is not in {refused}");
    }
    // The same for a command that wants the app's files.
    let ended = Program::run_as(&name, "command", &["--", "read", "/home/data/kept.txt"]).ended();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("already being served"), "{ended:?}");
    // Another name in the same folder is another app.
    let mut other = Host::serve("http-p2").name(&unique("other")).data(data()).start().await;
    assert_eq!(other.get("/file?path=/home/data/kept.txt").await.json()["ok"], false);
    assert!(other.stop().await.success());

    assert_eq!(first.get("/file?path=/home/data/kept.txt").await.text(), "kept");
    // However the first ends, the folder is free then, and whole.
    first.kill().await;
    let mut next = Host::serve("http-p2").name(&name).data(data()).start().await;
    assert_eq!(next.get("/file?path=/home/data/kept.txt").await.text(), "kept");
    assert!(next.stop().await.success());
    let ended = Program::run_as(&name, "command", &["--", "read", "/home/data/kept.txt"]).ended();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "kept"), "{ended:?}");
}

#[tokio::test]
async fn the_first_line_has_the_address() {
    let host = crate::support::serve("http-p2").start().await;
    let line = host.log().lines().remove(0);
    assert!(line.contains(&format!("http://{}/", host.addr())), "{line}");
    assert!(TcpStream::connect(host.addr()).is_ok());
    assert_ne!(host.addr().port(), 0);

    let secure = crate::support::serve("http-p2").tls().start().await;
    let line = secure.log().lines().remove(0);
    assert!(line.contains(&format!("https://{}/", secure.addr())), "{line}");
}
