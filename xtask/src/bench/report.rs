//! What was measured, as a table and as JSON.

use std::fmt;
use std::fs;

use anyhow::Context as _;
use serde_json::{Value, json};

use super::ServeArgs;
use super::figures::{
    Contender, Figure, Program, SPREAD_MUST, START_CASE, START_FLAGS, START_GUEST, START_MUST, contenders,
};
use super::statistics::median;
use crate::table::table;

/// One round of one contender.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Processor time per request in microseconds, user and system.
    pub(crate) micros: f64,
    /// Requests per second.
    pub(crate) rate: f64,
    /// How far the guest thread farthest from the mean was from it; none where there are no such threads.
    pub(crate) spread: Option<f64>,
}

/// All rounds of one contender.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) contender: Contender,
    pub(crate) samples: Vec<Sample>,
}

/// Milliseconds from process start to first answer, one per round.
#[derive(Debug, Default)]
pub(crate) struct Start {
    pub(crate) ours: Vec<f64>,
    pub(crate) theirs: Vec<f64>,
}

/// What it was measured on and with.
#[derive(Debug)]
pub(crate) struct Machine {
    processors: usize,
    model: String,
    kernel: String,
    /// Load of the machine before the first round (1 minute).
    load: f64,
    wrk: String,
    wasmtime: Option<String>,
}

/// The outcome.
#[derive(Debug)]
pub(crate) struct Report {
    rows: Vec<Row>,
    json: Value,
}

#[derive(Debug)]
struct Row {
    case: String,
    ours: String,
    theirs: String,
    value: String,
    must: String,
    met: bool,
}

impl Measured {
    pub(crate) fn new(contender: Contender) -> Self {
        Self { contender, samples: Vec::new() }
    }

    fn median(&self, of: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        median(&self.samples.iter().filter_map(of).collect::<Vec<_>>())
    }

    fn micros(&self) -> anyhow::Result<f64> {
        self.median(|sample| Some(sample.micros))
            .with_context(|| format!("{} was not measured", self.contender.name()))
    }

    fn rate(&self) -> Option<f64> {
        self.median(|sample| Some(sample.rate))
    }

    fn spread(&self) -> Option<f64> {
        self.median(|sample| sample.spread)
    }

    fn cell(&self) -> anyhow::Result<String> {
        Ok(format!("{:.2} us ({:.0}/s)", self.micros()?, self.rate().unwrap_or_default()))
    }

    fn json(&self) -> anyhow::Result<Value> {
        let rounds =
            |of: fn(&Sample) -> Option<f64>| -> Vec<_> { self.samples.iter().filter_map(of).collect() };
        Ok(json!({
            "server": self.contender.name(),
            "cpu_us_per_request": self.micros()?,
            "cpu_us_per_request_rounds": rounds(|sample| Some(sample.micros)),
            "requests_per_second": self.rate(),
            "requests_per_second_rounds": rounds(|sample| Some(sample.rate)),
            "guest_thread_spread": self.spread(),
            "guest_thread_spread_rounds": rounds(|sample| sample.spread),
        }))
    }
}

impl Machine {
    /// Asks the machine.
    pub(crate) fn read(wrk: String, wasmtime: Option<String>) -> Self {
        let text = |path| fs::read_to_string(path).unwrap_or_default();
        let cpu = text("/proc/cpuinfo");
        let model = cpu.lines().find(|line| line.starts_with("model name"));
        let model = model.and_then(|line| line.split_once(": ")).map_or("unknown", |(_, model)| model);
        let load = text("/proc/loadavg");
        Self {
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            model: model.to_owned(),
            kernel: text("/proc/sys/kernel/osrelease").trim().to_owned(),
            load: load.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or_default(),
            wrk,
            wasmtime,
        }
    }

