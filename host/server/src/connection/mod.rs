//! One connection, from the handshake to its end.

mod conduct;
mod context;
mod gate;
pub(crate) mod http1;
mod http2;
pub(crate) mod refusal;
mod sniff;
mod socket;
mod watch;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::BytesMut;
use tokio::net::TcpStream;

pub(crate) use self::conduct::{Busy, Conduct};
pub(crate) use self::context::{Context, Shared};
use self::gate::Gate;
pub(crate) use self::http2::Flow;
use self::refusal::Refusal;
use self::sniff::{Protocol, sniff};
use self::socket::Socket;
use self::watch::Watch;
use self::wire::Wire;
use crate::request::platform;
use crate::site::Site;
use crate::threads::Worker;
use crate::tls::TlsFacts;

/// Serves `stream` until it ends. Must run on `home`.
pub(crate) async fn run<S: Site>(
    shared: Arc<Shared<S>>,
    stream: std::net::TcpStream,
    client: SocketAddr,
    home: Arc<Worker>,
    refused: bool,
) {
    let app = shared.app.clone();
    // Boxed, for it is big and must not be moved around.
    if let Err(error) = Box::pin(try_run(shared, stream, client, home, refused)).await {
        tracing::debug!(app = &*app, %client, reason = %error, "a connection ended before its first request");
    }
}

async fn try_run<S: Site>(
    shared: Arc<Shared<S>>,
    stream: std::net::TcpStream,
    client: SocketAddr,
    home: Arc<Worker>,
    refused: bool,
) -> std::io::Result<()> {
    let conduct = Conduct::new(shared.app.clone(), home.alarms.clone());
    let opened = tokio::select! {
        opened = open(&shared, stream) => opened?,
        () = shared.shutdown.begun() => return Ok(()),
    };
    let Some(Opened { socket, tls, protocol, read }) = opened else { return Ok(()) };
    let client = SocketAddr::new(client.ip().to_canonical(), client.port());
    let values = platform::connection(client, tls.map(|facts| [facts.arr_ssl, facts.version]));
    let Some(template) = shared.templates.get(home.index).cloned() else { return Ok(()) };
    let follower = shared.shutdown.follow();
    let watch = Watch::new(conduct.clone(), follower, &shared.limits, refused);
    let gate = (protocol != Ok(Protocol::Http2)).then(|| Gate::new(&shared.limits));
    let wire = Wire::new(socket, gate, read, conduct.clone());
    let cx = Context { shared, template, values, refused };
    match protocol {
        Ok(Protocol::Http1) => http1::serve(&cx, wire, &conduct, watch).await,
        Ok(Protocol::Http2) => http2::serve(Arc::new(cx), wire, conduct, home, watch).await,
        Err(refusal) => http1::refuse(wire, refusal, conduct.app()).await,
    }
    Ok(())
}

/// A connection of which it is known what it speaks.
struct Opened {
    socket: Socket,
    tls: Option<TlsFacts>,
    protocol: Result<Protocol, Refusal>,
    /// What has been read to know it.
    read: BytesMut,
}

/// Shakes hands and finds out what the client speaks; nothing, if that is nothing.
async fn open<S>(shared: &Shared<S>, stream: std::net::TcpStream) -> std::io::Result<Option<Opened>> {
    let time = shared.limits.head_time;
    let stream = TcpStream::from_std(stream)?;
    let mut read = BytesMut::new();
    if let Some(tls) = &shared.tls {
        let stream = tokio::time::timeout(time, tls.accept(stream)).await??;
        let facts = tls.facts(stream.get_ref().1);
        let protocol = Ok(if facts.is_http2 { Protocol::Http2 } else { Protocol::Http1 });
        return Ok(Some(Opened { socket: Socket::Tls(Box::new(stream)), tls: Some(facts), protocol, read }));
    }
    let mut socket = Socket::Plain(stream);
    let protocol = match tokio::time::timeout(time, sniff(&mut socket, &mut read)).await {
        Ok(protocol) => Ok(protocol?),
        Err(_) if read.is_empty() => return Ok(None),
        Err(_) => Err(Refusal::HeadTooSlow),
    };
    Ok(Some(Opened { socket, tls: None, protocol, read }))
}
