//! What the guest sees of its process: environment, arguments, standard streams, a file, itself.

use std::io::{self, Read as _, Write};
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use std::{env, fs};

use probe_support::{Target, error, json, stress};
use wasip2::cli::environment;
use wasip2::random::random::get_random_u64;

use crate::REQUESTS;
use crate::reply::Reply;

pub(crate) fn route(target: &Target, reply: Reply) -> Result<(), Reply> {
    match target.path() {
        "/" => reply.text(200, "http-p2: a probe; its routes are listed in its source\n"),
        "/env" => {
            let variables = environment::get_environment();
            reply.json(json::object(variables.into_iter().map(|(name, value)| (name, json::string(&value)))));
        }
        "/args" => {
            reply.json(json::array(environment::get_arguments().iter().map(|text| json::string(text))))
        }
        "/cwd" => cwd(reply),
        "/stdin" => stdin(reply),
        "/stdout" => print(io::stdout().lock(), target, reply),
        "/stderr" => print(io::stderr().lock(), target, reply),
        "/file" => file(target, reply),
        "/counter" => reply.text(200, &REQUESTS.load(Ordering::Relaxed).to_string()),
        "/instance" => {
            static ID: OnceLock<u64> = OnceLock::new();
            reply.text(200, &format!("{:016x}", ID.get_or_init(get_random_u64)));
        }
        _ => match target.after("/env/") {
            Some(name) => variable(name, reply),
            None => return Err(reply),
        },
    }
    Ok(())
}

fn variable(name: &str, reply: Reply) {
    match env::var_os(name) {
        Some(value) => reply.text(200, &value.to_string_lossy()),
        None => reply.text(404, "no such variable\n"),
    }
}

fn cwd(reply: Reply) {
    let std = env::current_dir().map(|path| path.display().to_string());
    let std = std.map_or_else(|error| error::of_io(&error), |path| json::string(&path));
    let initial = json::optional(environment::initial_cwd().as_deref());
    reply.json(json::object([("initial", initial), ("std", std)]));
}

fn stdin(reply: Reply) {
    match io::copy(&mut io::stdin().lock().by_ref(), &mut io::sink()) {
        Ok(bytes) => reply.ok([("bytes", bytes.to_string())]),
        Err(error) => reply.json(error::of_io(&error)),
    }
}

fn print(mut out: impl Write, target: &Target, reply: Reply) {
    let result = match target.text("text") {
        Some(text) => writeln!(out, "{text}"),
        None => {
            let len = target.number("len", 32) as usize;
            (0..target.number("lines", 1))
                .try_for_each(|number| writeln!(out, "{}", stress::line(number, len)))
        }
    };
    match result.and_then(|()| out.flush()) {
        Ok(()) => reply.ok([]),
        Err(error) => reply.json(error::of_io(&error)),
    }
}

fn file(target: &Target, reply: Reply) {
    let path = target.text("path").unwrap_or("/home/probe.txt");
    let result = match target.text("write") {
        Some(content) => fs::write(path, content).map(|()| None),
        None => fs::read(path).map(Some),
    };
    match result {
        Ok(Some(content)) => reply.text(200, &String::from_utf8_lossy(&content)),
        Ok(None) => reply.ok([]),
        Err(error) => reply.json(error::of_io(&error)),
    }
}
