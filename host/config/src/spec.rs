//! What comes out: plain data, complete and valid.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use appsvc_os::app::AppSpec;

/// What the binary is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spec {
    /// Serve an app over HTTP.
    Serve(Box<ServeSpec>),
    /// Run a command once.
    Run(Box<RunSpec>),
}

/// `wasm-appsvc serve`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeSpec {
    /// The app.
    pub app: AppSpec,
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Serves HTTPS when given, else HTTP.
    pub tls: Option<TlsFiles>,
    /// What a client may cost.
    pub http: HttpLimits,
    /// The form of the host's messages and of the app's output.
    pub log_format: LogFormat,
    /// How long requests may go on once the host has been told to stop (UNC-08). 0 s to 1 h.
    pub grace: Duration,
    /// How many threads run guests. 1 to 1024.
    pub threads: NonZeroUsize,
}

/// `wasm-appsvc run`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSpec {
    /// The app. What only concerns requests (limits, reuse, compression) has no effect.
    pub app: AppSpec,
    /// The command's arguments, without its own name.
    pub args: Vec<String>,
    /// The form of the host's messages.
    pub log_format: LogFormat,
}

/// Files in PEM form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, then those that lead to its root.
    pub cert: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// What one client may cost the front end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpLimits {
    /// Bytes of a request's head. 8 KiB to 16 MiB, 64 KiB unless set.
    pub max_header_bytes: usize,
    /// Header lines of a request. 1 to 10,000, 100 unless set.
    pub max_headers: usize,
    /// Bytes of a request's URL. 1 to `max_header_bytes`, 16 KiB unless set.
    pub max_url: usize,
    /// How long a request's head may take. 1 ms to 1 h, 30 s unless set.
    pub head_timeout: Duration,
    /// How long a connection is kept for its next request. 1 ms to 1 h, 120 s unless set.
    pub idle_timeout: Duration,
    /// Bytes per second below which the sender of a body is too slow; 0 for any. 0 to 1 GiB, 240 unless set.
    pub min_body_rate: u64,
    /// Connections at a time. 1 to 1,000,000, 10,000 unless set.
    pub max_connections: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            max_header_bytes: 64 * 1024,
            max_headers: 100,
            max_url: 16 * 1024,
            head_timeout: Duration::from_secs(30),
            idle_timeout: Duration::from_secs(120),
            min_body_rate: 240,
            max_connections: 10_000,
        }
    }
}
