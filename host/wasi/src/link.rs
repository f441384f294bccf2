//! Puts every interface an app may import into a linker.
//!
//! The 0.2 interfaces are linked for all components, with the unstable ones among them: a component built with
//! any 0.2.x links without a flag. Components of the 0.3 world import both versions, so their linker has both.

use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::clocks::WasiClocks;
use wasmtime_wasi::filesystem::WasiFilesystem;
use wasmtime_wasi::random::WasiRandom;
use wasmtime_wasi::sockets::WasiSockets;
use wasmtime_wasi_http::WasiHttp;

use crate::Guest;
use crate::cli::Cli;
use crate::net::Net;

/// The interfaces of WASI 0.2 a component finds here, without their versions: for error messages.
pub const INTERFACES_P2: &[&str] = &[
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/wall-clock",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:http/outgoing-handler",
    "wasi:http/types",
    "wasi:io/error",
    "wasi:io/poll",
    "wasi:io/streams",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/instance-network",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/network",
    "wasi:sockets/tcp",
    "wasi:sockets/tcp-create-socket",
    "wasi:sockets/udp",
    "wasi:sockets/udp-create-socket",
];

/// The interfaces of WASI 0.3 a component finds here beside those of 0.2.
pub const INTERFACES_P3: &[&str] = &[
    "wasi:cli/environment",
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:cli/types",
    "wasi:clocks/monotonic-clock",
    "wasi:clocks/system-clock",
    "wasi:clocks/types",
    "wasi:filesystem/preopens",
    "wasi:filesystem/types",
    "wasi:http/client",
    "wasi:http/types",
    "wasi:random/insecure",
    "wasi:random/insecure-seed",
    "wasi:random/random",
    "wasi:sockets/ip-name-lookup",
    "wasi:sockets/types",
];

struct Io;

impl HasData for Io {
    type Data<'a> = &'a mut ResourceTable;
}

/// Links WASI 0.2.
///
/// # Errors
///
/// An interface that is already there.
pub fn add_p2(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    use wasmtime_wasi::p2::bindings::{cli, clocks, filesystem, random, sockets};
    use wasmtime_wasi_http::p2::bindings::{LinkOptions, http};
    use wasmtime_wasi_io::bindings::wasi::io;

    let l = linker;
    io::error::add_to_linker::<_, Io>(l, Guest::table)?;
    io::poll::add_to_linker::<_, Io>(l, Guest::table)?;
    io::streams::add_to_linker::<_, Io>(l, Guest::table)?;

    cli::environment::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::exit::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::stdin::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::stdout::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::stderr::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::terminal_input::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::terminal_output::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::terminal_stdin::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::terminal_stdout::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::terminal_stderr::add_to_linker::<_, Cli>(l, Guest::cli)?;

    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(l, Guest::clocks)?;
    clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, Guest::clocks)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, Guest::filesystem)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(l, Guest::filesystem)?;
    random::random::add_to_linker::<_, WasiRandom>(l, Guest::random)?;
    random::insecure::add_to_linker::<_, WasiRandom>(l, Guest::random)?;
    random::insecure_seed::add_to_linker::<_, WasiRandom>(l, Guest::random)?;

    let mut unstable = sockets::network::LinkOptions::default();
    unstable.network_error_code(true);
    sockets::instance_network::add_to_linker::<_, WasiSockets>(l, Guest::sockets)?;
    sockets::network::add_to_linker::<_, WasiSockets>(l, &unstable, Guest::sockets)?;
    sockets::tcp::add_to_linker::<_, WasiSockets>(l, Guest::sockets)?;
    sockets::tcp_create_socket::add_to_linker::<_, WasiSockets>(l, Guest::sockets)?;
    sockets::udp::add_to_linker::<_, WasiSockets>(l, Guest::sockets)?;
    sockets::udp_create_socket::add_to_linker::<_, WasiSockets>(l, Guest::sockets)?;
    sockets::ip_name_lookup::add_to_linker::<_, Net>(l, Guest::net)?;

    let mut unstable = LinkOptions::default();
    unstable.informational_outbound_responses(true);
    http::types::add_to_linker::<_, WasiHttp>(l, &(&unstable).into(), Guest::http)?;
    http::outgoing_handler::add_to_linker::<_, WasiHttp>(l, Guest::http)?;
    Ok(())
}

/// Links WASI 0.3, beside what [`add_p2`] links.
///
/// # Errors
///
/// An interface that is already there.
pub fn add_p3(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    use wasmtime_wasi::p3::bindings::{cli, clocks, filesystem, random, sockets};
    use wasmtime_wasi_http::p3::bindings::http;

    let l = linker;
    cli::environment::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::exit::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::stdin::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::stdout::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::stderr::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::terminal_input::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::terminal_output::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::terminal_stdin::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::terminal_stdout::add_to_linker::<_, Cli>(l, Guest::cli)?;
    cli::terminal_stderr::add_to_linker::<_, Cli>(l, Guest::cli)?;

    clocks::types::add_to_linker::<_, WasiClocks>(l, Guest::clocks)?;
    clocks::monotonic_clock::add_to_linker::<_, WasiClocks>(l, Guest::clocks)?;
    clocks::system_clock::add_to_linker::<_, WasiClocks>(l, Guest::clocks)?;
    filesystem::types::add_to_linker::<_, WasiFilesystem>(l, Guest::filesystem)?;
    filesystem::preopens::add_to_linker::<_, WasiFilesystem>(l, Guest::filesystem)?;
    random::random::add_to_linker::<_, WasiRandom>(l, Guest::random)?;
    random::insecure::add_to_linker::<_, WasiRandom>(l, Guest::random)?;
    random::insecure_seed::add_to_linker::<_, WasiRandom>(l, Guest::random)?;

    sockets::types::add_to_linker::<_, WasiSockets>(l, Guest::sockets)?;
    sockets::ip_name_lookup::add_to_linker::<_, Net>(l, Guest::net)?;

    http::types::add_to_linker::<_, WasiHttp>(l, Guest::http)?;
    http::client::add_to_linker::<_, WasiHttp>(l, Guest::http)?;
    Ok(())
}
