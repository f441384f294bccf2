//! What the operator reads about a request.

use appsvc_tests::{Host, Response};
use regex::Regex;

/// A condition for [`Host::wait_for_log`] that the line number `count` with `text` in it meets.
pub(crate) fn nth(text: &str, count: usize) -> impl FnMut(&str) -> bool {
    let (text, mut found) = (text.to_owned(), 0);
    move |line| {
        found += usize::from(line.contains(&text));
        found == count
    }
}

/// Waits for an event about the request `id` in which all of `texts` are, and returns it. An event can have several
/// lines; it begins with a time, and its fields, such as the id, come last.
pub(crate) async fn about(host: &Host, id: &str, texts: &[&str]) -> String {
    let begins = Regex::new(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d").unwrap();
    let mut event = String::new();
    let what = format!("a line about request {id} with {texts:?}");
    let all = |line: &str| {
        if begins.is_match(line) {
            event.clear();
        }
        event.push_str(line);
        event.push('\n');
        event.contains(id) && texts.iter().all(|text| event.contains(text))
    };
    host.wait_for_log(&what, all).await;
    event
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
