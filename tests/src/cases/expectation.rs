//! What must be seen, and whether it was.

use anyhow::{Context as _, bail, ensure};
use regex::Regex;
use serde::Deserialize;
use serde_json::Value;

use super::Placeholders;
use crate::Response;

/// One thing that must be seen.
#[derive(Debug, Clone)]
pub enum Expectation {
    /// Something of the response.
    Response(Subject, Predicate),
    /// The response breaks off.
    Cut,
    /// A line of the host's log matches.
    Log(String),
    /// The host refuses to start, and its message matches.
    Refused(String),
}

/// What of a response is looked at. Each is a list of values, empty when it is not there.
#[derive(Debug, Clone)]
pub enum Subject {
    /// Its status.
    Status,
    /// The header lines of a name.
    Header(String),
    /// The header lines of a name as the guest received them: from a body `[[name, value], ...]`.
    Received(String),
    /// What a JSON pointer finds in the body.
    Json(String),
    /// The body.
    Text,
}

/// What must hold for it.
#[derive(Debug, Clone)]
pub enum Predicate {
    /// There is one value, and it is this.
    Is(Value),
    /// There is one value, a text that this matches.
    Matches(String),
    /// There are just these values, in this order.
    All(Vec<String>),
    /// There is none.
    Absent,
    /// There is one value, and it differs from every one before.
    Fresh,
}

/// An expectation as it stands in the file: a subject and a predicate, one key each.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Written {
    status: Option<u16>,
    header: Option<String>,
    received: Option<String>,
    json: Option<String>,
    text: Option<bool>,
    cut: Option<bool>,
    log: Option<String>,
    refused: Option<String>,
    is: Option<Value>,
    matches: Option<String>,
    all: Option<Vec<String>>,
    absent: Option<bool>,
    fresh: Option<bool>,
}

/// What was seen of one case run so far: what `fresh` compares with.
#[derive(Debug, Default)]
pub struct Seen(Vec<(usize, Value)>);

impl Expectation {
    pub(super) fn read(written: Written) -> anyhow::Result<Self> {
        for (name, flag) in [
            ("text", written.text),
            ("cut", written.cut),
            ("absent", written.absent),
            ("fresh", written.fresh),
        ] {
            ensure!(flag != Some(false), "`{name}` is only ever true");
        }
        let mut whole = [
            written.status.map(|status| Self::Response(Subject::Status, Predicate::Is(status.into()))),
            written.cut.map(|_| Self::Cut),
            written.log.map(Self::Log),
            written.refused.map(Self::Refused),
        ]
        .into_iter()
        .flatten();
        let mut subjects = [
            written.header.map(Subject::Header),
            written.received.map(Subject::Received),
            written.json.map(Subject::Json),
            written.text.map(|_| Subject::Text),
        ]
        .into_iter()
        .flatten();
        let mut predicates = [
            written.is.map(Predicate::Is),
            written.matches.map(Predicate::Matches),
            written.all.map(Predicate::All),
            written.absent.map(|_| Predicate::Absent),
            written.fresh.map(|_| Predicate::Fresh),
        ]
        .into_iter()
        .flatten();
        let read = match (whole.next(), subjects.next(), predicates.next()) {
            (Some(whole), None, None) => whole,
            (None, Some(subject), Some(predicate)) => Self::Response(subject, predicate),
            _ => bail!("one of `status`, `cut`, `log`, `refused`, or a subject and a predicate"),
        };
        ensure!(
            whole.next().is_none() && subjects.next().is_none() && predicates.next().is_none(),
            "one subject and one predicate, no more"
        );
        if let Self::Log(pattern) | Self::Refused(pattern) | Self::Response(_, Predicate::Matches(pattern)) =
            &read
        {
            // Placeholders are parts of a pattern that would otherwise make no sense.
            Regex::new(&pattern.replace("${", r"\$\{"))?;
        }
        Ok(read)
    }

    /// Whether the host must not start.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }

    /// Whether it takes several responses to tell.
    pub(super) fn compares(&self) -> bool {
        matches!(self, Self::Response(_, Predicate::Fresh))
    }

