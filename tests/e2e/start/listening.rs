//! The address.

use std::net::TcpListener;

use appsvc_tests::{Host, Request, paths};

use crate::support::{Program, data, serve, unique};

fn at(address: &str) -> Program {
    let component = paths::guest("http-p2").unwrap();
    let name = unique("taken");
    let program =
        Program::new(["serve".as_ref(), component.as_os_str(), "--data".as_ref(), data().as_os_str()]);
    program.args(&["--name", &name, "--addr", address])
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut addresses = vec![taken.local_addr().unwrap().to_string()];
    let mut host = serve("http-p2").start().await;
    addresses.push(host.addr().to_string());
    for address in addresses {
        let ended = at(&address).ended();
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
        assert!(ended.stderr.contains(&address), "{ended:?}");
        assert!(ended.stderr.contains("in use"), "{ended:?}");
    }
    assert_eq!(host.get("/").await.status(), 200);
    assert!(host.stop().await.success());
}

#[test]
fn an_address_that_is_not_this_machines_is_named() {
    // From the range for documentation (RFC 5737).
    let ended = at("192.0.2.1:8080").ended();
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stderr.contains("192.0.2.1:8080"), "{ended:?}");
    assert_eq!(ended.stderr.lines().count(), 1, "{ended:?}");
}

#[tokio::test]
async fn a_port_is_free_again_when_the_host_has_ended() {
    let mut first = serve("http-p2").start().await;
    // A connection that the host closes, so that its end of it lingers in the kernel.
    let mut idle = first.raw().await;
    idle.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(idle.read_until("\r\n\r\n").await.is_some());
    assert!(first.stop().await.success());
    let component = paths::guest("http-p2").unwrap();
    let (name, address) = (unique("again"), first.addr().to_string());
    let args = [
        "serve".as_ref(),
        component.as_os_str(),
        "--data".as_ref(),
        data().as_os_str(),
        "--name".as_ref(),
        name.as_ref(),
        "--addr".as_ref(),
        address.as_ref(),
    ];
    let again = Host::start(args).await;
    assert_eq!(again.addr(), first.addr());
    assert_eq!(again.send(Request::get("/")).await.status(), 200);
}
