//! TLS: protocols, headers, and files that cannot be used.

use std::path::PathBuf;
use std::sync::Arc;

use appsvc_server::{Config, Server, Threads, TlsError, TlsFiles};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::headers::Seen;
use crate::support::{Client, Fake, Host, Protocol, Raw, each_protocol, request, within};

struct Files {
    directory: TempDir,
    certificate: CertificateDer<'static>,
}

impl Files {
    /// A certificate that signs itself.
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec!["example.com".to_owned()]).unwrap();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CountryName, "US");
        params.distinguished_name.push(DnType::StateOrProvinceName, "Washington");
        params.distinguished_name.push(DnType::CommonName, "example.com");
        let certificate = params.self_signed(&key).unwrap();
        std::fs::write(directory.path().join("cert.pem"), certificate.pem()).unwrap();
        std::fs::write(directory.path().join("key.pem"), key.serialize_pem()).unwrap();
        Self { certificate: certificate.der().clone(), directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn files(&self) -> TlsFiles {
        TlsFiles { certificates: self.path("cert.pem"), key: self.path("key.pem") }
    }

    async fn host(&self) -> Host {
        let files = self.files();
        Host::with(Fake::echo(), |config| config.tls = Some(files)).await
    }

    async fn connect(
        &self,
        host: &Host,
        version: &'static SupportedProtocolVersion,
        alpn: &[&str],
    ) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(host.address).await.unwrap();
        let name = ServerName::try_from("example.com").unwrap();
        within(TlsConnector::from(Arc::new(config)).connect(name, stream)).await.unwrap()
    }

    /// What the app sees of a request with `headers` over `protocol`.
    async fn seen(&self, protocol: Protocol, version: &'static SupportedProtocolVersion) -> Seen {
        let host = self.host().await;
        let alpn = if protocol == Protocol::Http1 { "http/1.1" } else { "h2" };
        let stream = self.connect(&host, version, &[alpn]).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(alpn.as_bytes()));
        let mut client = Client::over(stream, protocol).await;
        let mut request = request(&client, "GET", "/");
        request.headers_mut().insert("x-arr-ssl", "spoof".parse().unwrap());
        request.headers_mut().insert("x-forwarded-tlsversion", "spoof".parse().unwrap());
        let (status, _, text) = crate::support::read(client.send(request).await).await;
        assert_eq!(status, 200);
        Seen::of(text)
    }
}

async fn hdr_10_the_scheme_is_https(protocol: Protocol) {
    let seen = Files::new().seen(protocol, &TLS13).await;
    assert_eq!(seen.one("x-forwarded-proto"), "https");
    assert_eq!(seen.one("x-appservice-proto"), "https");
}

async fn hdr_11_the_certificate_is_told(protocol: Protocol) {
    let name = "C=US, S=Washington, CN=example.com";
    let seen = Files::new().seen(protocol, &TLS13).await;
    assert_eq!(seen.one("x-arr-ssl"), format!("256|256|{name}|{name}"));
}

async fn hdr_12_the_version_is_told(protocol: Protocol) {
    let files = Files::new();
    assert_eq!(files.seen(protocol, &TLS12).await.one("x-forwarded-tlsversion"), "1.2");
    assert_eq!(files.seen(protocol, &TLS13).await.one("x-forwarded-tlsversion"), "1.3");
}

each_protocol! {
    hdr_10_the_scheme_is_https
    hdr_11_the_certificate_is_told
    hdr_12_the_version_is_told
}

#[tokio::test]
async fn http2_is_preferred() {
    let files = Files::new();
    let host = files.host().await;
    let stream = files.connect(&host, &TLS13, &["http/1.1", "h2"]).await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    assert_eq!(Client::over(stream, Protocol::Http2).await.get("/").await.0, 200);
}

#[tokio::test]
async fn without_alpn_it_is_http1() {
    let files = Files::new();
    let host = files.host().await;
    let stream = files.connect(&host, &TLS13, &[]).await;
    assert_eq!(Client::over(stream, Protocol::Http1).await.get("/").await.0, 200);
}

#[tokio::test]
async fn limits_hold_under_tls_too() {
    let files = Files::new();
    let host = files.host().await;
    let mut raw = Raw::new(files.connect(&host, &TLS13, &[]).await);
    raw.send("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n").await;
    assert_eq!(raw.response().await.0, 400);
    // With an end that the client can tell from a cut.
    assert_eq!(raw.rest().await, "");
}

#[tokio::test]
async fn a_handshake_that_never_comes_is_not_waited_for() {
    let files = Files::new();
    let tls = files.files();
    let host = Host::with(Fake::text("x"), |config| {
        config.tls = Some(tls);
        config.limits.head_time = std::time::Duration::from_millis(200);
    })
    .await;
    assert_eq!(host.raw().await.rest().await, "");
}

fn error(files: TlsFiles) -> TlsError {
    let threads = Threads::start(Some(1), |_| {}).unwrap();
    let mut config = Config::new(([127, 0, 0, 1], 0).into());
    config.tls = Some(files);
    match Server::bind(config, threads, Fake::text("x")) {
        Err(appsvc_server::BindError::Tls(error)) => error,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("bound"),
    }
}

#[test]
fn files_that_cannot_be_used_are_told() {
    let files = Files::new();
    let with = |certificates: PathBuf, key: PathBuf| error(TlsFiles { certificates, key });
    let (cert, key) = (files.path("cert.pem"), files.path("key.pem"));
    let other = KeyPair::generate().unwrap().serialize_pem();
    let other = files.write("other.pem", &other);
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
    let encrypted = files.write("encrypted.pem", encrypted);
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: X,1\n\nMIIB\n-----END RSA PRIVATE KEY-----\n";
    let old = files.write("old.pem", old);
    let text = files.write("text.pem", "hello\n");
    let cut = files.write("cut.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n");
    let wrong = files.write("wrong.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    assert!(matches!(with(files.path("none.pem"), key.clone()), TlsError::Unreadable { .. }));
    assert!(matches!(with(cert.clone(), files.path("none.pem")), TlsError::Unreadable { .. }));
    assert!(matches!(with(text.clone(), key.clone()), TlsError::NoCertificate { .. }));
    assert!(matches!(with(key.clone(), key.clone()), TlsError::NoCertificate { .. }));
    assert!(matches!(with(cut, key.clone()), TlsError::BadPem { .. }));
    assert!(matches!(with(wrong, key), TlsError::BadCertificate { .. }));
    assert!(matches!(with(cert.clone(), text), TlsError::NoKey { .. }));
    assert!(matches!(with(cert.clone(), cert.clone()), TlsError::NoKey { .. }));
    assert!(matches!(with(cert.clone(), other), TlsError::Mismatch { .. }));
    for path in [encrypted, old] {
        let error = with(cert.clone(), path.clone());
        assert!(matches!(error, TlsError::EncryptedKey { .. }), "{error}");
        assert!(error.to_string().ends_with(&format!("openssl pkey -in {} -out plain.pem", path.display())));
    }
}