    /// Whether the response must break off.
    pub fn is_cut(&self) -> bool {
        matches!(self, Self::Cut)
    }

    /// Compares `response` with this, the `index`th expectation of its case. A response that broke off
    /// satisfies only a case that says so. Lines of the log are the runner's to wait for.
    ///
    /// # Errors
    /// What was seen instead.
    pub fn check(
        &self,
        index: usize,
        response: &Response,
        values: &Placeholders,
        seen: &mut Seen,
    ) -> anyhow::Result<()> {
        match self {
            Self::Response(subject, predicate) => {
                let found = subject.values(response)?;
                let result = predicate.check(index, &found, values, seen);
                result.with_context(|| format!("{subject} of a response of status {}", response.status()))
            }
            Self::Cut => {
                ensure!(response.cut().is_some(), "the response of status {} is whole", response.status());
                Ok(())
            }
            Self::Log(_) | Self::Refused(_) => Ok(()),
        }
    }
}

/// Whether `text` matches `pattern`, in which placeholders are replaced.
///
/// # Errors
/// A message that has both, when it does not.
fn matches(pattern: &str, text: &str, values: &Placeholders) -> anyhow::Result<()> {
    let pattern = values.expand_pattern(pattern)?;
    ensure!(Regex::new(&pattern)?.is_match(text), "{} does not match {pattern:?}", short(&text));
    Ok(())
}

impl Subject {
    fn values(&self, response: &Response) -> anyhow::Result<Vec<Value>> {
        let body = || String::from_utf8_lossy(response.part()).into_owned();
        Ok(match self {
            Self::Status => vec![response.status().into()],
            Self::Header(name) => {
                let lines = response.headers().get_all(name);
                lines.iter().map(|line| String::from_utf8_lossy(line.as_bytes()).into()).collect()
            }
            Self::Received(name) => {
                let lines: Vec<(String, String)> = serde_json::from_slice(response.part())
                    .with_context(|| format!("the body is no list of headers: {}", short(&body())))?;
                let named = lines.into_iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
                named.map(|(_, value)| value.into()).collect()
            }
            Self::Json(pointer) => {
                let value: Value = serde_json::from_slice(response.part())
                    .with_context(|| format!("the body is no JSON: {}", short(&body())))?;
                value.pointer(pointer).cloned().into_iter().collect()
            }
            Self::Text => vec![body().into()],
        })
    }
}

impl std::fmt::Display for Subject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status => f.write_str("the status"),
            Self::Header(name) => write!(f, "header {name}"),
            Self::Received(name) => write!(f, "header {name} as the guest received it"),
            Self::Json(pointer) => write!(f, "JSON {pointer}"),
            Self::Text => f.write_str("the body"),
        }
    }
}

impl Predicate {
    fn check(
        &self,
        index: usize,
        found: &[Value],
        values: &Placeholders,
        seen: &mut Seen,
    ) -> anyhow::Result<()> {
        match self {
            Self::Absent => ensure!(found.is_empty(), "there is {}", short(&found)),
            Self::All(expected) => {
                let expected = expected.iter().map(|text| values.expand(text).map(Value::String));
                let expected = expected.collect::<anyhow::Result<Vec<_>>>()?;
                ensure!(found == expected, "is {}, not {}", short(&found), short(&expected));
            }
            Self::Is(expected) => {
                let expected = match expected {
                    Value::String(text) => Value::String(values.expand(text)?),
                    other => other.clone(),
                };
                let found = single(found)?;
                ensure!(*found == expected, "is {}, not {}", short(found), short(&expected));
            }
            Self::Matches(pattern) => {
                let found = single(found)?;
                let text = found.as_str().with_context(|| format!("is {}, no text", short(found)))?;
                matches(pattern, text, values)?;
            }
            Self::Fresh => {
                let found = single(found)?;
                let before = seen.0.iter().any(|(place, value)| *place == index && value == found);
                ensure!(!before, "is {} once more", short(found));
                seen.0.push((index, found.clone()));
            }
        }
        Ok(())
    }
}

