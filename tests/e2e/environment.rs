//! What a served app finds around it. Single variables are cases of the conformance suite.

use std::collections::BTreeMap;

use crate::support::{PROBES, serve, unique};

#[tokio::test]
async fn settings_appear_and_nothing_of_the_hosts_environment_does() {
    let flags =
        ["--env", "A=b=c", "--app-setting", "Color=red", "--connection-string", "db:SQLAzure=Server=x;"];
    for guest in PROBES {
        let mut host = serve(guest).env("APPSVC_E2E_SECRET", "of the host").args(flags).start().await;
        let found: BTreeMap<String, String> = serde_json::from_value(host.get("/env").await.json()).unwrap();
        for (name, value) in [
            ("A", "b=c"),
            ("Color", "red"),
            ("APPSETTING_Color", "red"),
            ("SQLAZURECONNSTR_db", "Server=x;"),
            ("HOME", "/home"),
        ] {
            assert_eq!(found.get(name).map(String::as_str), Some(value), "{guest}: {name} in {found:#?}");
        }
        let hosts = std::fs::read_to_string(format!("/proc/{}/environ", host.pid())).unwrap();
        // The two have names in common; values must be the platform's.
        for (name, value) in hosts.split('\0').filter_map(|entry| entry.split_once('=')) {
            let same = found.get(name).is_some_and(|found| found == value) && value.len() > 3;
            assert!(!same, "{guest}: {name}={value} is the host's");
            assert!(found.contains_key(name) == platform(name, &found), "{guest}: {name} is the host's");
        }
        assert!(!host.get("/env").await.text().contains("of the host"), "{guest}");
        assert!(host.stop().await.success());
    }
}

/// Whether the platform sets a variable of that name itself.
fn platform(name: &str, found: &BTreeMap<String, String>) -> bool {
    ["HOME", "PATH", "TMP", "TEMP", "OS"].contains(&name) && found.contains_key(name)
}

#[tokio::test]
async fn standard_input_is_empty_and_there_are_no_arguments() {
    for guest in PROBES {
        for reuse in ["never", "always"] {
            let mut host = serve(guest).args(["--reuse", reuse]).start().await;
            for _ in 0..3 {
                let read = host.get("/stdin").await.json();
                assert_eq!(
                    (&read["ok"], &read["bytes"]),
                    (&true.into(), &0.into()),
                    "{guest} {reuse}: {read}"
                );
                assert_eq!(host.get("/args").await.text(), "[]", "{guest} {reuse}");
            }
            assert!(host.stop().await.success());
        }
    }
}

#[tokio::test]
async fn home_is_writable_and_shared_by_all_instances_and_stays() {
    for guest in PROBES {
        let name = unique(guest);
        let start = || appsvc_tests::Host::serve(guest).data(crate::support::data()).name(&name);
        let mut host = start().start().await;
        assert_eq!(host.get("/file?path=/home/data/a.txt&write=kept").await.json()["ok"], true, "{guest}");
        for _ in 0..4 {
            assert_eq!(host.get("/file?path=/home/data/a.txt").await.text(), "kept", "{guest}");
        }
        // The platform's folder for temporary files can be written as well, and is emptied at each start.
        let tmp = host.get("/env/TMP").await.text().to_owned();
        let written = host.get(&format!("/file?path={tmp}/t.txt&write=gone")).await.json();
        assert_eq!(written["ok"], true, "{guest}: {tmp}");
        assert!(host.stop().await.success());

        let mut host = start().start().await;
        assert_eq!(host.get("/file?path=/home/data/a.txt").await.text(), "kept", "{guest}");
        assert_eq!(host.get(&format!("/file?path={tmp}/t.txt")).await.json()["ok"], false, "{guest}");
        // Nothing else of the machine is there.
        for path in ["/etc/passwd", "/home/../etc/passwd", "/proc/self/environ", "/home/../../etc/passwd"] {
            assert_eq!(host.get(&format!("/file?path={path}")).await.json()["ok"], false, "{guest}: {path}");
        }
        assert!(host.stop().await.success());
    }
}
