//! The comparison itself: every contender in turn, over and over.
//!
//! One server runs at a time. Were all of them up, the idle ones' timers and memory would be in the way of
//! the one that is measured; and a new process each round lets the median see through an unlucky start.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use super::figures::{
    Contender, FIGURES, Figure, Program, START_CASE, START_FLAGS, START_GUEST, cases, contenders,
};
use super::programs::Programs;
use super::report::{Machine, Measured, Report, Sample, Start};
use super::{ServeArgs, cpu, statistics, wrk};
use crate::guests;
use crate::http::status_of;
use crate::interrupt::Interrupt;
use crate::server::Server;

/// Load before each measurement, in seconds: connections made, instances warm, code paged in.
const WARM_UP: u32 = 1;
/// How long the first answer may take: the component is compiled for it, unless an earlier start has done so.
const ANSWER: Duration = Duration::from_secs(180);
/// The host's threads that run guests, without their numbers. (`guest-log-0` writes their log.)
const GUEST_THREADS: &str = "guest-";

/// `cargo xtask bench serve`.
pub(crate) fn serve(args: &ServeArgs) -> anyhow::Result<Report> {
    for case in &args.only {
        anyhow::ensure!(
            cases().contains(&case.as_str()),
            "there is no case {case:?}; there are {}",
            cases().join(", ")
        );
    }
    let wanted = |case: &str| args.only.is_empty() || args.only.iter().any(|only| only == case);
    let figures: Vec<&Figure> = FIGURES.iter().filter(|figure| wanted(figure.case)).collect();
    let contenders = contenders(&figures);
    let start = wanted(START_CASE);

    let interrupt = Interrupt::watch()?;
    let wrk = wrk::version()?;
    let wasmtime = start || contenders.iter().any(|contender| contender.program == Program::Wasmtime);
    let mut guests: Vec<&str> = contenders.iter().map(|contender| contender.guest).collect();
    guests.extend(start.then_some(START_GUEST));
    guests.sort_unstable();
    guests.dedup();
    guests::build(&guests)?;
    let programs = Programs::prepare(wasmtime)?;
    let machine = Machine::read(wrk, programs.wasmtime().map(|wasmtime| wasmtime.version.clone()));
    eprint!("{}", machine.warning());

    let mut measured: Vec<Measured> = contenders.iter().map(|contender| Measured::new(*contender)).collect();
    for round in 0..args.rounds {
        // Every contender comes first in some round: what grows over a round (heat, say) meets them all.
        let count = measured.len();
        if count > 0 {
            measured.rotate_left(round as usize % count);
        }
        for one in &mut measured {
            interrupt.check()?;
            let name = one.contender.name();
            let sample = sample(&programs, &one.contender, args, &interrupt).with_context(|| {
                format!("{name} on {} failed in round {}", one.contender.guest, round + 1)
            })?;
            eprintln!(
                "  round {}/{}  {:9} {name}: {:.2} us, {:.0} requests/s",
                round + 1,
                args.rounds,
                one.contender.guest,
                sample.micros,
                sample.rate
            );
            one.samples.push(sample);
        }
    }
    let start = if start { Some(starts(&programs, args.rounds, &interrupt)?) } else { None };
    Report::new(args, machine, &figures, &measured, start)
}

/// Starts the contender, drives it, stops it.
fn sample(
    programs: &Programs,
    contender: &Contender,
    args: &ServeArgs,
    interrupt: &Interrupt,
) -> anyhow::Result<Sample> {
    let mut server = programs.start(contender, interrupt)?;
    let status = status_of(server.address(), "/", ANSWER)?;
    anyhow::ensure!(status == 200, "it answered GET / with {status}. It said:\n{}", server.said());
    wrk::drive(server.address(), args.connections, WARM_UP)?;

    let threads = cpu::of_threads(server.pid(), GUEST_THREADS)?;
    let before = cpu::of_process(server.pid())?;
    let load = wrk::drive(server.address(), args.connections, args.seconds);
    // A server that died is the reason for whatever the load generator says.
    server.check()?;
    let load = load?;
    settle(&server)?;
    let used = cpu::of_process(server.pid())?.saturating_sub(before);
    let threads: Vec<f64> = cpu::of_threads(server.pid(), GUEST_THREADS)?
        .into_iter()
        .zip(threads)
        .map(|(after, before)| after.saturating_sub(before).as_secs_f64())
        .collect();
    server.stop()?;
    Ok(Sample {
        micros: used.as_secs_f64() * 1e6 / load.requests as f64,
        rate: load.rate,
        spread: statistics::spread(&threads),
    })
}

/// Lets the server finish the requests that were under way when the load ended, a few of many thousands.
fn settle(server: &Server) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut last = cpu::of_process(server.pid())?;
    while start.elapsed() < Duration::from_secs(2) {
        thread::sleep(Duration::from_millis(50));
        let now = cpu::of_process(server.pid())?;
        if now == last {
            break;
        }
        last = now;
    }
    Ok(())
}

/// Milliseconds from the start of the process to the first 200, of components compiled before.
fn starts(programs: &Programs, rounds: u32, interrupt: &Interrupt) -> anyhow::Result<Start> {
    let host = Contender { program: Program::Host, guest: START_GUEST, flags: &[] };
    let compiled = programs.compile_with_wasmtime(START_GUEST)?;
    let ours = || programs.start(&host, interrupt);
    let theirs = || programs.start_compiled(START_FLAGS, &compiled, interrupt);
    // The first start compiles, and brings the file into memory.
    first_answer(ours)?;
    first_answer(theirs)?;
    let mut start = Start::default();
    for round in 1..=rounds {
        interrupt.check()?;
        let (our_time, their_time) = (first_answer(ours)?, first_answer(theirs)?);
        eprintln!(
            "  start {round}/{rounds}  {START_GUEST}: wasm-appsvc {our_time:.1} ms, wasmtime {their_time:.1} ms"
        );
        start.ours.push(our_time);
        start.theirs.push(their_time);
    }
    Ok(start)
}

fn first_answer(start: impl Fn() -> anyhow::Result<Server>) -> anyhow::Result<f64> {
    let begin = Instant::now();
    let server = start()?;
    let status = status_of(server.address(), "/", ANSWER)?;
    let time = begin.elapsed();
    anyhow::ensure!(status == 200, "its first answer was {status}. It said:\n{}", server.said());
    server.stop()?;
    Ok(time.as_secs_f64() * 1e3)
}
