//! Flags and `app.toml`: a bad value is one line that names it.

use std::path::Path;

use appsvc_tests::paths;
use regex::Regex;

use crate::support::{Ended, Program, data, serve, unique};

fn serve_with(flags: &[&str]) -> Ended {
    let component = paths::guest("http-p2").unwrap();
    let name = unique("options");
    let program =
        Program::new(["serve".as_ref(), component.as_os_str(), "--data".as_ref(), data().as_os_str()]);
    let named = flags.iter().any(|flag| flag.starts_with("--name"));
    let program = if named { program } else { program.args(&["--name", &name]) };
    program.args(flags).ended()
}

#[test]
fn a_bad_value_is_one_line_that_names_it() {
    for (flag, value) in [
        ("--addr", "localhost"),
        ("--addr", "127.0.0.1:65536"),
        ("--plan", "X9"),
        ("--name", "a/b"),
        ("--name", "../up"),
        ("--host-name", "shop:80"),
        ("--reuse", "maybe"),
        ("--threads", "0"),
        ("--time-limit", "0s"),
        ("--time-limit", "5parsecs"),
        ("--background-limit", "-1s"),
        ("--grace", "2h"),
        ("--env", "NOEQUALS"),
        ("--env", "=x"),
        ("--app-setting", "NOEQUALS"),
        ("--connection-string", "db=x"),
        ("--connection-string", "db:NoType=x"),
        ("--max-header-bytes", "1"),
        ("--max-headers", "0"),
        ("--max-url", "1GiB"),
        ("--head-timeout", "soon"),
        ("--idle-timeout", "0s"),
        ("--min-body-rate", "fast"),
        ("--max-connections", "0"),
        ("--log-format", "xml"),
        ("--config", "/no/such/app.toml"),
    ] {
        let given = format!("{flag}={value}");
        let ended = serve_with(&[&given]);
        assert_eq!(ended.code, Some(2), "{given}: {ended:?}");
        assert_eq!(ended.stdout, "", "{given}");
        assert_eq!(ended.stderr.lines().count(), 1, "{given}: {}", ended.stderr);
        // Of settings only the name or the type is shown: values may be secrets.
        let shown = value.split('=').next().unwrap_or_default().trim_start_matches("db:");
        let named = ended.stderr.contains(flag) || flag == "--config";
        assert!(named && ended.stderr.contains(shown), "{given}: {}", ended.stderr);
    }
}

#[test]
fn flags_that_do_not_belong_together_are_one_line() {
    for flags in [
        &["--tls-cert", "cert.pem"][..],
        &["--tls-key", "key.pem"],
        &["--max-header-bytes", "8KiB", "--max-url", "9KiB"],
    ] {
        let ended = serve_with(flags);
        assert_eq!(ended.code, Some(2), "{flags:?}: {ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{flags:?}: {}", ended.stderr);
    }
    let missing = ["--tls-cert=/no/such/cert.pem", "--tls-key=/no/such/key.pem", "--addr=127.0.0.1:0"];
    let ended = serve_with(&missing);
    assert!(matches!(ended.code, Some(1 | 2)), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{}", ended.stderr);
    assert!(ended.stderr.contains("/no/such/"), "{}", ended.stderr);
}

#[test]
fn a_flag_that_does_not_exist_is_an_error_with_the_usual_code() {
    for args in [&["serve", "app.wasm", "--no-such-flag"][..], &["serve"], &["fly"], &[]] {
        let ended = Program::new(args).ended();
        assert_eq!(ended.code, Some(2), "{args:?}: {ended:?}");
        assert_eq!(ended.stdout, "", "{args:?}");
        assert_ne!(ended.stderr, "", "{args:?}");
    }
    for args in [&["--help"][..], &["serve", "--help"], &["run", "--help"], &["--version"]] {
        let ended = Program::new(args).ended();
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{args:?}");
        assert_ne!(ended.stdout, "", "{args:?}");
    }
}

#[test]
fn a_mistake_in_the_file_is_one_line_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("app.toml");
    for (text, line, named) in [
        ("[limits]\ntime_limit = 'soon'\n", 2, "time_limit"),
        ("[http]\nmax_headrs = 3\n", 2, "max_headers"),
        ("plan = [\n", 1, ""),
    ] {
        std::fs::write(&file, text).unwrap();
        let ended = serve_with(&["--config", &file.to_string_lossy()]);
        assert_eq!(ended.code, Some(2), "{text}: {ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{text}: {}", ended.stderr);
        let place = format!("app.toml:{line}");
        assert!(ended.stderr.contains(&place) && ended.stderr.contains(named), "{text}: {}", ended.stderr);
    }
}

/// What the help gives as a range is taken, at both ends.
#[tokio::test]
async fn the_ends_of_every_range_are_taken() {
    let help = Program::new(["serve", "--help"]).ended().stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let range = Regex::new(r"(\d+[a-zA-Z]*) to (\d+[a-zA-Z]*)|up to (\d+[a-zA-Z]*)").unwrap();
    let mut refused = Vec::new();
    for flag in [
        "--threads",
        "--time-limit",
        "--background-limit",
        "--grace",
        "--max-header-bytes",
        "--max-headers",
        "--head-timeout",
        "--idle-timeout",
        "--min-body-rate",
        "--max-connections",
    ] {
        let text = help.split(&format!("{flag} <")).nth(1).and_then(|rest| rest.split(" --").next()).unwrap();
        let ends = range.captures(text).unwrap_or_else(|| panic!("no range for {flag}: {text}"));
        for end in ends.iter().skip(1).flatten() {
            if let Err(error) = serve("http-p2").args([flag, end.as_str()]).try_start().await {
                refused.push(format!("{flag} {}: {error}", end.as_str()));
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[tokio::test]
async fn flags_win_over_the_file_and_the_file_over_defaults() {
    let toml = "[limits]\ntime_limit = '7s'\n[env]\nBOTH = 'file'\nFILE = 'file'\n";
    let mut host = serve("http-p2").app_toml(toml).args(["--env", "BOTH=flag"]).start().await;
    assert_eq!(host.get("/env/BOTH").await.text(), "flag");
    assert_eq!(host.get("/env/FILE").await.text(), "file");
    assert!(host.stop().await.success());
}

#[tokio::test]
async fn the_file_beside_the_component_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let component = folder.path().join("shop.wasm");
    std::fs::copy(paths::guest("http-p2").unwrap(), &component).unwrap();
    std::fs::write(folder.path().join("app.toml"), "[app_settings]\nColor = 'red'\n").unwrap();
    let host = appsvc_tests::Host::start(crate::support::args(Path::new(&component), &[])).await;
    assert_eq!(host.get("/env/APPSETTING_Color").await.text(), "red");
}
