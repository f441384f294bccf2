//! The form of a file of cases.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use super::Placeholders;
use super::expectation::{Expectation, Written};
use crate::Version;

/// One case: what the host must be started with, what is asked, and what must be seen.
#[derive(Debug, Clone)]
pub struct Case {
    /// The behaviour's ID in the catalogue.
    pub id: String,
    /// What the case shows, as a sentence.
    pub title: String,
    /// The guests that it is run with, one after another.
    pub guests: Vec<String>,
    /// The tier.
    pub plan: String,
    /// What else the host is started with.
    pub settings: Settings,
    /// What is asked; `None` for a host that must refuse to start.
    pub request: Option<Request>,
    /// What must be seen.
    pub see: Vec<Expectation>,
}

/// What the host is started with.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Settings {
    /// App settings.
    pub app: BTreeMap<String, String>,
    /// Plain variables.
    pub env: BTreeMap<String, String>,
    /// Connection strings.
    pub connections: Vec<Connection>,
    /// The content of `app.toml`.
    pub app_toml: Option<String>,
    /// HTTPS.
    pub tls: bool,
    /// Further flags.
    pub flags: Vec<String>,
}

/// A connection string.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connection {
    /// Its name.
    pub name: String,
    /// Its type, as the flag takes it.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its value.
    pub value: String,
}

impl Settings {
    /// As flags, with `${repeat:...}` written out; `app_toml` and `tls` apart.
    ///
    /// # Errors
    /// A placeholder is none.
    pub fn args(&self) -> anyhow::Result<Vec<String>> {
        let mut args = Vec::new();
        for (flag, pairs) in [("--app-setting", &self.app), ("--env", &self.env)] {
            args.extend(pairs.iter().flat_map(|(name, value)| [flag.to_owned(), format!("{name}={value}")]));
        }
        for Connection { name, kind, value } in &self.connections {
            args.extend(["--connection-string".to_owned(), format!("{name}:{kind}={value}")]);
        }
        args.extend(self.flags.iter().cloned());
        args.iter().map(|arg| Placeholders::default().expand(arg)).collect()
    }
}

/// What is asked.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The method.
    #[serde(default = "get")]
    pub method: String,
    /// Path and query, as sent.
    pub path: String,
    /// Header lines.
    #[serde(default)]
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(default)]
    pub body: String,
    /// The versions of HTTP over which it is asked, one after another.
    #[serde(default)]
    pub http: Vec<Version>,
    /// How often it is asked over each.
    #[serde(default = "once")]
    pub times: u32,
    /// How many further connections are open meanwhile.
    #[serde(default)]
    pub held: usize,
}

fn get() -> String {
    "GET".into()
}