fn single(found: &[Value]) -> anyhow::Result<&Value> {
    match found {
        [] => bail!("is missing"),
        [value] => Ok(value),
        more => bail!("is there {} times: {}", more.len(), short(&more)),
    }
}

/// For a message: what would fill pages is cut.
fn short(value: &impl std::fmt::Debug) -> String {
    const MOST: usize = 600;
    let text = format!("{value:?}");
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{} ... ({} bytes)", text.get(..end).unwrap_or_default(), text.len()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<Expectation> {
        #[derive(Deserialize)]
        struct One {
            see: Written,
        }
        Expectation::read(toml::from_str::<One>(&format!("see = {text}"))?.see)
    }

    fn response(body: &str) -> Response {
        Response::made(200, &[("x-a", "1"), ("x-a", "2"), ("x-b", "127.0.0.1:80")], body)
    }

    fn check(text: &str, body: &str) -> Result<(), String> {
        let mut values = Placeholders::default();
        values.set("client-ip", "127.0.0.1");
        let result = read(text).unwrap().check(0, &response(body), &values, &mut Seen::default());
        result.map_err(|error| format!("{error:#}"))
    }

    #[test]
    fn what_is_as_expected_passes() {
        for (text, body) in [
            ("{ status = 200 }", ""),
            ("{ header = 'X-A', all = ['1', '2'] }", ""),
            ("{ header = 'x-b', is = '${client-ip}:80' }", ""),
            ("{ header = 'x-b', matches = '^${client-ip}:[0-9]+$' }", ""),
            ("{ header = 'x-c', absent = true }", ""),
            ("{ text = true, is = 'hi' }", "hi"),
            ("{ text = true, is = '${repeat:a:3}' }", "aaa"),
            ("{ json = '/a/1', is = 7 }", r#"{"a":[1,7]}"#),
            ("{ json = '/b', absent = true }", "{}"),
            ("{ received = 'x-q', all = ['1', '2'] }", r#"[["X-Q","1"],["y",""],["x-q","2"]]"#),
            ("{ received = 'z', absent = true }", "[]"),
        ] {
            assert_eq!(check(text, body), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_not_fails_and_says_what_was_seen() {
        for (text, body, expected) in [
            (
                "{ status = 500 }",
                "",
                "the status of a response of status 200: is Number(200), not Number(500)",
            ),
            ("{ header = 'x-a', is = '1' }", "", "is there 2 times"),
            ("{ header = 'x-c', is = '1' }", "", "is missing"),
            ("{ header = 'x-b', matches = '^${client-ip}$' }", "", "does not match"),
            ("{ header = 'x-a', absent = true }", "", "there is"),
            ("{ header = 'x-a', all = ['2', '1'] }", "", "not [String(\"2\")"),
            ("{ json = '/a', is = 7 }", "no json", "the body is no JSON: \"no json\""),
            ("{ json = '/a', is = '7' }", r#"{"a":7}"#, "is Number(7), not String(\"7\")"),
            ("{ json = '/a', matches = '7' }", r#"{"a":7}"#, "no text"),
            ("{ received = 'a', is = 'b' }", "{}", "the body is no list of headers"),
            ("{ cut = true }", "", "is whole"),
            ("{ text = true, is = '${nobody}' }", "", "no placeholder"),
        ] {
            let error = check(text, body).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn a_fresh_value_is_one_not_seen_before() {
        let fresh = read("{ text = true, fresh = true }").unwrap();
        let mut seen = Seen::default();
        let mut check = |body| fresh.check(0, &response(body), &Placeholders::default(), &mut seen);
        assert!(check("a").is_ok() && check("b").is_ok());
        assert!(check("a").unwrap_err().root_cause().to_string().contains("once more"));
    }

    #[test]
    fn what_is_not_one_expectation_is_refused() {
        for text in [
            "{}",
            "{ text = true }",
            "{ is = 'x' }",
            "{ status = 200, is = 200 }",
            "{ text = true, json = '/a', is = 1 }",
            "{ text = true, is = 'a', absent = true }",
            "{ text = false, is = 'a' }",
            "{ status = 200, cut = true }",
            "{ log = '(' }",
            "{ text = true, matches = '(' }",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