    /// A warning where something else is running here; else nothing.
    pub(crate) fn warning(&self) -> String {
        // What was just built here is in the load as well; so only a load that cannot come from that counts.
        if self.load < self.processors as f64 * 1.5 {
            return String::new();
        }
        format!(
            "warning: the load of this machine is {:.1}. Other work makes all servers look slower and the ratios \
             less certain.\n",
            self.load
        )
    }

    fn json(&self) -> Value {
        json!({
            "processors": self.processors,
            "model": self.model,
            "kernel": self.kernel,
            "load_before": self.load,
            "wrk": self.wrk,
            "wasmtime": self.wasmtime,
        })
    }
}

impl Report {
    /// Compares.
    pub(crate) fn new(
        args: &ServeArgs,
        machine: Machine,
        figures: &[&Figure],
        measured: &[Measured],
        start: Option<Start>,
    ) -> anyhow::Result<Self> {
        let mut rows = Vec::new();
        let mut json = Vec::new();
        let find = |contender: &Contender| {
            let found = measured.iter().find(|measured| measured.contender == *contender);
            found.with_context(|| format!("{} was not measured", contender.name()))
        };
        for figure in figures {
            let (ours, theirs) = (find(&figure.ours)?, find(&figure.theirs)?);
            let ratio = ours.micros()? / theirs.micros()?;
            let met = ratio <= figure.must;
            rows.push(Row {
                case: format!("{}: {}", figure.case, versus(figure)),
                ours: ours.cell()?,
                theirs: theirs.cell()?,
                value: format!("{ratio:.3}"),
                must: format!("{:.3}", figure.must),
                met,
            });
            json.push(json!({
                "case": figure.case,
                "guest": figure.ours.guest,
                "measure": "cpu_us_per_request, ours / theirs",
                "ours": ours.json()?,
                "theirs": theirs.json()?,
                "value": ratio,
                "must": figure.must,
                "met": met,
            }));
        }
        if let Some(start) = start {
            let ours = median(&start.ours).context("no start was measured")?;
            let theirs = median(&start.theirs).context("no start was measured")?;
            let met = ours < START_MUST;
            rows.push(Row {
                case: format!("{START_CASE}: {START_GUEST}, to first 200, vs wasmtime serve on a .cwasm"),
                ours: format!("{ours:.1} ms"),
                theirs: format!("{theirs:.1} ms"),
                value: format!("{ours:.1} ms"),
                must: format!("{START_MUST:.0} ms"),
                met,
            });
            json.push(json!({
                "case": START_CASE,
                "guest": START_GUEST,
                "measure": "ms from process start to first 200, compiled before",
                "ours": { "server": "wasm-appsvc serve", "ms": ours, "ms_rounds": start.ours },
                "theirs": {
                    "server": format!("wasmtime serve {} --allow-precompiled", START_FLAGS.join(" ")),
                    "ms": theirs,
                    "ms_rounds": start.theirs,
                },
                "value": ours,
                "must": START_MUST,
                "met": met,
            }));
        }
        for contender in contenders(figures).iter().filter(|contender| contender.program == Program::Host) {
            let ours = find(contender)?;
            // One guest thread has nobody to differ from; then there is nothing to say.
            let Some(spread) = ours.spread() else { continue };
            let (guest, name, met) = (ours.contender.guest, ours.contender.name(), spread <= SPREAD_MUST);
            rows.push(Row {
                case: format!("threads: {guest}, {name}"),
                ours: String::new(),
                theirs: String::new(),
                value: format!("{:.0} %", spread * 100.0),
                must: format!("{:.0} %", SPREAD_MUST * 100.0),
                met,
            });
            json.push(json!({
                "case": format!("threads {guest} {name}"),
                "guest": guest,
                "measure": "CPU time of the guest thread farthest from the mean, as a part of the mean",
                "value": spread,
                "must": SPREAD_MUST,
                "met": met,
            }));
        }
        let json = json!({
            "rounds": args.rounds,
            "seconds": args.seconds,
            "connections": args.connections,
            "machine": machine.json(),
            "rows": json,
        });
        Ok(Self { rows, json })
    }

