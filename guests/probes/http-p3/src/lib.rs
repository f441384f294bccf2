//! Multi-call probe for WASI 0.3 HTTP (`wasi:http/service`): the routes of the probe `http-p2` that make sense
//! here, done with WASI 0.3 throughout (streams, futures, async sockets), and some that only 0.3 makes possible.
//!
//! A route that does something which may fail answers 200 with `{"ok":true,...}` or `{"ok":false,"code":...}`,
//! the code named as in WIT. Parameters in `[]` may be left out; their defaults are given.
//!
//! # What the guest sees ([`surface`])
//! | route | answer |
//! | --- | --- |
//! | `/` | one line of text |
//! | `/env` | every environment variable as a JSON object, in the host's order |
//! | `/env/NAME` | that variable as text; 404 if there is none |
//! | `/args` | the arguments as a JSON array |
//! | `/cwd` | `{"initial":...}` |
//! | `/stdin` | reads standard input to its end; `{"ok":true,"bytes":n}` |
//! | `/stdout[?lines=1&len=32]` | prints that many lines of `len` bytes (plus line feed): number, then dots |
//! | `/stdout?text=TEXT` | prints that text and a line feed |
//! | `/stderr...` | the same on standard error |
//! | `/file[?path=/home/probe.txt]` | the file's content as text |
//! | `/file?write=TEXT[&path=]` | replaces the file's content |
//! | `/counter` | requests this instance has seen, this one included |
//! | `/instance` | random hexadecimal digits, made at the first call in this instance |
//! | `/in-flight[?ms=100]` | waits, then answers how many requests this instance had at once at most since its start |
//!
//! # Requests and responses ([`exchange`])
//! | route | answer |
//! | --- | --- |
//! | `/headers` | the request's headers as a JSON array of `[name,value]`, as received and in order |
//! | `/request` | `{"method","scheme","authority","path"}` |
//! | `/echo` | the body as it comes in; `content-type`, `trailer` and the trailers are copied |
//! | `/trailers` | a body, then the trailer `x-probe: done` |
//! | `/status/N` | status N with a line of text |
//! | `/stream[?chunks=5&ms=100&size=16]` | chunks of `size` bytes, `ms` apart |
//! | `/big[?bytes=1048576]` | a body of that many bytes |
//! | `/sleep[?ms=100]` | answers after that time |
//! | `/after[?ms=100]` | answers, finishes the body, waits, then prints the line `after done` |
//!
//! # Network ([`network`])
//! | route | answer |
//! | --- | --- |
//! | `/connect?addr=IP:PORT[&send=TEXT]` | TCP: `{"ok","local","peer"}`; with `send` also `"received"`, what came back until the peer closed |
//! | `/bind?addr=IP:PORT` | a TCP listener: `{"ok","local"}` |
//! | `/loopback[?ip=127.0.0.1]` | listens, connects to itself, sends one line across: `{"ok","local","received"}` |
//! | `/udp?addr=IP:PORT[&send=ping&reply=1]` | sends a datagram; with `reply=1` waits for one: `{"ok","local","received"}` |
//! | `/resolve?name=NAME` | `{"ok":true,"addresses":[...]}` |
//! | `/fetch?url=URL[&method=GET]` | `wasi:http/client`: `{"ok","status","bytes"}` or the error code |
//!
//! # Misbehaviour ([`bad`])
//! | route | what it does |
//! | --- | --- |
//! | `/trap`, `/panic` | before a response |
//! | `/exit[?code=1]` | `wasi:cli/exit` before a response |
//! | `/trap-after-head[?bytes=16]` | head and some body, then a trap |
//! | `/unfinished[?bytes=16]` | head and some body, then the trailers' future is an error |
//! | `/spin` | computes for ever before a response |
//! | `/spin-after` | answers, then computes for ever |
//! | `/sleep-forever` | waits for ever before a response |
//! | `/pending` | waits for a stream whose other end it holds itself: no event can ever wake it |
//! | `/linger[?n=1]` | answers; that many tasks of the request then wait for ever |
//! | `/error-response` | returns `Err(internal-error("probe"))` |
//! | `/recurse` | uses up the stack |
//! | `/alloc[?mib=64&hold=0]` | takes that much memory and touches it: `{"ok","mib"}` with what it got; `hold=1` keeps it for the instance's life |
//! | `/handles[?n=1000&kind=fields]` | opens that many resources (`fields`) or pairs of stream ends (`streams`) at once, answers `{"ok","n"}`, closes them |
//! | `/leak[?n=1000&kind=fields]` | the same, and never closes them |
//! | `/flood[?mib=16]` | that much to standard output as fast as possible, then answers |
//! | `/flood-forever` | standard output for ever |
//! | `/bad-head?kind=short` | `content-length: 10`, a body of 5 bytes |
//! | `/bad-head?kind=long` | `content-length: 5`, a body of 10 bytes |
//! | `/bad-head?kind=status[&status=1000]` | that status: `{"ok":false}` if the host refuses it, else it is sent |
//! | `/bad-head?kind=header&name=NAME&value=VALUE` | that header (percent-encoded): `{"ok":false,"code"}` if refused, else it is sent |

