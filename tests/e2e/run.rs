//! `wasm-appsvc run`: commands of every kind in the app's sandbox.

use std::io::{BufRead as _, BufReader, Write as _};

use crate::support::{Program, unique};

/// A preview 1 core module, and commands of WASI 0.2 and 0.3.
const COMMANDS: [&str; 2] = ["command", "command-p1"];

#[test]
fn arguments_reach_the_command_as_they_are() {
    let given = ["--", "args", "--name", "two words", "", "-h", "ä☃", "--"];
    for guest in COMMANDS {
        let ended = Program::run(guest, &given).ended();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let name = format!("{guest}.wasm");
        let wanted: Vec<_> = [name.as_str()].into_iter().chain(given[1..].iter().copied()).collect();
        assert_eq!(ended.stdout.lines().collect::<Vec<_>>(), wanted, "{guest}");
    }
    let ended = Program::run("command-p3", &["--", "two words", "--name"]).ended();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "command-p3.wasm\ntwo words\n--name\n"));
}

#[test]
fn the_environment_is_the_apps_and_nothing_of_the_hosts() {
    let flags = ["--env", "A=b=c", "--app-setting", "Color=red", "--connection-string", "db:MySql=x;y=z"];
    for guest in COMMANDS {
        let then = [&flags[..], &["--", "env"]].concat();
        let ended = Program::run(guest, &then).env("APPSVC_E2E_SECRET", "of the host").ended();
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let lines: Vec<_> = ended.stdout.lines().collect();
        for wanted in [
            "A=b=c",
            "Color=red",
            "APPSETTING_Color=red",
            "MYSQLCONNSTR_db=x;y=z",
            "HOME=/home",
            "OS=Windows_NT",
        ] {
            assert!(lines.contains(&wanted), "{guest}: {wanted} is not in {lines:#?}");
        }
        assert!(!ended.stdout.contains("APPSVC_E2E"), "{guest}: {}", ended.stdout);
        // What every process of this machine has, except what the platform sets itself.
        for name in ["PWD", "USER", "SHELL", "LOGNAME", "CARGO", "CARGO_MANIFEST_DIR", "WASM_APPSVC"] {
            let leaks = lines.iter().any(|line| line.starts_with(&format!("{name}=")));
            assert!(!leaks, "{guest}: {name} is in {lines:#?}");
        }
        let path = std::env::var("PATH").unwrap();
        assert!(!ended.stdout.contains(&path), "{guest}: {}", ended.stdout);
    }
}

#[test]
fn standard_streams_stream() {
    for guest in ["command", "command-p1", "command-p3"] {
        let mut running = Program::run(guest, &["--", "cat"]).start();
        let mut input = running.stdin.take().unwrap();
        let mut output = BufReader::new(running.stdout.take().unwrap());
        let mut line = String::new();
        if guest == "command-p3" {
            // It prints its arguments first.
            output.read_line(&mut line).unwrap();
            output.read_line(&mut line).unwrap();
        }
        for number in 0..3 {
            let sent = format!("line {number}\n");
            input.write_all(sent.as_bytes()).unwrap();
            line.clear();
            // What was written must come out before the input ends.
            output.read_line(&mut line).unwrap();
            assert_eq!(line, sent, "{guest}");
        }
        drop(input);
        line.clear();
        assert_eq!(output.read_line(&mut line).unwrap(), 0, "{guest}: {line}");
        assert_eq!(running.end().code, Some(0), "{guest}");
    }
}

#[test]
fn many_bytes_pass_through_whole() {
    let input: Vec<u8> =
        (0..4u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8 & 0x7f).collect();
    for guest in COMMANDS {
        let ended = Program::run(guest, &["--", "cat"]).fed(&input);
        assert_eq!(ended.code, Some(0), "{guest}: {}", ended.stderr);
        assert!(ended.stdout.as_bytes() == input, "{guest}: {} bytes of {}", ended.stdout.len(), input.len());
    }
    let ended = Program::run("command-p3", &["--"]).fed(&input);
    let rest = ended.stdout.strip_prefix("command-p3.wasm\n").unwrap();
    assert!(rest.as_bytes() == input, "{} bytes of {}", rest.len(), input.len());
}

#[test]
fn a_reader_that_goes_away_ends_the_command() {
    for guest in COMMANDS {
        let mut running = Program::run(guest, &["--", "lines", "100000000"]).start();
        let mut line = String::new();
        BufReader::new(running.stdout.take().unwrap()).read_line(&mut line).unwrap();
        // The reader is dropped by now.
        let ended = running.end();
        assert_ne!(ended.code, Some(0), "{guest}: {ended:?}");
    }
}

