//! Sockets and name lookup: shut.
//!
//! Until the network surface is there nothing a guest does reaches a socket of the machine. The bindings of
//! `wasmtime-wasi` are linked so that guests which import them start; every address is refused with
//! `access-denied` (which stands for 10013, ERR-01), and each refusal is told to the operator.
//! Leaving the interfaces out instead would refuse to start any guest built with a standard library.

mod denials;

use wasmtime::component::{Accessor, HasData, Resource};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup as lookup_p2;
use wasmtime_wasi::p2::bindings::sockets::network::{self as network_p2, ErrorCode as ErrorCodeP2, Network};
use wasmtime_wasi::p2::{DynPollable, SocketError as SocketErrorP2};
use wasmtime_wasi::p3::bindings::sockets::ip_name_lookup as lookup_p3;
use wasmtime_wasi::sockets::{SocketAddrUse, WasiSocketsCtx};

pub use denials::Denials;

/// The sockets of a guest that may use none: every question is answered by `denials`.
pub(crate) fn shut(denials: &std::sync::Arc<Denials>) -> WasiSocketsCtx {
    let denials = denials.clone();
    let mut builder = wasmtime_wasi::WasiCtx::builder();
    builder.allow_tcp(true).allow_udp(true).allow_ip_name_lookup(false).socket_addr_check(
        move |address, usage| {
            // What is refused and why is the same for all; the words differ.
            let verb = match usage {
                SocketAddrUse::TcpBind | SocketAddrUse::UdpBind => "bind to",
                SocketAddrUse::TcpListen | SocketAddrUse::TcpAccept => "listen on",
                SocketAddrUse::TcpConnect => "connect to",
                SocketAddrUse::UdpSend | SocketAddrUse::UdpReceive => "exchange datagrams with",
            };
            // Connecting binds to any address first. That reaches nobody; what follows it is asked for too.
            let on_the_way = matches!(usage, SocketAddrUse::TcpBind)
                && address.ip().is_unspecified()
                && address.port() == 0;
            if !on_the_way {
                denials.deny(verb, &address);
            }
            Box::pin(std::future::ready(on_the_way))
        },
    );
    builder.build().sockets().clone()
}

/// What the name lookup of a guest works on.
pub(crate) struct NetView<'a> {
    pub(crate) denials: &'a Denials,
}

pub(crate) struct Net;

impl HasData for Net {
    type Data<'a> = NetView<'a>;
}

impl lookup_p2::Host for NetView<'_> {
    fn resolve_addresses(
        &mut self,
        _network: Resource<Network>,
        name: String,
    ) -> Result<Resource<lookup_p2::ResolveAddressStream>, SocketErrorP2> {
        self.denials.deny("look up", &name);
        Err(ErrorCodeP2::AccessDenied.into())
    }
}

impl lookup_p2::HostResolveAddressStream for NetView<'_> {
    fn resolve_next_address(
        &mut self,
        _stream: Resource<lookup_p2::ResolveAddressStream>,
    ) -> Result<Option<lookup_p2::IpAddress>, SocketErrorP2> {
        Err(ErrorCodeP2::AccessDenied.into())
    }

    fn subscribe(
        &mut self,
        _stream: Resource<lookup_p2::ResolveAddressStream>,
    ) -> wasmtime::Result<Resource<DynPollable>> {
        Err(wasmtime::format_err!("a lookup that was never started has nothing to wait for"))
    }

    fn drop(&mut self, _stream: Resource<lookup_p2::ResolveAddressStream>) -> wasmtime::Result<()> {
        Ok(())
    }
}

impl lookup_p3::Host for NetView<'_> {}
impl<U: Send> lookup_p3::HostWithStore<U> for Net {
    async fn resolve_addresses(
        store: &Accessor<U, Self>,
        name: String,
    ) -> wasmtime::Result<Result<Vec<lookup_p3::IpAddress>, lookup_p3::ErrorCode>> {
        store.with(|mut view| view.get().denials.deny("look up", &name));
        Ok(Err(lookup_p3::ErrorCode::AccessDenied))
    }
}

// The lookup shares its error type with this interface, of which it uses only the conversion.
impl network_p2::Host for NetView<'_> {
    fn convert_error_code(&mut self, error: SocketErrorP2) -> wasmtime::Result<ErrorCodeP2> {
        error.downcast()
    }

    fn network_error_code(
        &mut self,
        _error: Resource<wasmtime::Error>,
    ) -> wasmtime::Result<Option<ErrorCodeP2>> {
        Ok(None)
    }
}

impl network_p2::HostNetwork for NetView<'_> {
    fn drop(&mut self, _network: Resource<Network>) -> wasmtime::Result<()> {
        Ok(())
    }
}
