//! Flags about serving.

use std::path::PathBuf;

use clap::Args;

use crate::layer::Layer;
use crate::options::Opt;

#[derive(Clone, Args)]
pub(crate) struct ServeFlags {
    /// The IP address and port to listen on; port 0 takes a free one [default: 127.0.0.1:8080]
    #[arg(long, value_name = "IP:PORT", help_heading = "Listening")]
    pub(crate) addr: Option<String>,

    /// Serve HTTPS with this certificate and those that lead to its root (PEM). Needs --tls-key
    #[arg(long, value_name = "FILE", help_heading = "Listening")]
    pub(crate) tls_cert: Option<PathBuf>,

    /// The private key of the certificate (PEM)
    #[arg(long, value_name = "FILE", help_heading = "Listening")]
    pub(crate) tls_key: Option<PathBuf>,

    /// Whether an instance serves more than one request: auto, always or never; auto is always for WASI 0.3 and
    /// never for WASI 0.2 [default: auto]
    #[arg(long, value_name = "WHEN", help_heading = "Running")]
    pub(crate) reuse: Option<String>,

    /// Threads that run the app, 1 to 1024 [default: one per processor]
    #[arg(long, value_name = "N", help_heading = "Running")]
    pub(crate) threads: Option<String>,

    /// How long a request may be silent before the client gets an error, 1ms to 24h (ms, s, m, h) [default: 230s]
    #[arg(long, value_name = "TIME", help_heading = "Running")]
    pub(crate) time_limit: Option<String>,

    /// How long the app may work on after its client was answered, 1ms to 24h [default: 230s]
    #[arg(long, value_name = "TIME", help_heading = "Running")]
    pub(crate) background_limit: Option<String>,

    /// How long requests may go on once the host was told to stop, 0s to 1h [default: 30s]
    #[arg(long, value_name = "TIME", help_heading = "Running")]
    pub(crate) grace: Option<String>,

    /// Compress responses for clients that take it, which is the default
    #[arg(long, overrides_with = "no_compression", help_heading = "HTTP")]
    pub(crate) compression: bool,

    /// Do not compress responses
    #[arg(long, overrides_with = "compression", help_heading = "HTTP")]
    pub(crate) no_compression: bool,

    /// Bytes of a request's head, 8KiB to 16MiB [default: 64KiB]
    #[arg(long, value_name = "SIZE", help_heading = "HTTP")]
    pub(crate) max_header_bytes: Option<String>,

    /// Header lines of a request, 1 to 10000 [default: 100]
    #[arg(long, value_name = "N", help_heading = "HTTP")]
    pub(crate) max_headers: Option<String>,

    /// Bytes of a request's URL, no more than of its head [default: 16KiB]
    #[arg(long, value_name = "SIZE", help_heading = "HTTP")]
    pub(crate) max_url: Option<String>,

    /// How long a request's head may take to arrive, 1ms to 1h [default: 30s]
    #[arg(long, value_name = "TIME", help_heading = "HTTP")]
    pub(crate) head_timeout: Option<String>,

    /// How long a connection is kept open for its next request, 1ms to 1h [default: 120s]
    #[arg(long, value_name = "TIME", help_heading = "HTTP")]
    pub(crate) idle_timeout: Option<String>,

    /// Bytes per second below which a client sends its body too slowly, up to 1024MiB; 0 for any [default: 240]
    #[arg(long, value_name = "SIZE", help_heading = "HTTP")]
    pub(crate) min_body_rate: Option<String>,

    /// Connections at a time, 1 to 1000000 [default: 10000]
    #[arg(long, value_name = "N", help_heading = "HTTP")]
    pub(crate) max_connections: Option<String>,
}

impl ServeFlags {
    /// What was given, still unchecked.
    pub(crate) fn layer(self) -> Layer {
        let mut layer = Layer::default();
        layer.flag(Opt::Addr, self.addr);
        layer.flag(Opt::TlsCert, self.tls_cert);
        layer.flag(Opt::TlsKey, self.tls_key);
        layer.flag(Opt::Reuse, self.reuse);
        layer.flag(Opt::Threads, self.threads);
        layer.flag(Opt::TimeLimit, self.time_limit);
        layer.flag(Opt::BackgroundLimit, self.background_limit);
        layer.flag(Opt::Grace, self.grace);
        let compression = (self.compression || self.no_compression).then_some(self.compression);
        layer.flag(Opt::Compression, compression.map(|on| on.to_string()));
        layer.flag(Opt::MaxHeaderBytes, self.max_header_bytes);
        layer.flag(Opt::MaxHeaders, self.max_headers);
        layer.flag(Opt::MaxUrl, self.max_url);
        layer.flag(Opt::HeadTimeout, self.head_timeout);
        layer.flag(Opt::IdleTimeout, self.idle_timeout);
        layer.flag(Opt::MinBodyRate, self.min_body_rate);
        layer.flag(Opt::MaxConnections, self.max_connections);
        layer
    }
}
