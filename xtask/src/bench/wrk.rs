//! The load: `wrk`, one thread, closed loop.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::Context as _;

use crate::shell;

/// What one run of the load generator saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Load {
    /// Requests that were answered.
    pub(crate) requests: u64,
    /// Per second.
    pub(crate) rate: f64,
}

/// The version of the `wrk` on PATH; an error with how to get it when there is none.
pub(crate) fn version() -> anyhow::Result<String> {
    // It prints its version and usage, and fails.
    let run = Command::new("wrk").arg("--version").output();
    let run = run.context("wrk, the load generator, is not there: `apt-get install wrk` gets it")?;
    let text = String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr);
    Ok(text.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
}

/// Sends `GET /` to `address` over `connections` connections for `seconds`. An error when any request failed:
/// an error page costs less than an answer, and would count as one.
pub(crate) fn drive(address: SocketAddr, connections: u32, seconds: u32) -> anyhow::Result<Load> {
    let mut command = Command::new("wrk");
    command.args(["-t1", "--timeout", "10s"]);
    command.args([format!("-c{connections}"), format!("-d{seconds}s"), format!("http://{address}/")]);
    let text = shell::run(&mut command)?;
    parse(&text).with_context(|| format!("wrk at http://{address}/ printed:\n{text}"))
}

fn parse(text: &str) -> anyhow::Result<Load> {
    let (mut requests, mut rate) = (None, None);
    for line in text.lines().map(str::trim) {
        if let Some((count, _)) = line.split_once(" requests in ") {
            requests = count.parse().ok();
        } else if let Some(value) = line.strip_prefix("Requests/sec:") {
            rate = value.trim().parse().ok();
        } else if line.starts_with("Non-2xx or 3xx responses:") || line.starts_with("Socket errors:") {
            anyhow::bail!("not all requests were answered as they should");
        }
    }
    let load = Load { requests: requests.context("no number of requests")?, rate: rate.context("no rate")? };
    anyhow::ensure!(load.requests > 0, "no request was answered");
    Ok(load)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "Running 5s test @ http://127.0.0.1:8080/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.61ms    1.03ms  21.68ms   88.59%
    Req/Sec    19.95k     1.10k   21.92k    76.00%
  99301 requests in 5.01s, 13.35MB read
Requests/sec:  19832.39
Transfer/sec:      2.67MB
";

    #[test]
    fn requests_and_rate_are_read() {
        assert_eq!(parse(GOOD).unwrap(), Load { requests: 99301, rate: 19832.39 });
    }

    #[test]
    fn a_run_with_failures_does_not_count() {
        for failure in
            ["Non-2xx or 3xx responses: 12", "  Socket errors: connect 0, read 3, write 0, timeout 0"]
        {
            assert!(parse(&format!("{GOOD}{failure}\n")).is_err(), "{failure}");
        }
        assert!(parse("  0 requests in 5.01s, 0.00B read\nRequests/sec:      0.00\n").is_err());
        assert!(parse("unable to connect to 127.0.0.1:1 Connection refused\n").is_err());
    }
}
