//! What an operator can set.

use std::net::SocketAddr;

use crate::limits::Limits;
use crate::tls::TlsFiles;

/// The settings of one listening address.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen. Port 0 is any free port; see [`crate::Server::local_addr`].
    pub address: SocketAddr,
    /// Certificate and key; without them the address speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// See there.
    pub limits: Limits,
    /// The site's default host name, in `WAS-DEFAULT-HOSTNAME` (HDR-06). Default: `{name}.localhost`.
    pub default_host: Option<String>,
    /// The name of site and slot, in `X-SITE-DEPLOYMENT-ID` (HDR-07), such as `app__staging`. Default: the
    /// site's name.
    pub deployment_id: Option<String>,
    /// Whether responses carry `Server: Microsoft-IIS/10.0` and `X-Powered-By: ASP.NET` (HDR-23). Default: no.
    pub iis_headers: bool,
    /// Whether responses are compressed where the client asks (gzip, brotli). Default: yes.
    pub compression: bool,
}

impl Config {
    /// The defaults, listening on `address`.
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            tls: None,
            limits: Limits::default(),
            default_host: None,
            deployment_id: None,
            iis_headers: false,
            compression: true,
        }
    }
}