fn once() -> u32 {
    1
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    defaults: Defaults,
    /// Settings by name, for cases to refer to.
    #[serde(default)]
    settings: BTreeMap<String, Settings>,
    case: Vec<WrittenCase>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Defaults {
    guests: Vec<String>,
    http: Vec<Version>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCase {
    id: String,
    title: String,
    guests: Option<Vec<String>>,
    plan: Option<String>,
    settings: Option<String>,
    request: Option<Request>,
    see: Vec<Written>,
}

/// Reads a file of cases whose IDs must be among `ids`.
pub(super) fn parse(text: &str, ids: &BTreeSet<String>) -> anyhow::Result<Vec<Case>> {
    let file: File = toml::from_str(text)?;
    let mut unused: BTreeSet<_> = file.settings.keys().cloned().collect();
    let mut cases = Vec::new();
    for written in file.case {
        ensure!(ids.contains(&written.id), "{} is not an ID of the catalogue", written.id);
        let what = format!("{} {:?}", written.id, written.title);
        if let Some(name) = &written.settings {
            unused.remove(name);
        }
        cases.push(case(written, &file.defaults, &file.settings).context(what)?);
    }
    ensure!(unused.is_empty(), "no case uses the settings {unused:?}");
    Ok(cases)
}

fn case(
    written: WrittenCase,
    defaults: &Defaults,
    settings: &BTreeMap<String, Settings>,
) -> anyhow::Result<Case> {
    let settings = match &written.settings {
        Some(name) => settings.get(name).with_context(|| format!("there are no settings {name:?}"))?.clone(),
        None => Settings::default(),
    };
    settings.args()?;
    let guests = written.guests.unwrap_or_else(|| defaults.guests.clone());
    ensure!(!guests.is_empty(), "give guests");
    let request = written.request.map(|mut request| {
        if request.http.is_empty() {
            request.http =
                if defaults.http.is_empty() { vec![Version::Http11] } else { defaults.http.clone() };
        }
        request
    });
    let see: Vec<_> = written.see.into_iter().map(Expectation::read).collect::<anyhow::Result<_>>()?;
    ensure!(!see.is_empty(), "give what must be seen");
    let refused = see.iter().any(Expectation::is_refusal);
    match &request {
        Some(_) if refused => bail!("a host that refuses to start is not asked anything"),
        None if !see.iter().all(Expectation::is_refusal) => bail!("give a request"),
        Some(request) if request.times < 2 && see.iter().any(Expectation::compares) => {
            bail!("`fresh` compares; ask 2 times or more")
        }
        _ => {}
    }
    let plan = written.plan.unwrap_or_else(|| "B1".into());
    Ok(Case { id: written.id, title: written.title, guests, plan, settings, request, see })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> anyhow::Result<Vec<Case>> {
        super::parse(text, &["ENV-01".to_owned()].into())
    }

    #[test]
    fn defaults_and_named_settings_are_filled_in() {
        let cases = parse(
            r#"
            [defaults]
            guests = ["http-p2", "http-p3"]
            http = ["1.1", "2"]
            [settings.red]
            app = { Color = "red" }
            env = { A = "1" }
            connections = [{ name = "db", type = "MySql", value = "x=y" }]
            flags = ["--reuse", "always"]
            [[case]]
            id = "ENV-01"
            title = "a setting is seen"
            settings = "red"
            request = { path = "/env/Color" }
            see = [{ status = 200 }, { text = true, is = "red" }]
            "#,
        )
        .unwrap();
        let [case] = &cases[..] else { panic!("{cases:?}") };
        assert_eq!((case.guests.len(), &*case.plan), (2, "B1"));
        let request = case.request.as_ref().unwrap();
        assert_eq!((&*request.method, request.times), ("GET", 1));
        assert_eq!(request.http, [Version::Http11, Version::Http2]);
        let args = case.settings.args().unwrap().join(" ");
        assert_eq!(args, "--app-setting Color=red --env A=1 --connection-string db:MySql=x=y --reuse always");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let head = "[defaults]\nguests = [\"http-p2\"]\n";
        let case = |id: &str, rest: &str| format!("{head}[[case]]\nid = \"{id}\"\ntitle = \"t\"\n{rest}");
        let ask = "request = { path = \"/\" }";
        for (text, expected) in [
            (case("ENV-99", "see = []"), "ENV-99 is not an ID of the catalogue"),
            (case("ENV-01", "see = []"), "give what must be seen"),
            (case("ENV-01", "see = [{ status = 200 }]"), "give a request"),
            (case("ENV-01", &format!("{ask}\nsee = [{{ refused = \"x\" }}]")), "is not asked anything"),
            (
                case("ENV-01", &format!("{ask}\nsettings = \"x\"\nsee = [{{ status = 200 }}]")),
                "no settings \"x\"",
            ),
            (case("ENV-01", &format!("{ask}\nsee = [{{ text = true, fresh = true }}]")), "2 times or more"),
            (case("ENV-01", &format!("{ask}\nsee = [{{ stat = 1 }}]")), "unknown field"),
            (
                format!(
                    "{head}[settings.x]\nflags = []\n[[case]]\nid = \"ENV-01\"\ntitle = \"t\"\n{ask}\nsee = [{{ status = 200 }}]"
                ),
                "no case uses",
            ),
        ] {
            let error = format!("{:#}", parse(&text).unwrap_err());
            assert!(error.contains(expected), "{error}");
        }
    }
}
