//! One group of cases against one host.

use std::path::Path;

use anyhow::{Context as _, ensure};
use appsvc_tests::cases::{Case, Expectation, Placeholders, Request as Asked, Seen};
use appsvc_tests::{Host, Request, Response, Serve, StartError, Version};
use regex::Regex;

use crate::groups::Group;
use crate::report::Report;

/// Starts the group's host, runs its cases, stops it, and reports. `data` is one folder for all groups: what one
/// host has compiled the next need not.
pub(crate) async fn run(group: &Group<'_>, data: &Path, report: &mut Report<'_>) {
    let place = format!("{}, {}", group.guest, group.plan);
    let started = match serve(group) {
        Ok(serve) => serve.data(data).try_start().await,
        Err(error) => Err(StartError::Missing(format!("{error:#}"))),
    };
    if group.refused {
        for (index, case) in &group.cases {
            report.ran(*index, &place, refusal(case, &started));
        }
        return;
    }
    let mut host = match started {
        Ok(host) => host,
        Err(error) => {
            let error = error.to_string();
            return group.cases.iter().for_each(|(index, _)| report.ran(*index, &place, Err(error.clone())));
        }
    };
    let mut failed = false;
    for (index, case) in &group.cases {
        let Some(asked) = &case.request else { continue };
        for version in &asked.http {
            let result = ask(&host, case, asked, *version).await.map_err(|error| format!("{error:#}"));
            failed |= result.is_err();
            report.ran(*index, &format!("{place}, {version}"), result);
        }
    }
    let status = host.stop().await;
    if !status.success() {
        report.host_failed(format!("{place}: the host ended with {status} after SIGTERM:\n{}", host.log()));
    } else if failed {
        report.host_failed(format!("{place}: the log of {:?}:\n{}", host.args(), host.log()));
    }
}

fn serve(group: &Group<'_>) -> anyhow::Result<Serve> {
    let mut serve = Host::serve(group.guest).args(["--plan", group.plan]).args(group.settings.args()?);
    // Nothing of the host's own environment may reach a guest; here is something to look for.
    serve = serve.env("APPSVC_CONFORMANCE", "host");
    if let Some(text) = &group.settings.app_toml {
        serve = serve.app_toml(text);
    }
    Ok(if group.settings.tls { serve.tls() } else { serve })
}

/// Whether the host refused to start, and said why.
fn refusal(case: &Case, started: &Result<Host, StartError>) -> Result<(), String> {
    let (status, log) = match started {
        Err(StartError::Ended { status, log }) => (status, log.lines().join("\n")),
        Err(other) => return Err(other.to_string()),
        Ok(_) => return Err("the host serves; it had to refuse".to_owned()),
    };
    if status.success() {
        return Err(format!("the host ended with {status}; it had to fail"));
    }
    let patterns = case.see.iter().filter_map(|expectation| match expectation {
        Expectation::Refused(pattern) => Some(pattern),
        _ => None,
    });
    for pattern in patterns {
        let regex = Regex::new(pattern).map_err(|error| error.to_string())?;
        if !regex.is_match(&log) {
            return Err(format!("the host's message does not match {pattern:?}:\n{log}"));
        }
    }
    Ok(())
}

async fn ask(host: &Host, case: &Case, asked: &Asked, version: Version) -> anyhow::Result<()> {
    let mut seen = Seen::default();
    for _ in 0..asked.times {
        let mut held = Vec::new();
        for _ in 0..asked.held {
            held.push(host.raw().await);
        }
        let mut connection = host.try_connect(version).await?;
        let mut values = Placeholders::default();
        values.set("name", case_name(host)?);
        values.set("host-addr", host.addr());
        values.set("client-ip", connection.local().ip());
        values.set("client-port", connection.local().port());
        let response = connection.send(request(asked, &values)?).await?;
        check(case, &response, &values, &mut seen)?;
        for pattern in case.see.iter().filter_map(|expectation| match expectation {
            Expectation::Log(pattern) => Some(pattern),
            _ => None,
        }) {
            let regex = Regex::new(&values.expand_pattern(pattern)?)?;
            let what = format!("a line that matches {pattern:?}");
            let line = host.log().wait_for(&what, |line| regex.is_match(line)).await;
            line.map_err(anyhow::Error::msg)?;
        }
    }
    Ok(())
}

/// The app's name, as the host was told.
fn case_name(host: &Host) -> anyhow::Result<String> {
    let name = host.args().iter().skip_while(|arg| *arg != "--name").nth(1);
    Ok(name.context("the host was given no name")?.to_string_lossy().into_owned())
}

fn request(asked: &Asked, values: &Placeholders) -> anyhow::Result<Request> {
    let mut request = Request::new(&asked.method, &values.expand(&asked.path)?);
    for (name, value) in &asked.headers {
        request = request.header(name, &values.expand(value)?);
    }
    Ok(request.body(asked.body.clone()))
}

fn check(case: &Case, response: &Response, values: &Placeholders, seen: &mut Seen) -> anyhow::Result<()> {
    if !case.see.iter().any(Expectation::is_cut) {
        let cut = response.cut().unwrap_or_default();
        ensure!(response.cut().is_none(), "the body of the response broke off: {cut}");
    }
    for (index, expectation) in case.see.iter().enumerate() {
        expectation.check(index, response, values, seen)?;
    }
    Ok(())
}
