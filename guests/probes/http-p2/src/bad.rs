//! Misbehaviour: what a host must survive, stop or refuse.

use std::hint::black_box;
use std::io::Write as _;
use std::mem;
use std::sync::Mutex;

use probe_support::{Target, error, json, stress};
use wasip2::cli::stdout::get_stdout;
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::http::types::{ErrorCode, Fields, OutgoingResponse, ResponseOutparam};
use wasip2::io::poll::Pollable;

use crate::reply::{Body, Reply};

pub(crate) fn route(target: &Target, reply: Reply) -> Result<(), Reply> {
    match target.path() {
        "/trap" => stress::trap(),
        "/panic" => panic!("the probe panics as asked"),
        "/exit" => std::process::exit(target.number("code", 1) as i32),
        "/trap-after-head" => {
            let _unfinished = start(target, reply);
            stress::trap();
        }
        "/unfinished" => drop(start(target, reply)),
        "/spin" => stress::spin(),
        "/spin-after" => {
            reply.text(200, "computing for ever after this\n");
            stress::spin();
        }
        "/sleep-forever" => loop {
            subscribe_duration(u64::MAX).block();
        },
        "/no-response" => {}
        "/error-response" => reply.error(ErrorCode::InternalError(Some("probe".into()))),
        "/twice" => twice(reply),
        "/recurse" => reply.text(200, &stress::recurse(0).to_string()),
        "/alloc" => alloc(target, reply),
        "/handles" => drop(open(target, reply)),
        "/leak" => mem::forget(open(target, reply)),
        "/flood" => {
            flood(Some(target.number("mib", 16)));
            reply.ok([]);
        }
        "/flood-forever" => flood(None),
        "/bad-head" => bad_head(target, reply),
        _ => return Err(reply),
    }
    Ok(())
}

/// Sends the head and some body.
fn start(target: &Target, reply: Reply) -> Body {
    let mut body = reply.head(200, &[("content-type", "text/plain")]);
    body.flush(&vec![b'.'; target.number("bytes", 16) as usize]);
    body
}

fn twice(reply: Reply) {
    let first = reply.into_inner();
    // SAFETY: the number is only ever handed to the host, whose table it indexes; no memory of the guest
    // depends on it. That it names nothing after the first `set` is what the host has to notice.
    let second = unsafe { ResponseOutparam::from_handle(first.handle()) };
    ResponseOutparam::set(first, Ok(OutgoingResponse::new(Fields::new())));
    ResponseOutparam::set(second, Ok(OutgoingResponse::new(Fields::new())));
}

fn alloc(target: &Target, reply: Reply) {
    static HELD: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
    let mut taken = stress::take_memory(target.number("mib", 64));
    let mib = taken.len();
    if target.number("hold", 0) == 1 {
        HELD.lock().expect("no other thread can have panicked").append(&mut taken);
    }
    drop(black_box(taken)); // room to answer with
    reply.ok([("mib", mib.to_string())]);
}

/// Resources that are held open.
#[expect(dead_code, reason = "only held")]
enum Open {
    Fields(Vec<Fields>),
    Pollables(Vec<Pollable>),
}

fn open(target: &Target, reply: Reply) -> Open {
    let n = target.number("n", 1000);
    let open = match target.text("kind") {
        Some("pollables") => Open::Pollables((0..n).map(|_| subscribe_duration(u64::MAX)).collect()),
        _ => Open::Fields((0..n).map(|_| Fields::new()).collect()),
    };
    reply.ok([("n", n.to_string())]);
    open
}

/// Writes lines of 1 KiB to standard output as fast as the host takes them, until `mib` MiB are written or
/// the stream fails.
fn flood(mib: Option<u64>) {
    let block: String = (0..64).map(|number| stress::line(number, 1023) + "\n").collect();
    let blocks = mib.map_or(u64::MAX, |mib| mib * 16);
    let mut stdout = get_stdout();
    for _ in 0..blocks {
        if stdout.write_all(block.as_bytes()).is_err() {
            return;
        }
    }
}

fn bad_head(target: &Target, reply: Reply) {
    let kind = target.text("kind").unwrap_or("short");
    let headers: Vec<(String, String)> = match kind {
        "short" => vec![("content-length".into(), "10".into())],
        "long" => vec![("content-length".into(), "5".into())],
        "twice" => vec![("content-length".into(), "5".into()), ("content-length".into(), "10".into())],
        "header" => {
            let part = |name| target.text(name).unwrap_or_default().to_owned();
            vec![(part("name"), part("value"))]
        }
        "huge" => vec![("x-huge".into(), ".".repeat(target.number("bytes", 65_536) as usize))],
        "many" => (0..target.number("n", 1000)).map(|n| (format!("x-many-{n}"), n.to_string())).collect(),
        "status" => vec![],
        _ => return reply.text(404, "no such kind\n"),
    };
    let content: &[u8] = if kind == "long" { b"0123456789" } else { b"01234" };
    let status = target.number("status", if kind == "status" { 1000 } else { 200 });

    let fields = Fields::new();
    for (name, value) in &headers {
        if let Err(refused) = fields.append(name, value.as_bytes()) {
            return reply.json(error::of_wasi(&refused));
        }
    }
    let response = OutgoingResponse::new(fields);
    if response.set_status_code(status as u16).is_err() {
        return reply.json(json::object([("ok", "false".into())]));
    }
    let mut body = reply.response(response);
    body.write(content);
    body.finish(None);
}
