//! Guests that print more than anyone can read.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::sync::LazyLock;

use appsvc_tests::{Host, Request, Version};
use regex::Regex;

use crate::support::{PROBES, Program, Scene, args, serve};

/// Lines of flooding guests: the number, dots up to 1023 bytes, then the fields of the log. What is of no flood is
/// `None`, a line that is torn or mixed with another panics.
fn flooded(line: &str) -> Option<(String, u64)> {
    if !line.contains("....") {
        return None;
    }
    static WHOLE: LazyLock<Regex> = LazyLock::new(|| {
        let line =
            r#"^\S+Z  INFO guest: ((\d+)\.*) app="[a-z0-9-]+" request=([0-9a-f-]{36}) stream="stdout"$"#;
        Regex::new(line).unwrap()
    });
    let captures = WHOLE.captures(line).unwrap_or_else(|| panic!("no whole line: {line}"));
    assert_eq!(captures[1].len(), 1023, "{line}");
    Some((captures[3].to_owned(), captures[2].parse().unwrap()))
}

/// The count in a line about output that was dropped.
fn lost(line: &str) -> u64 {
    let count = line.split_once("lines=").expect("a count").1;
    count.split(' ').next().and_then(|count| count.parse().ok()).expect("a number")
}

static REQUEST: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"request=[0-9a-f]{8}-[0-9a-f-]{27}( |$)").unwrap());

#[tokio::test]
async fn a_guest_that_floods_its_output_is_slowed_and_the_host_is_not() {
    for guest in PROBES {
        let scene = Scene::open(serve(guest)).await;
        let mib = 4;
        let one = scene.ask("/flood?mib=4");
        let other = scene.ask("/flood?mib=4");
        let lines = async {
            // Others print meanwhile, and read what they printed.
            for number in 0..20 {
                let text = format!("between-{number}-the-floods");
                assert_eq!(scene.get(&format!("/stderr?text={text}")).await.status(), 200);
                assert_eq!(scene.get("/").await.status(), 200);
            }
        };
        let (one, other, ()) = tokio::join!(one, other, lines);
        assert_eq!((one.status(), other.status()), (200, 200), "{guest}");
        scene.get("/stdout?text=after-the-floods").await;
        scene.wait_for_log("the last line", |line| line.contains("after-the-floods")).await;

        let mut last: HashMap<String, Vec<u64>> = HashMap::new();
        let mut dropped = 0;
        for line in scene.log().lines() {
            if line.contains("guest output was dropped") {
                dropped += lost(&line);
            }
            if let Some((request, number)) = flooded(&line) {
                last.entry(request).or_default().push(number);
            }
        }
        assert_eq!(last.len(), 2, "{guest}");
        let printed: u64 = last.values().map(|numbers| numbers.len() as u64).sum();
        assert_eq!(printed + dropped, 2 * mib * 1024, "{guest}: lines that are neither there nor counted");
        if dropped == 0 {
            for numbers in last.values() {
                assert!(numbers.iter().zip((0..64).cycle()).all(|(got, wanted)| *got == wanted), "{guest}");
            }
        }
        for number in 0..20 {
            let text = format!("between-{number}-the-floods");
            let count = scene.log().lines().iter().filter(|line| line.contains(&text)).count();
            assert_eq!(count, 1, "{guest}: {text}");
        }
        scene.close().await;
    }
}

/// Two guests print parts of lines at the same time; each line has the text of one of them.
#[tokio::test]
async fn lines_of_different_requests_do_not_mix() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        let print = |text: &'static str| {
            let host = &host;
            async move {
                for _ in 0..10 {
                    let long = text.repeat(200);
                    assert_eq!(host.get(&format!("/stdout?text={long}")).await.status(), 200);
                }
            }
        };
        tokio::join!(print("alpha"), print("beta"), print("gamma"));
        host.get("/stdout?text=the-end").await;
        host.wait_for_log("the end", |line| line.contains("the-end")).await;
        for text in ["alpha", "beta", "gamma"] {
            let whole = format!(" {} ", text.repeat(200));
            let count = host.log().lines().iter().filter(|line| line.contains(&whole)).count();
            assert_eq!(count, 10, "{guest}: {text}\n{}", host.log());
        }
        assert!(host.stop().await.success());
    }
}

