//! Multi-call probe for WASI 0.2 HTTP (`wasi:http/proxy`): one component, one route per behaviour of a host that
//! a test wants to see. Raw bindings, so that what the host does is not covered up by a library.
//!
//! A route that does something which may fail answers 200 with `{"ok":true,...}` or `{"ok":false,...}`; an
//! error is named by the C library's number and Rust's kind (`std`), or by its name in WIT (`wasi:http`).
//! Parameters in `[]` may be left out; their defaults are given.
//!
//! # What the guest sees ([`surface`])
//! | route | answer |
//! | --- | --- |
//! | `/` | one line of text |
//! | `/env` | every environment variable as a JSON object, in the host's order |
//! | `/env/NAME` | that variable through `std::env::var_os`, as text; 404 if there is none |
//! | `/args` | the arguments as a JSON array |
//! | `/cwd` | `{"initial":...,"std":...}`: `wasi:cli/environment.initial-cwd` and `std::env::current_dir` |
//! | `/stdin` | reads standard input to its end; `{"ok":true,"bytes":n}` |
//! | `/stdout[?lines=1&len=32]` | prints that many lines of `len` bytes (plus line feed): number, then dots |
//! | `/stdout?text=TEXT` | prints that text and a line feed |
//! | `/stderr...` | the same on standard error |
//! | `/file[?path=/home/probe.txt]` | the file's content as text |
//! | `/file?write=TEXT[&path=]` | replaces the file's content |
//! | `/counter` | requests this instance has seen, this one included |
//! | `/instance` | random hexadecimal digits, made at the first call in this instance |
//!
//! # Requests and responses ([`exchange`])
//! | route | answer |
//! | --- | --- |
//! | `/headers` | the request's headers as a JSON array of `[name,value]`, as received and in order |
//! | `/request` | `{"method","scheme","authority","path"}` |
//! | `/echo` | the body as it comes in; `content-type`, `trailer` and the trailers are copied |
//! | `/trailers` | a body, then the trailer `x-probe: done` |
//! | `/status/N` | status N with a line of text |
//! | `/stream[?chunks=5&ms=100&size=16]` | chunks of `size` bytes, each flushed, `ms` apart |
//! | `/big[?bytes=1048576]` | a body of that many bytes |
//! | `/sleep[?ms=100]` | answers after that time |
//! | `/after[?ms=100]` | answers, finishes the body, waits, then prints the line `after done` |
//!
//! # Network ([`network`])
//! | route | answer |
//! | --- | --- |
//! | `/connect?addr=HOST:PORT[&send=TEXT]` | TCP through `std::net`: `{"ok","local","peer"}`; with `send` also `"received"`, what came back until the peer closed |
//! | `/bind?addr=IP:PORT` | a TCP listener: `{"ok","local"}` |
//! | `/loopback[?ip=127.0.0.1]` | listens, connects to itself, sends one line across: `{"ok","local","received"}` |
//! | `/udp?addr=HOST:PORT[&send=ping&reply=1]` | sends a datagram; with `reply=1` waits for one: `{"ok","local","received"}` |
//! | `/resolve?name=NAME` | `{"ok":true,"addresses":[...]}` |
//! | `/fetch?url=URL[&method=GET]` | `wasi:http/outgoing-handler`: `{"ok","status","bytes"}` or the error code |
//!
//! # Misbehaviour ([`bad`])
//! | route | what it does |
//! | --- | --- |
//! | `/trap`, `/panic` | before a response |
//! | `/exit[?code=1]` | `std::process::exit` before a response |
//! | `/trap-after-head[?bytes=16]` | head and some body, then a trap |
//! | `/unfinished[?bytes=16]` | head and some body, then drops the body without finishing it |
//! | `/spin` | computes for ever before a response |
//! | `/spin-after` | answers, then computes for ever |
//! | `/sleep-forever` | waits for ever before a response |
//! | `/no-response` | returns without a response |
//! | `/error-response` | answers `Err(internal-error("probe"))` |
//! | `/twice` | sets the response twice; the types forbid it, so the handle is forged (the host must trap) |
//! | `/recurse` | uses up the stack |
//! | `/alloc[?mib=64&hold=0]` | takes that much memory and touches it: `{"ok","mib"}` with what it got; `hold=1` keeps it for the instance's life |
//! | `/handles[?n=1000&kind=fields]` | opens that many resources (`fields` or `pollables`) at once, answers `{"ok","n"}`, closes them |
//! | `/leak[?n=1000&kind=fields]` | the same, and never closes them |
//! | `/flood[?mib=16]` | that much to standard output as fast as possible, then answers |
//! | `/flood-forever` | standard output for ever |
//! | `/bad-head?kind=short` | `content-length: 10`, a body of 5 bytes |
//! | `/bad-head?kind=long` | `content-length: 5`, a body of 10 bytes |
//! | `/bad-head?kind=twice` | two different `content-length` headers: `{"ok":false,"code"}` if refused, else they are sent |
//! | `/bad-head?kind=status[&status=1000]` | that status: `{"ok":false}` if the host refuses it, else it is sent |
//! | `/bad-head?kind=header&name=NAME&value=VALUE` | that header (percent-encoded): `{"ok":false,"code"}` if refused, else it is sent |
//! | `/bad-head?kind=huge[&bytes=65536]` | one header of that size |
//! | `/bad-head?kind=many[&n=1000]` | that many headers |

mod bad;
mod exchange;
mod network;
mod reply;
mod surface;

use std::sync::atomic::{AtomicU64, Ordering};

use probe_support::Target;
use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

use crate::reply::Reply;

struct Probe;

wasip2::http::proxy::export!(Probe);

/// Requests this instance has seen.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

impl Guest for Probe {
    fn handle(request: IncomingRequest, response_out: ResponseOutparam) {
        REQUESTS.fetch_add(1, Ordering::Relaxed);
        let target = Target::parse(&request.path_with_query().unwrap_or_default());
        let reply = Reply::new(response_out);
        // Each room takes the reply if the route is its own, and hands it back if not.
        let rest = surface::route(&target, reply)
            .or_else(|reply| exchange::route(&target, request, reply))
            .or_else(|reply| network::route(&target, reply))
            .or_else(|reply| bad::route(&target, reply));
        if let Err(reply) = rest {
            reply.text(404, "no such route\n");
        }
    }
}
