//! Probe for `wasi:cli/command` of WASI 0.3, through its own bindings and not through std: the exported `run` is
//! async, standard streams are `stream<u8>`.
//!
//! Prints every argument on a line, its own name included, then copies standard input to standard output as it
//! comes. Then, by the first argument after the name:
//!
//! | arguments | how it ends |
//! | --- | --- |
//! | (anything else) | `run` returns `ok` |
//! | `fail` | `run` returns `err`, which is exit code 1 |
//! | `exit N` | `wasi:cli/exit.exit-with-code` |
//! | `trap` | the `unreachable` instruction |
//! | `linger MS` | `run` returns `ok`; a task of it waits and then prints `lingered` |

use futures_util::future::join;
use wasip3::cli::{environment, exit, stdin, stdout};
use wasip3::clocks::monotonic_clock::wait_for;
use wasip3::wit_bindgen::{StreamResult, StreamWriter};
use wasip3::wit_stream;

struct Command;

wasip3::cli::command::export!(Command);

impl wasip3::exports::cli::run::Guest for Command {
    async fn run() -> Result<(), ()> {
        let arguments = environment::get_arguments();
        let (mut out, reader) = wit_stream::new();
        let printed = stdout::write_via_stream(reader);
        let print = async {
            for argument in &arguments {
                out.write_all(format!("{argument}\n").into_bytes()).await;
            }
            let copied = cat(&mut out).await;
            drop(out);
            copied
        };
        let (copied, printed) = join(print, async { printed.await }).await;
        copied.and(printed).map_err(|code| eprintln!("error: {code:?}"))?;

        let rest: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
        match rest[..] {
            ["fail", ..] => return Err(()),
            ["exit", code] => exit::exit_with_code(code.parse().unwrap_or(2)),
            ["trap", ..] => probe_support::stress::trap(),
            ["linger", ms] => {
                let nanoseconds = ms.parse::<u64>().unwrap_or(0).saturating_mul(1_000_000);
                wasip3::spawn_local(async move {
                    wait_for(nanoseconds).await;
                    println!("lingered");
                });
            }
            _ => {}
        }
        Ok(())
    }
}

async fn cat(out: &mut StreamWriter<u8>) -> Result<(), wasip3::cli::types::ErrorCode> {
    let (mut source, end) = stdin::read_via_stream();
    loop {
        let (result, chunk) = source.read(Vec::with_capacity(1 << 14)).await;
        if !chunk.is_empty() && !out.write_all(chunk).await.is_empty() {
            return Ok(()); // nobody reads any more
        }
        if matches!(result, StreamResult::Dropped) {
            drop(source);
            return end.await;
        }
    }
}