mod bad;
mod exchange;
mod network;
mod reply;
mod surface;

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use probe_support::Target;
use wasip3::exports::http::handler::Guest;
use wasip3::http::types::{ErrorCode, Request, Response};

struct Probe;

wasip3::http::service::export!(Probe);

/// What this instance has seen.
static REQUESTS: AtomicU64 = AtomicU64::new(0);
static IN_FLIGHT: AtomicU64 = AtomicU64::new(0);
static MOST_IN_FLIGHT: AtomicU64 = AtomicU64::new(0);

impl Guest for Probe {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        REQUESTS.fetch_add(1, Relaxed);
        MOST_IN_FLIGHT.fetch_max(IN_FLIGHT.fetch_add(1, Relaxed) + 1, Relaxed);
        let answer = answer(request).await;
        IN_FLIGHT.fetch_sub(1, Relaxed);
        answer
    }
}

async fn answer(request: Request) -> Result<Response, ErrorCode> {
    let target = Target::parse(&request.get_path_with_query().unwrap_or_default());
    Ok(match target.path() {
        "/" => reply::text(200, "http-p3: a probe; its routes are listed in its source\n"),
        "/env" => surface::environment(),
        "/args" => surface::arguments(),
        "/cwd" => surface::cwd(),
        "/stdin" => surface::stdin().await,
        "/stdout" => surface::stdout(&target).await,
        "/stderr" => surface::stderr(&target).await,
        "/file" => surface::file(&target).await,
        "/counter" => reply::text(200, &REQUESTS.load(Relaxed).to_string()),
        "/instance" => surface::instance(),
        "/in-flight" => {
            exchange::sleep(&target).await;
            reply::text(200, &MOST_IN_FLIGHT.load(Relaxed).to_string())
        }

        "/headers" => exchange::headers(&request),
        "/request" => exchange::describe(&request),
        "/echo" => exchange::echo(request),
        "/trailers" => exchange::trailers(),
        "/stream" => exchange::stream(target),
        "/big" => exchange::big(&target),
        "/sleep" => {
            exchange::sleep(&target).await;
            reply::text(200, "slept\n")
        }
        "/after" => exchange::after(target),

        "/connect" => reply::result(network::connect(&target).await),
        "/bind" => reply::result(network::bind(&target)),
        "/loopback" => reply::result(network::loopback(&target).await),
        "/udp" => reply::result(network::udp(&target).await),
        "/resolve" => reply::result(network::resolve(&target).await),
        "/fetch" => reply::result(network::fetch(&target).await),

        path => match (target.after("/env/"), target.after("/status/").map(str::parse)) {
            (Some(name), _) => surface::variable(name),
            (_, Some(Ok(status))) => reply::text(status, &format!("status {status}\n")),
            _ if bad::ROUTES.contains(&path) => return bad::route(target).await,
            _ => reply::text(404, "no such route\n"),
        },
    })
}
