//! Sockets through `std::net` (as most guests use them) and HTTP through `wasi:http/outgoing-handler`.

use std::io::{self, Read as _, Write as _};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};

use probe_support::{Target, error, json};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{ErrorCode, Fields, IncomingBody, Method, OutgoingBody, OutgoingRequest, Scheme};
use wasip2::io::streams::StreamError;

use crate::reply::Reply;

pub(crate) fn route(target: &Target, reply: Reply) -> Result<(), Reply> {
    let answer = match target.path() {
        "/connect" => connect(target),
        "/bind" => {
            TcpListener::bind(address(target)).and_then(|listener| Ok(vec![local(listener.local_addr()?)]))
        }
        "/loopback" => loopback(target),
        "/udp" => udp(target),
        "/resolve" => resolve(target),
        "/fetch" => {
            reply.json(fetch(target).unwrap_or_else(|code| error::of_wasi(&code)));
            return Ok(());
        }
        _ => return Err(reply),
    };
    reply.json(match answer {
        Ok(members) => json::object([("ok", "true".into())].into_iter().chain(members)),
        Err(error) => error::of_io(&error),
    });
    Ok(())
}

type Answer = io::Result<Vec<(&'static str, String)>>;

fn address(target: &Target) -> &str {
    target.text("addr").unwrap_or_default()
}

fn local(address: SocketAddr) -> (&'static str, String) {
    ("local", json::string(&address.to_string()))
}

fn received(bytes: &[u8]) -> (&'static str, String) {
    ("received", json::string(&String::from_utf8_lossy(bytes)))
}

fn connect(target: &Target) -> Answer {
    let mut stream = TcpStream::connect(address(target))?;
    let peer = ("peer", json::string(&stream.peer_addr()?.to_string()));
    let mut answer = vec![local(stream.local_addr()?), peer];
    if let Some(text) = target.text("send") {
        stream.write_all(text.as_bytes())?;
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply)?;
        answer.push(received(&reply));
    }
    Ok(answer)
}

fn loopback(target: &Target) -> Answer {
    let listener = TcpListener::bind((target.text("ip").unwrap_or("127.0.0.1"), 0))?;
    let address = listener.local_addr()?;
    let mut client = TcpStream::connect(address)?;
    let (mut server, _) = listener.accept()?;
    client.write_all(b"through the loopback")?;
    drop(client);
    let mut line = Vec::new();
    server.read_to_end(&mut line)?;
    Ok(vec![local(address), received(&line)])
}

fn udp(target: &Target) -> Answer {
    let to = address(target).to_socket_addrs()?.next().ok_or(io::ErrorKind::NotFound)?;
    let any: SocketAddr = match to {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any)?;
    socket.send_to(target.text("send").unwrap_or("ping").as_bytes(), to)?;
    let mut answer = vec![local(socket.local_addr()?)];
    if target.number("reply", 0) == 1 {
        let mut reply = [0; 65_536];
        let (len, _) = socket.recv_from(&mut reply)?;
        answer.push(received(&reply[..len]));
    }
    Ok(answer)
}

fn resolve(target: &Target) -> Answer {
    let found = (target.text("name").unwrap_or_default(), 0).to_socket_addrs()?;
    let addresses = json::array(found.map(|address| json::string(&address.ip().to_string())));
    Ok(vec![("addresses", addresses)])
}

fn fetch(target: &Target) -> Result<String, ErrorCode> {
    let request = request(target).map_err(|()| ErrorCode::HttpRequestUriInvalid)?;
    let body = request.body().map_err(|()| ErrorCode::InternalError(None))?;
    let response = outgoing_handler::handle(request, None)?;
    OutgoingBody::finish(body, None)?;
    response.subscribe().block();
    let response = response.get().and_then(Result::ok).ok_or(ErrorCode::InternalError(None))??;
    let status = response.status();

    let body = response.consume().map_err(|()| ErrorCode::InternalError(None))?;
    let stream = body.stream().map_err(|()| ErrorCode::InternalError(None))?;
    let mut bytes = 0;
    loop {
        match stream.blocking_read(1 << 16) {
            Ok(chunk) => bytes += chunk.len(),
            Err(StreamError::Closed) => break,
            Err(StreamError::LastOperationFailed(error)) => {
                return Err(ErrorCode::InternalError(Some(error.to_debug_string())));
            }
        }
    }
    drop(stream);
    drop(IncomingBody::finish(body));
    Ok(json::object([("ok", "true".into()), ("status", status.to_string()), ("bytes", bytes.to_string())]))
}

fn request(target: &Target) -> Result<OutgoingRequest, ()> {
    let (scheme, rest) = target.text("url").and_then(|url| url.split_once("://")).ok_or(())?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let scheme = match scheme {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => Scheme::Other(other.into()),
    };
    let method = match target.text("method") {
        None | Some("GET") => Method::Get,
        Some("HEAD") => Method::Head,
        Some("POST") => Method::Post,
        Some(other) => Method::Other(other.into()),
    };
    let request = OutgoingRequest::new(Fields::new());
    request.set_method(&method)?;
    request.set_scheme(Some(&scheme))?;
    request.set_authority(Some(authority))?;
    request.set_path_with_query(Some(&format!("/{path}")))?;
    Ok(request)
}
