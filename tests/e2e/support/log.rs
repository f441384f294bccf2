//! What the operator reads about a request.

use appsvc_tests::{Host, Log, Response};
use regex::Regex;

/// The host's events, each with the lines that belong to it: an event begins with a time.
fn events(log: &Log) -> Vec<String> {
    let begins = Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d").unwrap();
    let mut events: Vec<String> = Vec::new();
    for line in log.lines() {
        match events.last_mut() {
            Some(event) if !begins.is_match(&line) => {
                event.push('\n');
                event.push_str(&line);
            }
            _ => events.push(line),
        }
    }
    events
}

/// Waits for an event about the request `id` in which all of `texts` are, and returns it.
pub(crate) async fn about(host: &Host, id: &str, texts: &[&str]) -> String {
    let find = || {
        let all = |event: &String| event.contains(id) && texts.iter().all(|text| event.contains(text));
        events(host.log()).into_iter().find(all)
    };
    // An event's fields come last, so whoever has seen the id has seen all of it.
    let what = format!("a line about request {id} with {texts:?}");
    host.wait_for_log(&what, |line| line.contains(id) && find().is_some()).await;
    find().unwrap()
}

/// Checks that `response` is the platform's own page for `status` and reveals nothing of the inside, and that the
/// operator is told about it; returns the request's id.
///
/// The request must have had `Accept: text/plain`.
pub(crate) async fn explained(host: &Host, response: &Response, status: u16, reason: &str) -> String {
    assert_eq!(response.status(), status, "{response:?}\n{}", host.log());
    let page = Regex::new(&format!(
        "^{status} {reason}\n[A-Z][A-Za-z ]+\\.( [A-Z][A-Za-z ]+\\.)?\nRequest id: \
         ([0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}})\n$"
    ));
    let page = page.unwrap();
    let captures = page.captures(response.text()).unwrap_or_else(|| panic!("{:?}", response.text()));
    for word in ["trap", "wasm", "panic", "guest", "host", "memory", "instance", "probe"] {
        assert!(!response.text().to_lowercase().contains(word), "{word} in {:?}", response.text());
    }
    let known = ["content-type", "content-length", "cache-control", "date", "retry-after", "connection"];
    for name in response.headers().keys() {
        assert!(known.contains(&name.as_str()), "{name} in {:?}", response.headers());
    }
    let id = captures[2].to_owned();
    let line = about(host, &id, &[&format!("status={status}"), "reason="]).await;
    let app = app(host);
    assert!(line.contains(&format!("app=\"{app}\"")), "{line}");
    id
}

/// The name the host was started with.
fn app(host: &Host) -> String {
    let mut args = host.args().iter().skip_while(|arg| *arg != "--name");
    args.nth(1).expect("a name is always given").to_string_lossy().into_owned()
}
