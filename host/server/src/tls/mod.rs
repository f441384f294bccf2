//! TLS: certificate and key from PEM files, HTTP/2 and HTTP/1.1 by ALPN.

mod certificate;
mod error;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::HeaderValue;
use rustls::crypto::ring;
use rustls::{CipherSuite, InconsistentKeys, ProtocolVersion, ServerConfig, ServerConnection};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

pub use self::error::TlsError;

/// Where the certificate and its key are, both in PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The server's certificate first, then those between it and the root.
    pub certificates: PathBuf,
    /// The key of the first certificate: PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub key: PathBuf,
}

/// TLS as one server speaks it.
pub(crate) struct Tls {
    acceptor: TlsAcceptor,
    /// `X-ARR-SSL` with a session key of 128 and of 256 bits (HDR-11).
    arr_ssl: [HeaderValue; 2],
}

/// What there is to know of one connection.
#[derive(Debug)]
pub(crate) struct TlsFacts {
    pub(crate) is_http2: bool,
    /// HDR-11
    pub(crate) arr_ssl: HeaderValue,
    /// HDR-12
    pub(crate) version: HeaderValue,
}

impl Tls {
    /// Reads the files.
    pub(crate) fn load(files: &TlsFiles) -> Result<Self, TlsError> {
        let path = &files.certificates;
        let chain = CertificateDer::pem_slice_iter(&read(path)?)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|reason| TlsError::BadPem { path: path.clone(), reason: reason.to_string() })?;
        let first = chain.first().ok_or_else(|| TlsError::NoCertificate { path: path.clone() })?;
        let arr_ssl = certificate::arr_ssl(first)
            .map_err(|reason| TlsError::BadCertificate { path: path.clone(), reason })?;
        let key = key(&files.key)?;
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(|error| match error {
                rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
                    TlsError::Mismatch { certificates: path.clone(), key: files.key.clone() }
                }
                error => TlsError::Unusable {
                    certificates: path.clone(),
                    key: files.key.clone(),
                    reason: error.to_string(),
                },
            })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        // Resumption without state on the server; without tickets clients shake hands in full each time.
        if let Ok(tickets) = ring::Ticketer::new() {
            config.ticketer = tickets;
        }
        Ok(Self { acceptor: TlsAcceptor::from(Arc::new(config)), arr_ssl })
    }

    /// Shakes hands.
    pub(crate) fn accept(&self, stream: TcpStream) -> tokio_rustls::Accept<TcpStream> {
        self.acceptor.accept(stream)
    }

    /// What has been agreed on.
    pub(crate) fn facts(&self, connection: &ServerConnection) -> TlsFacts {
        let [arr_ssl_128, arr_ssl_256] = &self.arr_ssl;
        let suite = connection.negotiated_cipher_suite().map(|suite| suite.suite());
        let arr_ssl = match suite {
            Some(
                CipherSuite::TLS13_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256
                | CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            ) => arr_ssl_128,
            _ => arr_ssl_256,
        };
        let version = match connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_2) => "1.2",
            _ => "1.3",
        };
        TlsFacts {
            is_http2: connection.alpn_protocol() == Some(b"h2"),
            arr_ssl: arr_ssl.clone(),
            version: HeaderValue::from_static(version),
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable { path: path.to_owned(), source })
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let text = read(path)?;
    PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
        let path = path.to_owned();
        // "BEGIN ENCRYPTED PRIVATE KEY", or the older "Proc-Type: 4,ENCRYPTED".
        if memchr::memmem::find(&text, b"ENCRYPTED").is_some() {
            TlsError::EncryptedKey { path }
        } else if matches!(error, rustls_pki_types::pem::Error::NoItemsFound) {
            TlsError::NoKey { path }
        } else {
            TlsError::BadPem { path, reason: error.to_string() }
        }
    })
}
