//! The network is shut: nothing a guest does reaches a socket of the machine, and the operator is told.

use std::io::ErrorKind;
use std::net::{TcpListener, UdpSocket};

use serde_json::Value;

use crate::support::{PROBES, Program, serve};

/// Refused, in the words of the guest's world.
fn denied(answer: &Value) -> bool {
    answer["ok"] == false
        && (answer["kind"] == "PermissionDenied"
            || matches!(
                answer["code"].as_str(),
                Some("access-denied" | "http-request-denied" | "HTTP-request-denied")
            ))
}

#[tokio::test]
async fn a_guest_reaches_no_listener_of_the_machine() {
    for guest in PROBES {
        let mut host = serve(guest).start().await;
        let mut listeners = vec![TcpListener::bind("127.0.0.1:0").unwrap()];
        // Where the machine has it.
        listeners.extend(TcpListener::bind("[::1]:0"));
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        udp.set_nonblocking(true).unwrap();
        for listener in &listeners {
            listener.set_nonblocking(true).unwrap();
            let address = listener.local_addr().unwrap();
            for target in [
                format!("/connect?addr={address}"),
                format!("/connect?addr={address}&send=hello"),
                format!("/fetch?url=http://{address}/"),
                format!("/fetch?url=http://{address}/&method=POST"),
                format!("/fetch?url=https://{address}/"),
            ] {
                let answer = host.get(&target).await.json();
                assert!(denied(&answer), "{guest} {target}: {answer}");
            }
            let seen = listener.accept();
            assert!(
                seen.as_ref().is_err_and(|error| error.kind() == ErrorKind::WouldBlock),
                "{guest}: {address} was reached: {seen:?}"
            );
        }
        let own = host.addr();
        let to = udp.local_addr().unwrap();
        for target in [
            // Itself, every address of this machine, and another one.
            format!("/connect?addr={own}"),
            format!("/fetch?url=http://{own}/"),
            format!("/fetch?url=http://localhost:{}/", own.port()),
            "/connect?addr=192.0.2.1:80".into(),
            "/fetch?url=http://192.0.2.1/".into(),
            "/bind?addr=127.0.0.1:0".into(),
            "/bind?addr=0.0.0.0:0".into(),
            "/loopback".into(),
            format!("/udp?addr={to}&send=hello"),
            "/resolve?name=localhost".into(),
            "/resolve?name=example.com".into(),
        ] {
            let answer = host.get(&target).await.json();
            assert!(denied(&answer), "{guest} {target}: {answer}");
        }
        // No addresses to connect to at all, by the rules of WASI.
        for address in ["0.0.0.0", "[::]", "[::ffff:127.0.0.1]"] {
            let target = format!("/connect?addr={address}:{}", own.port());
            let answer = host.get(&target).await.json();
            let invalid = answer["kind"] == "InvalidInput" || answer["code"] == "invalid-argument";
            assert!(invalid || denied(&answer), "{guest} {target}: {answer}");
        }
        let seen = udp.recv_from(&mut [0; 16]);
        assert!(seen.is_err_and(|error| error.kind() == ErrorKind::WouldBlock), "{guest}: a datagram came");

        let line = host.wait_for_log("the refusal", |line| line.contains("NET-05")).await;
        for wanted in [&format!("app=\"{guest}-")[..], "WARN", "may not"] {
            assert!(line.contains(wanted), "{wanted:?} is not in {line}");
        }
        assert_eq!(host.get("/").await.status(), 200);
        assert!(host.stop().await.success());
    }
}

/// Each way out has a line that names where the guest wanted to go, and a guest cannot fill the log with them.
#[tokio::test]
async fn each_way_out_is_told_and_many_times_are_few_lines() {
    let mut wrong = Vec::new();
    for guest in PROBES {
        for (target, wanted) in [
            ("/connect?addr=127.0.0.1:9", "connect to 127.0.0.1:9"),
            ("/fetch?url=http://127.0.0.1:9/", "127.0.0.1:9"),
            ("/fetch?url=http://example.com/", "example.com"),
            ("/resolve?name=example.com", "look up example.com"),
            ("/bind?addr=127.0.0.1:9", "127.0.0.1:9"),
            // It binds before it sends.
            ("/udp?addr=127.0.0.1:9", "bind to 0.0.0.0:0"),
        ] {
            let mut host = serve(guest).start().await;
            for _ in 0..100 {
                assert!(denied(&host.get(target).await.json()), "{guest} {target}");
            }
            let line = host.wait_for_log("the refusal", |line| line.contains("NET-05")).await;
            if !line.contains(wanted) {
                wrong.push(format!("{guest} {target}: {wanted:?} is not in {line}"));
            }
            assert!(host.stop().await.success());
            let lines = host.log().lines().iter().filter(|line| line.contains("NET-05")).count();
            assert!(lines < 100, "{guest} {target}: {lines} lines for 100 requests");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_command_reaches_no_listener_either() {
    let (listener, address) = listener();
    let ended = Program::run("command", &["--", "connect", &address]).ended();
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.stderr.contains("PermissionDenied"), "{ended:?}");
    assert!(listener.accept().is_err_and(|error| error.kind() == ErrorKind::WouldBlock));
}

#[test]
fn the_operator_is_told_what_a_command_was_denied() {
    let (_listener, address) = listener();
    let ended = Program::run("command", &["--", "connect", &address]).ended();
    assert!(ended.stderr.contains("NET-05") && ended.stderr.contains(&address), "{ended:?}");
}

fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}
