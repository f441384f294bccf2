//! The listening socket.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use crate::limits::LimitError;
use crate::tls::TlsError;

/// Connections that the kernel keeps until they are accepted; it cuts this down to its own maximum.
const BACKLOG: i32 = 4096;

/// Why a server could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// Somebody listens there already.
    #[error(
        "{address} is in use by another program; stop that one (`ss -ltnp` shows it) or listen on another port"
    )]
    InUse {
        /// The address.
        address: SocketAddr,
    },
    /// The port is reserved for the system.
    #[error(
        "listening on {address} is not permitted; ports below 1024 need the capability CAP_NET_BIND_SERVICE"
    )]
    NotPermitted {
        /// The address.
        address: SocketAddr,
    },
    /// The address is not one of this machine's.
    #[error("{address} is not an address of this machine; 0.0.0.0 or [::] stand for all of them")]
    NotHere {
        /// The address.
        address: SocketAddr,
    },
    /// The system refused for another reason.
    #[error("cannot listen on {address}: {source}")]
    Other {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A limit is out of range.
    #[error(transparent)]
    Limit(#[from] LimitError),
    /// Certificate or key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A name cannot be the value of a header.
    #[error("{value:?} cannot be sent as the header {header}; use letters, digits, dots and hyphens")]
    Name {
        /// The header.
        header: &'static str,
        /// The name.
        value: String,
    },
}

/// Listens on `address`.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener, BindError> {
    try_listen(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => BindError::InUse { address },
        io::ErrorKind::PermissionDenied => BindError::NotPermitted { address },
        io::ErrorKind::AddrNotAvailable => BindError::NotHere { address },
        _ => BindError::Other { address, source },
    })
}

fn try_listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Only lets a restarted host have its port back. SO_REUSEPORT would let a second host share it unnoticed.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
