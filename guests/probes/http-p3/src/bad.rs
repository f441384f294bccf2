//! Misbehaviour: what a host must survive, stop or refuse.

use std::hint::black_box;
use std::mem;
use std::sync::Mutex;

use futures_util::future::join;
use probe_support::{Target, error, json, stress};
use wasip3::clocks::monotonic_clock::wait_for;
use wasip3::http::types::{ErrorCode, Fields, Response};
use wasip3::wit_bindgen::{StreamReader, StreamWriter};
use wasip3::wit_stream;

use crate::reply;

/// The routes that [`route`] knows.
pub(crate) const ROUTES: &[&str] = &[
    "/trap",
    "/panic",
    "/exit",
    "/trap-after-head",
    "/unfinished",
    "/spin",
    "/spin-after",
    "/sleep-forever",
    "/pending",
    "/linger",
    "/error-response",
    "/recurse",
    "/alloc",
    "/handles",
    "/leak",
    "/flood",
    "/flood-forever",
    "/bad-head",
];

pub(crate) async fn route(target: Target) -> Result<Response, ErrorCode> {
    Ok(match target.path() {
        "/trap" => stress::trap(),
        "/panic" => panic!("the probe panics as asked"),
        "/exit" => {
            wasip3::cli::exit::exit_with_code(target.number("code", 1) as u8);
            unreachable!("exit returned");
        }
        "/trap-after-head" => start(&target, async |_unfinished| stress::trap()),
        "/unfinished" => start(&target, async |unfinished| drop(unfinished)),
        "/spin" => stress::spin(),
        "/spin-after" => start(&target, async |body| {
            body.finish(None).await;
            stress::spin();
        }),
        "/sleep-forever" => loop {
            wait_for(u64::MAX).await;
        },
        "/pending" => {
            // Not `std::future::pending`, at which the bindings would panic before the host sees anything.
            let (_open, mut reader) = wit_stream::new::<u8>();
            reader.next().await;
            unreachable!("nobody can have written");
        }
        "/linger" => {
            for _ in 0..target.number("n", 1) {
                wasip3::spawn_local(wait_for(u64::MAX));
            }
            reply::ok(vec![])
        }
        "/error-response" => return Err(ErrorCode::InternalError(Some("probe".into()))),
        "/recurse" => reply::text(200, &stress::recurse(0).to_string()),
        "/alloc" => alloc(&target),
        "/handles" => {
            let open = Open::new(&target);
            reply::ok(vec![("n", open.len().to_string())])
        }
        "/leak" => {
            let open = mem::ManuallyDrop::new(Open::new(&target));
            reply::ok(vec![("n", open.len().to_string())])
        }
        "/flood" => {
            flood(Some(target.number("mib", 16))).await;
            reply::ok(vec![])
        }
        "/flood-forever" => {
            flood(None).await;
            reply::ok(vec![])
        }
        _ => bad_head(&target),
    })
}

/// The head and some body, then `rest`.
fn start(target: &Target, rest: impl AsyncFnOnce(reply::Body) + 'static) -> Response {
    let content = vec![b'.'; target.number("bytes", 16) as usize];
    reply::stream(200, &[("content-type", "text/plain")], async move |mut body| {
        body.write(content).await;
        rest(body).await;
    })
}

fn alloc(target: &Target) -> Response {
    static HELD: Mutex<Vec<Vec<u8>>> = Mutex::new(Vec::new());
    let mut taken = stress::take_memory(target.number("mib", 64));
    let mib = taken.len();
    if target.number("hold", 0) == 1 {
        HELD.lock().expect("no other thread can have panicked").append(&mut taken);
    }
    drop(black_box(taken)); // room to answer with
    reply::ok(vec![("mib", mib.to_string())])
}

/// Handles that are held open.
enum Open {
    Fields(Vec<Fields>),
    Streams(Vec<(StreamWriter<u8>, StreamReader<u8>)>),
}

impl Open {
    fn new(target: &Target) -> Self {
        let n = target.number("n", 1000);
        match target.text("kind") {
            Some("streams") => Self::Streams((0..n).map(|_| wit_stream::new()).collect()),
            _ => Self::Fields((0..n).map(|_| Fields::new()).collect()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Fields(fields) => fields.len(),
            Self::Streams(pairs) => pairs.len(),
        }
    }
}

/// Writes lines of 1 KiB to standard output as fast as the host takes them, until `mib` MiB are written or
/// the host closes the stream.
async fn flood(mib: Option<u64>) {
    let block: String = (0..64).map(|number| stress::line(number, 1023) + "\n").collect();
    let (mut writer, reader) = wit_stream::new();
    let end = wasip3::cli::stdout::write_via_stream(reader);
    let write = async move {
        for _ in 0..mib.map_or(u64::MAX, |mib| mib * 16) {
            if !writer.write_all(block.clone().into_bytes()).await.is_empty() {
                return;
            }
        }
    };
    _ = join(write, async move { end.await }).await;
}

fn bad_head(target: &Target) -> Response {
    let part = |name| target.text(name).unwrap_or_default();
    let (header, status) = match target.text("kind").unwrap_or("short") {
        "short" => (Some(("content-length", "10")), 200),
        "long" => (Some(("content-length", "5")), 200),
        "header" => (Some((part("name"), part("value"))), 200),
        "status" => (None, target.number("status", 1000)),
        _ => return reply::text(404, "no such kind\n"),
    };
    let content: &[u8] = if target.text("kind") == Some("long") { b"0123456789" } else { b"01234" };

    let fields = Fields::new();
    if let Some((name, value)) = header
        && let Err(refused) = fields.append(name, value.as_bytes())
    {
        return reply::json(error::of_wasi(&refused));
    }
    let (response, mut body) = reply::start(fields);
    if response.set_status_code(status as u16).is_err() {
        return reply::json(json::object([("ok", "false".into())]));
    }
    wasip3::spawn_local(async move {
        body.write(content.to_vec()).await;
        body.finish(None).await;
    });
    response
}