    /// The same for programs.
    pub(crate) fn json(&self) -> &Value {
        &self.json
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heading = ["case", "ours", "theirs", "value", "must", ""].map(str::to_owned);
        let rows = self.rows.iter().map(|row| {
            let Row { case, ours, theirs, value, must, met } = row;
            let met = if *met { "met" } else { "MISSED" };
            [case.clone(), ours.clone(), theirs.clone(), value.clone(), format!("<= {must}"), met.into()]
        });
        let rows: Vec<_> = std::iter::once(heading).chain(rows).collect();
        f.write_str(&table(&rows))?;
        let met = self.rows.iter().filter(|row| row.met).count();
        write!(
            f,
            "\n{met} of {} figures met. Medians; us is CPU time (user and system) per request.",
            self.rows.len()
        )
    }
}

fn versus(figure: &Figure) -> String {
    let flags = figure.ours.flags.join(" ");
    let flags = if flags.is_empty() { flags } else { format!(" {flags}") };
    format!("{}{flags} vs {}", figure.ours.guest, figure.theirs.name())
}

#[cfg(test)]
mod tests {
    use super::super::figures::FIGURES;
    use super::*;

    fn measured(contender: Contender, micros: [f64; 3], spread: Option<f64>) -> Measured {
        let samples = micros.map(|micros| Sample { micros, rate: 1e6 / micros, spread }).to_vec();
        Measured { contender, samples }
    }

    fn report(ours: f64, start: Option<Start>) -> Report {
        let figure = &FIGURES[0];
        let args = ServeArgs { rounds: 3, seconds: 5, connections: 32, only: Vec::new(), json: None };
        let measured = [
            measured(figure.theirs, [100.0, 104.0, 500.0], None),
            measured(figure.ours, [ours, 90.0, 1.0], Some(0.25)),
        ];
        Report::new(&args, Machine::read("wrk".into(), None), &[figure], &measured, start).unwrap()
    }

    #[test]
    fn medians_are_compared_with_what_must_be() {
        for (ours, met) in [(26.0, true), (27.0, false)] {
            let report = report(ours, None);
            let row = &report.json()["rows"][0];
            assert_eq!((row["value"].as_f64(), row["met"].as_bool()), (Some(ours / 104.0), Some(met)));
            assert_eq!(row["ours"]["cpu_us_per_request_rounds"][1], 90.0);
            let text = report.to_string();
            assert!(text.contains("p2-fresh") && text.contains(" met"), "{text}");
            assert!(text.contains(&format!("{} of 2 figures met", u8::from(met))), "{text}");
        }
    }

    #[test]
    fn threads_that_differ_too_much_are_a_row() {
        let report = report(26.0, None);
        let row = &report.json()["rows"][1];
        assert_eq!((row["value"].as_f64(), row["met"].as_bool()), (Some(0.25), Some(false)));
    }

    #[test]
    fn the_start_is_told_by_its_own_measure() {
        let start = Start { ours: vec![60.0, 20.0, 21.0], theirs: vec![18.0, 19.0, 17.0] };
        let report = report(26.0, Some(start));
        let row = &report.json()["rows"][1];
        assert_eq!((row["value"].as_f64(), row["theirs"]["ms"].as_f64()), (Some(21.0), Some(18.0)));
        assert_eq!(row["met"], true);
    }

    #[test]
    fn a_figure_without_its_counterpart_is_an_error() {
        let figure = &FIGURES[0];
        let args = ServeArgs { rounds: 1, seconds: 1, connections: 1, only: Vec::new(), json: None };
        let measured = [measured(figure.ours, [1.0; 3], None)];
        let report = Report::new(&args, Machine::read("wrk".into(), None), &[figure], &measured, None);
        assert!(report.unwrap_err().to_string().contains("wasmtime serve -Scli"));
    }
}