/// What could be taken for a line of the host's own, or would write on the operator's terminal, comes out harmless.
#[tokio::test]
async fn a_guest_cannot_forge_lines_of_the_log() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        let forged = "2026-01-01T00:00:00.000000Z%20ERROR%20forged";
        let sent = ["a%0d", "%1b[31mred", "%1b]0;title%07", "%00", "%c2%9b31m", "%e2%80%ae"];
        for text in sent {
            host.get(&format!("/stdout?text=marker{text}marker%0a{forged}")).await;
        }
        host.get("/stdout?text=the-end").await;
        host.wait_for_log("the end", |line| line.contains("the-end")).await;
        for line in host.log().lines() {
            assert!(!line.starts_with("2026-01-01T00:00:00"), "{guest}: {line:?}");
            let harmless = |c: char| !c.is_control() && !matches!(c, '\u{80}'..='\u{9f}' | '\u{202e}');
            assert!(line.chars().all(harmless), "{guest}: {line:?}");
        }
        assert!(host.stop().await.success());
    }
}

/// Back traces have the names of functions, which are the guest's as well.
#[tokio::test]
async fn a_guest_cannot_forge_lines_by_the_names_of_its_functions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("forger.wasm");
    let mut bytes = std::fs::read(appsvc_tests::paths::guest("http-p2").unwrap()).unwrap();
    let (old, new) = (b"_ZN13probe_support6stress4trap", b"x\n2026-01-01T00:00:00Z ERROR y\x1b[");
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    bytes[at..at + new.len()].copy_from_slice(new);
    std::fs::write(&path, bytes).unwrap();
    let mut host = Host::start(args(&path, &[])).await;
    assert_eq!(host.get("/trap").await.status(), 500);
    assert!(host.stop().await.success());
    for line in host.log().lines() {
        assert!(!line.starts_with("2026-01-01T00:00:00Z"), "forged: {line}\n{}", host.log());
        assert!(!line.contains('\x1b'), "{line:?}");
    }
}

#[tokio::test]
async fn a_line_belongs_to_its_app_and_request() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        let ask = Request::get("/stderr?text=whose-is-this").over(Version::Http2);
        host.send(ask).await;
        let line = host.wait_for_log("the line", |line| line.contains("whose-is-this")).await;
        assert!(REQUEST.is_match(&line), "{line}");
        assert!(line.contains(&format!("app=\"{guest}-")) && line.contains("stderr"), "{line}");
        // A last line without its end is a line too.
        assert!(host.stop().await.success());
    }
}

/// Whoever reads the host's standard error stops reading: the host serves on, and says later what is missing.
#[tokio::test]
async fn a_log_that_nobody_reads_stops_no_request() {
    let path = appsvc_tests::paths::guest("http-p2").unwrap();
    let mut child = Program::new(args(&path, &[])).spawn();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    let address = Regex::new(r"http://([^/]+)/").unwrap().captures(&line).unwrap()[1].parse().unwrap();
    for _ in 0..3 {
        let flood = "GET /flood?mib=16 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let answer = crate::support::talk(address, flood.as_bytes(), None).await;
        assert_eq!(crate::support::statuses(&answer), [200], "{answer}");
        let next = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        let answer = crate::support::talk(address, next.as_bytes(), None).await;
        assert_eq!(crate::support::statuses(&answer), [200], "{answer}");
    }
    let more = crate::support::resident(child.id());
    assert!(more < 200 * 1024, "{more} KiB are resident: output that nobody reads is kept");
    // Reading again: whole lines, and a count of those that are not there.
    let reader = std::thread::spawn(move || {
        let mut rest = String::new();
        stderr.read_to_string(&mut rest).unwrap();
        rest
    });
    let after = "GET /stdout?text=read-again HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for _ in 0..50 {
        let answer = crate::support::talk(address, after.as_bytes(), None).await;
        assert_eq!(crate::support::statuses(&answer), [200], "{answer}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let rest = reader.join().unwrap();
    assert!(rest.contains("read-again"), "nothing is logged any more");
    let printed = rest.lines().filter_map(flooded).count() as u64;
    let dropped: u64 = rest.lines().filter(|line| line.contains("dropped")).map(lost).sum();
    assert_eq!(
        printed + dropped,
        3 * 16 * 1024,
        "{printed} lines are there, {dropped} are said to be dropped"
    );
}

#[tokio::test]
async fn a_flood_without_end_ends_with_its_client() {
    for guest in PROBES {
        let limits = ["--time-limit", "3s", "--background-limit", "1s"];
        let scene = Scene::open(serve(guest).args(limits)).await;
        let response = scene.ask("/flood-forever").await;
        assert_eq!(response.status(), 500, "{guest}");
        scene.wait_for_log("the end", |line| line.contains("the guest was stopped")).await;
        scene.close().await;
    }
}
