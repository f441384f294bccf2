//! Sockets through `wasi:sockets` and HTTP through `wasi:http/client`, both of WASI 0.3.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use futures_util::future::join;
use probe_support::{Target, json};
use wasip3::http::client;
use wasip3::http::types::{ErrorCode as HttpError, Fields, Method, Request, Response, Scheme};
use wasip3::sockets::ip_name_lookup::{self, resolve_addresses};
use wasip3::sockets::types::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress, TcpSocket,
    UdpSocket,
};
use wasip3::{wit_future, wit_stream};

use crate::reply::Members;

/// Parses the parameter `addr`, which holds numbers, not names.
fn address(target: &Target) -> Result<SocketAddr, ErrorCode> {
    target.text("addr").and_then(|text| text.parse().ok()).ok_or(ErrorCode::InvalidArgument)
}

fn family(ip: IpAddr) -> IpAddressFamily {
    if ip.is_ipv4() { IpAddressFamily::Ipv4 } else { IpAddressFamily::Ipv6 }
}

fn to_wasi(address: SocketAddr) -> IpSocketAddress {
    match address {
        SocketAddr::V4(v4) => {
            let [a, b, c, d] = v4.ip().octets();
            IpSocketAddress::Ipv4(Ipv4SocketAddress { port: v4.port(), address: (a, b, c, d) })
        }
        SocketAddr::V6(v6) => {
            let [a, b, c, d, e, f, g, h] = v6.ip().segments();
            IpSocketAddress::Ipv6(Ipv6SocketAddress {
                port: v6.port(),
                flow_info: v6.flowinfo(),
                address: (a, b, c, d, e, f, g, h),
                scope_id: v6.scope_id(),
            })
        }
    }
}

fn from_wasi(address: IpSocketAddress) -> SocketAddr {
    match address {
        IpSocketAddress::Ipv4(v4) => SocketAddr::new(ip(IpAddress::Ipv4(v4.address)), v4.port),
        IpSocketAddress::Ipv6(v6) => {
            let (a, b, c, d, e, f, g, h) = v6.address;
            SocketAddrV6::new(Ipv6Addr::new(a, b, c, d, e, f, g, h), v6.port, v6.flow_info, v6.scope_id)
                .into()
        }
    }
}

fn ip(address: IpAddress) -> IpAddr {
    match address {
        IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
        IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => Ipv6Addr::new(a, b, c, d, e, f, g, h).into(),
    }
}

fn member(name: &'static str, address: IpSocketAddress) -> (&'static str, String) {
    (name, json::string(&from_wasi(address).to_string()))
}

fn received(bytes: &[u8]) -> (&'static str, String) {
    ("received", json::string(&String::from_utf8_lossy(bytes)))
}

pub(crate) async fn connect(target: &Target) -> Result<Members, ErrorCode> {
    let address = address(target)?;
    let socket = TcpSocket::create(family(address.ip()))?;
    socket.connect(to_wasi(address)).await?;
    let mut answer =
        vec![member("local", socket.get_local_address()?), member("peer", socket.get_remote_address()?)];
    if let Some(text) = target.text("send") {
        let (mut writer, reader) = wit_stream::new();
        let _end = socket.send(reader);
        writer.write_all(text.into()).await;
        // The writer stays open meanwhile: many peers hang up on one that has closed its direction.
        answer.push(received(&receive(&socket).await?));
    }
    Ok(answer)
}

/// Sends it all, then closes this direction.
async fn send(socket: &TcpSocket, content: Vec<u8>) {
    let (mut writer, reader) = wit_stream::new();
    let end = socket.send(reader);
    writer.write_all(content).await;
    drop(writer);
    // What goes wrong here shows in what is received.
    _ = end.await;
}

/// Receives until the peer closes.
async fn receive(socket: &TcpSocket) -> Result<Vec<u8>, ErrorCode> {
    let (stream, end) = socket.receive();
    let content = stream.collect().await;
    end.await.map(|()| content)
}

pub(crate) fn bind(target: &Target) -> Result<Members, ErrorCode> {
    let address = address(target)?;
    let socket = TcpSocket::create(family(address.ip()))?;
    socket.bind(to_wasi(address))?;
    let _accepted = socket.listen()?;
    Ok(vec![member("local", socket.get_local_address()?)])
}

pub(crate) async fn loopback(target: &Target) -> Result<Members, ErrorCode> {
    let ip = target.text("ip").unwrap_or("127.0.0.1").parse().map_err(|_| ErrorCode::InvalidArgument)?;
    let listener = TcpSocket::create(family(ip))?;
    listener.bind(to_wasi(SocketAddr::new(ip, 0)))?;
    let mut accepted = listener.listen()?;
    let local = listener.get_local_address()?;

    let client = async {
        let socket = TcpSocket::create(family(ip))?;
        socket.connect(local).await?;
        send(&socket, b"through the loopback".to_vec()).await;
        Ok::<_, ErrorCode>(())
    };
    let server = async {
        let socket = accepted.next().await.ok_or(ErrorCode::InvalidState)?;
        receive(&socket).await
    };
    let (sent, line) = join(client, server).await;
    sent?;
    Ok(vec![member("local", local), received(&line?)])
}

pub(crate) async fn udp(target: &Target) -> Result<Members, ErrorCode> {
    let to = address(target)?;
    let any: IpAddr = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::create(family(to.ip()))?;
    socket.bind(to_wasi(SocketAddr::new(any, 0)))?;
    socket.send(target.text("send").unwrap_or("ping").into(), Some(to_wasi(to))).await?;
    let mut answer = vec![member("local", socket.get_local_address()?)];
    if target.number("reply", 0) == 1 {
        answer.push(received(&socket.receive().await?.0));
    }
    Ok(answer)
}

pub(crate) async fn resolve(target: &Target) -> Result<Members, ip_name_lookup::ErrorCode> {
    let found = resolve_addresses(target.text("name").unwrap_or_default().into()).await?;
    let addresses = found.into_iter().map(|address| json::string(&ip(address).to_string()));
    Ok(vec![("addresses", json::array(addresses))])
}

pub(crate) async fn fetch(target: &Target) -> Result<Members, HttpError> {
    let response = client::send(request(target)?).await?;
    let status = response.get_status_code();
    let (_done, done) = wit_future::new(|| Ok(()));
    let (stream, trailers) = Response::consume_body(response, done);
    let bytes = stream.collect().await.len();
    trailers.await?;
    Ok(vec![("status", status.to_string()), ("bytes", bytes.to_string())])
}

fn request(target: &Target) -> Result<Request, HttpError> {
    let invalid = || HttpError::HttpRequestUriInvalid;
    let (scheme, rest) = target.text("url").and_then(|url| url.split_once("://")).ok_or_else(invalid)?;
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
    let (_, trailers) = wit_future::new(|| Ok(None));
    let (request, _sent) = Request::new(Fields::new(), None, trailers, None);
    request.set_method(&method).map_err(|()| HttpError::HttpRequestMethodInvalid)?;
    request.set_scheme(Some(&scheme)).map_err(|()| invalid())?;
    request.set_authority(Some(authority)).map_err(|()| invalid())?;
    request.set_path_with_query(Some(&format!("/{path}"))).map_err(|()| invalid())?;
    Ok(request)
}
