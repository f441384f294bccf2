//! What the guest sees of its process: environment, arguments, standard streams, a file, itself.

use std::sync::OnceLock;

use futures_util::future::join;
use probe_support::{Target, json, stress};
use wasip3::cli::environment as wasi;
use wasip3::cli::types::ErrorCode as StdioError;
use wasip3::filesystem::preopens::get_directories;
use wasip3::filesystem::types::{Descriptor, DescriptorFlags, ErrorCode as FileError, OpenFlags, PathFlags};
use wasip3::http::types::Response;
use wasip3::random::random::get_random_u64;
use wasip3::wit_bindgen::{FutureReader, StreamReader};
use wasip3::wit_stream;

use crate::reply;

pub(crate) fn environment() -> Response {
    let variables = wasi::get_environment();
    reply::json(json::object(variables.into_iter().map(|(name, value)| (name, json::string(&value)))))
}

pub(crate) fn variable(name: &str) -> Response {
    match wasi::get_environment().into_iter().find(|(known, _)| known == name) {
        Some((_, value)) => reply::text(200, &value),
        None => reply::text(404, "no such variable\n"),
    }
}

pub(crate) fn arguments() -> Response {
    reply::json(json::array(wasi::get_arguments().iter().map(|text| json::string(text))))
}

pub(crate) fn cwd() -> Response {
    reply::json(json::object([("initial", json::optional(wasi::get_initial_cwd().as_deref()))]))
}

pub(crate) fn instance() -> Response {
    static ID: OnceLock<u64> = OnceLock::new();
    reply::text(200, &format!("{:016x}", ID.get_or_init(get_random_u64)))
}

pub(crate) async fn stdin() -> Response {
    let (stream, end) = wasip3::cli::stdin::read_via_stream();
    let bytes = stream.collect().await.len();
    reply::result(end.await.map(|()| vec![("bytes", bytes.to_string())]))
}

pub(crate) async fn stdout(target: &Target) -> Response {
    print(wasip3::cli::stdout::write_via_stream, lines(target)).await
}

pub(crate) async fn stderr(target: &Target) -> Response {
    print(wasip3::cli::stderr::write_via_stream, lines(target)).await
}

fn lines(target: &Target) -> Vec<u8> {
    let len = target.number("len", 32) as usize;
    let lines = || (0..target.number("lines", 1)).map(|number| stress::line(number, len) + "\n").collect();
    target.text("text").map_or_else(lines, |text| format!("{text}\n")).into_bytes()
}

type Printer = fn(StreamReader<u8>) -> FutureReader<Result<(), StdioError>>;

async fn print(printer: Printer, text: Vec<u8>) -> Response {
    let (mut writer, reader) = wit_stream::new();
    let end = printer(reader);
    let write = async move {
        writer.write_all(text).await;
    };
    let ((), end) = join(write, async move { end.await }).await;
    reply::result(end.map(|()| vec![]))
}

pub(crate) async fn file(target: &Target) -> Response {
    let path = target.text("path").unwrap_or("/home/probe.txt");
    let result = match target.text("write") {
        Some(content) => write_file(path, content.into()).await.map(|()| None),
        None => read_file(path).await.map(Some),
    };
    match result {
        Ok(Some(content)) => reply::text(200, &String::from_utf8_lossy(&content)),
        other => reply::result(other.map(|_| vec![])),
    }
}

async fn read_file(path: &str) -> Result<Vec<u8>, FileError> {
    let file = open(path, OpenFlags::empty(), DescriptorFlags::READ).await?;
    let (stream, end) = file.read_via_stream(0);
    let content = stream.collect().await;
    end.await.map(|()| content)
}

async fn write_file(path: &str, content: Vec<u8>) -> Result<(), FileError> {
    let file = open(path, OpenFlags::CREATE | OpenFlags::TRUNCATE, DescriptorFlags::WRITE).await?;
    let (mut writer, reader) = wit_stream::new();
    let end = file.write_via_stream(reader, 0);
    let write = async move {
        writer.write_all(content).await;
    };
    join(write, async move { end.await }).await.1
}

/// Opens an absolute path below the preopened directory that fits best.
async fn open(path: &str, open: OpenFlags, flags: DescriptorFlags) -> Result<Descriptor, FileError> {
    let below = |(directory, root): (Descriptor, String)| {
        let rest = path.strip_prefix(root.trim_end_matches('/'))?.strip_prefix('/')?.to_owned();
        Some((directory, rest))
    };
    let candidates = get_directories().into_iter().filter_map(below);
    let (directory, rest) = candidates.min_by_key(|(_, rest)| rest.len()).ok_or(FileError::NoEntry)?;
    directory.open_at(PathFlags::SYMLINK_FOLLOW, rest, open, flags).await
}