#[test]
fn the_exit_code_is_the_guests() {
    for (guest, arguments, code) in [
        ("command", &["exit", "0"][..], 0),
        // WASI 0.2 knows only success and failure.
        ("command", &["exit", "7"], 1),
        ("command-p1", &["exit", "0"], 0),
        ("command-p1", &["exit", "7"], 7),
        ("command-p3", &["exit", "7"], 7),
        ("command-p3", &["exit", "0"], 0),
        ("command-p3", &["fail"], 1),
        ("command-p3", &["fine"], 0),
    ] {
        let ended = Program::run(guest, &[&["--"], arguments].concat()).ended();
        assert_eq!(ended.code, Some(code), "{guest} {arguments:?}: {ended:?}");
        assert_eq!(ended.stderr, "", "{guest} {arguments:?}");
    }
}

#[test]
fn a_trap_is_told_with_the_functions_that_led_to_it() {
    for (guest, main) in
        [("command", "command::main"), ("command-p1", "command::main"), ("command-p3", "run")]
    {
        let ended = Program::run(guest, &["--", "trap"]).ended();
        // As a shell reports a process that aborted.
        assert_eq!(ended.code, Some(134), "{guest}: {ended:?}");
        for wanted in [&format!("{guest}.wasm")[..], "unreachable", "probe_support::stress::trap", main] {
            assert!(ended.stderr.contains(wanted), "{guest}: {wanted:?} is not in {}", ended.stderr);
        }
    }
    let ended = Program::run("command", &["--", "panic"]).ended();
    assert_eq!(ended.code, Some(134), "{ended:?}");
    assert!(ended.stderr.contains("the probe panics as asked"), "{}", ended.stderr);
    let ended = Program::run("trap-at-start", &[]).ended();
    assert_eq!(ended.code, Some(134), "{ended:?}");
    assert!(ended.stderr.contains("boot") && ended.stderr.contains("unreachable"), "{}", ended.stderr);
}

#[test]
fn work_after_the_return_of_an_async_command_is_done() {
    let ended = Program::run("command-p3", &["--", "linger", "50"]).ended();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.stdout.ends_with("lingered\n"), "{ended:?}");
}

#[test]
fn files_stay_from_one_run_to_the_next_and_apps_have_their_own() {
    let app = unique("files");
    for (writer, reader) in [("command", "command-p1"), ("command-p1", "command")] {
        let written = Program::run_as(&app, writer, &["--", "write", "/home/data/note.txt", writer]).ended();
        assert_eq!(written.code, Some(0), "{written:?}");
        let read = Program::run_as(&app, reader, &["--", "read", "/home/data/note.txt"]).ended();
        assert_eq!((read.code, read.stdout.as_str()), (Some(0), writer), "{read:?}");
        let other = Program::run(reader, &["--", "read", "/home/data/note.txt"]).ended();
        assert_eq!(other.code, Some(1), "{other:?}");
        assert!(other.stderr.contains("NotFound"), "{other:?}");
    }
}

#[test]
fn a_command_sees_no_file_of_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    let absolute = folder.path().join("secret.txt").to_string_lossy().into_owned();
    for guest in COMMANDS {
        for path in
            ["secret.txt", &absolute, "/etc/passwd", "/home/../etc/passwd", "/home/../../../etc/passwd"]
        {
            let ended = Program::run(guest, &["--", "read", path]).folder(folder.path()).ended();
            assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{guest} {path}: {ended:?}");
        }
    }
}

#[test]
fn a_link_that_leads_out_of_home_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("secret.txt"), "secret").unwrap();
    let app = unique("link");
    let first = Program::run_as(&app, "command", &["--", "list", "/home"]).ended();
    assert_eq!(first.code, Some(0), "{first:?}");
    let home = crate::support::data().join(&app).join("home");
    std::os::unix::fs::symlink(folder.path(), home.join("out")).unwrap();
    let ended = Program::run_as(&app, "command", &["--", "read", "/home/out/secret.txt"]).ended();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
}

#[test]
fn handlers_and_what_is_no_program_are_refused() {
    for (guest, reason) in [
        ("http-p2", "`wasm-appsvc serve`"),
        ("http-p3", "`wasm-appsvc serve`"),
        ("core", "core WebAssembly module"),
        ("empty", "wasi:cli/run@0.2"),
        ("not-wasm", "not a WebAssembly component"),
        ("truncated", "is damaged"),
    ] {
        let ended = Program::run(guest, &[]).ended();
        assert_eq!(ended.code, Some(1), "{guest}: {ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{guest}: {}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{guest}: {}", ended.stderr);
    }
}

#[test]
fn bad_options_are_one_line() {
    for flag in ["--plan=X9", "--env=NOEQUALS", "--name=a/b", "--log-format=xml"] {
        let component = appsvc_tests::paths::guest("command").unwrap();
        let args = ["run".as_ref(), component.as_os_str(), flag.as_ref()];
        let ended = Program::new(args).ended();
        assert_eq!(ended.code, Some(2), "{flag}: {ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{flag}: {}", ended.stderr);
    }
}
