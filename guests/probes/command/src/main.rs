//! Multi-call probe for programs: `wasi:cli/command` when built for `wasm32-wasip2`, a preview 1 core module
//! when built for `wasm32-wasip1` (there `connect` cannot work: preview 1 has no way to open a connection).
//!
//! | arguments | what it does |
//! | --- | --- |
//! | `args ...` | prints every argument on a line, its own name included |
//! | `env [NAME]` | prints `NAME=VALUE` lines in the host's order; with a name only its value, or exits 1 |
//! | `cat` | copies standard input to standard output as it comes |
//! | `exit N` | exits with that code; WASI 0.2 knows only success and failure, so a component's 7 arrives as 1 |
//! | `trap` | ends with the `unreachable` instruction |
//! | `panic` | panics |
//! | `spin` | computes for ever |
//! | `lines N [LEN]` | prints that many lines of LEN bytes (32) plus line feed: the number, then dots |
//! | `write PATH TEXT` | replaces the file's content |
//! | `read PATH` | prints the file's content |
//! | `list PATH` | prints the names in a directory, sorted, one per line |
//! | `connect HOST:PORT` | opens a TCP connection, prints `connected LOCAL -> PEER` |
//! | `sleep MS` | waits, then prints `slept` |
//!
//! A failure prints `error: KIND (RAW): MESSAGE` on standard error and exits 1, bad usage exits 2 (see
//! `exit`).

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, thread};

use probe_support::stress;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().collect();
    let rest: Vec<&str> = arguments.iter().skip(1).map(String::as_str).collect();
    let result = match rest[..] {
        ["args", ..] => print(&arguments),
        ["env"] => print(&env::vars().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()),
        ["env", name] => match env::var(name) {
            Ok(value) => print(&[value]),
            Err(_) => return ExitCode::FAILURE,
        },
        ["cat"] => cat(),
        ["exit", code] => return code.parse::<u8>().map_or(ExitCode::from(2), ExitCode::from),
        ["trap"] => stress::trap(),
        ["panic"] => panic!("the probe panics as asked"),
        ["spin"] => stress::spin(),
        ["lines", n] => lines(n, 32),
        ["lines", n, len] => lines(n, len.parse().unwrap_or(32)),
        ["write", path, text] => fs::write(path, text),
        ["read", path] => fs::read(path).and_then(|content| io::stdout().write_all(&content)),
        ["list", path] => list(path),
        ["connect", address] => connect(address),
        ["sleep", ms] => {
            thread::sleep(Duration::from_millis(ms.parse().unwrap_or(0)));
            print(&["slept".into()])
        }
        _ => {
            eprintln!("usage: see the module's documentation; got {rest:?}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let raw = error.raw_os_error().map_or_else(|| "-".into(), |raw| raw.to_string());
            eprintln!("error: {:?} ({raw}): {error}", error.kind());
            ExitCode::FAILURE
        }
    }
}

fn print(lines: &[String]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    lines.iter().try_for_each(|line| writeln!(stdout, "{line}"))
}

fn lines(n: &str, len: usize) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    (0..n.parse().unwrap_or(0)).try_for_each(|number| writeln!(stdout, "{}", stress::line(number, len)))
}

fn cat() -> io::Result<()> {
    let (mut stdin, mut stdout) = (io::stdin().lock(), io::stdout().lock());
    let mut buffer = [0; 1 << 14];
    loop {
        let n = io::Read::read(&mut stdin, &mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        stdout.write_all(&buffer[..n])?;
        // What is here goes on now; the next line may be long in coming.
        stdout.flush()?;
    }
}

fn list(path: &str) -> io::Result<()> {
    let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let mut names = fs::read_dir(path)?.map(name).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    print(&names)
}

fn connect(address: &str) -> io::Result<()> {
    let stream = TcpStream::connect(address)?;
    print(&[format!("connected {} -> {}", stream.local_addr()?, stream.peer_addr()?)])
}
