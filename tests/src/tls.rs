//! A certificate to serve HTTPS with, and a client that trusts it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{CertificateParams, DnType, KeyPair};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::Version;

/// A self-signed certificate for 127.0.0.1 and localhost, subject `CN=appsvc test, O=appsvc`, with an elliptic
/// key of 256 bits.
#[derive(Debug, Clone)]
pub struct Certificate {
    der: CertificateDer<'static>,
    cert: PathBuf,
    key: PathBuf,
}

impl Certificate {
    /// Makes one, in the files `cert.pem` and `key.pem` of `folder`.
    ///
    /// # Errors
    /// The files cannot be written.
    pub fn make(folder: &Path) -> anyhow::Result<Self> {
        let mut params = CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, "appsvc test");
        params.distinguished_name.push(DnType::OrganizationName, "appsvc");
        let pair = KeyPair::generate()?;
        let made = params.self_signed(&pair)?;
        let (cert, key) = (folder.join("cert.pem"), folder.join("key.pem"));
        std::fs::write(&cert, made.pem())?;
        std::fs::write(&key, pair.serialize_pem())?;
        Ok(Self { der: made.der().clone(), cert, key })
    }

    /// The file with the certificate.
    pub fn cert(&self) -> &Path {
        &self.cert
    }

    /// The file with the key.
    pub fn key(&self) -> &Path {
        &self.key
    }

    /// Shakes hands over `stream`, trusting this certificate alone and asking for `version`.
    pub(crate) async fn handshake(
        &self,
        stream: TcpStream,
        version: Version,
    ) -> anyhow::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let protocol: &[u8] = match version {
            Version::Http11 => b"http/1.1",
            Version::Http2 => b"h2",
        };
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = ServerName::try_from("localhost")?;
        let tls = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
        let agreed = tls.get_ref().1.alpn_protocol();
        anyhow::ensure!(agreed == Some(protocol), "asked for {version} by ALPN, got {agreed:?}");
        Ok(tls)
    }
}
