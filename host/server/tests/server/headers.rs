//! The platform's headers, HDR-01 to HDR-13, HDR-16 and HDR-23, over both protocols. Those that need TLS are in
//! `tls`.

use crate::support::{Client, Fake, Host, Protocol, each_protocol, full, read, request};

/// What the app saw: its headers as `name: value` lines.
pub(crate) struct Seen(String);

impl Seen {
    pub(crate) fn of(text: String) -> Self {
        Self(text)
    }

    /// All values of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.0.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
    }

    /// The value of a header that must be there once.
    pub(crate) fn one(&self, name: &str) -> &str {
        let values = self.all(name);
        assert_eq!(values.len(), 1, "{name} in {}", self.0);
        values[0]
    }
}

/// Sends `headers` to `path` and returns what the app saw, and the client's address.
async fn seen_at(protocol: Protocol, path: &str, headers: &[(&str, &str)]) -> (Seen, std::net::SocketAddr) {
    let host = Host::start(Fake::echo()).await;
    let stream = tokio::net::TcpStream::connect(host.address).await.unwrap();
    let address = stream.local_addr().unwrap();
    let mut client = Client::over(stream, protocol).await;
    let mut request = request(&client, "GET", path);
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    let (status, _, text) = read(client.send(request).await).await;
    assert_eq!(status, 200);
    (Seen(text), address)
}

async fn seen(protocol: Protocol, headers: &[(&str, &str)]) -> Seen {
    seen_at(protocol, "/", headers).await.0
}

async fn hdr_01_each_request_has_a_log_id(protocol: Protocol) {
    let host = Host::start(Fake::echo()).await;
    let mut client = host.client(protocol).await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let seen = Seen(client.get("/").await.2);
        let id: uuid::Uuid = seen.one("x-arr-log-id").parse().unwrap();
        assert_eq!(id.get_version_num(), 4);
        ids.push(id);
    }
    assert_ne!(ids[0], ids[1]);
}

async fn hdr_01_the_log_id_is_the_exchanges(protocol: Protocol) {
    let host = Host::start(Fake::new(|request, exchange| async move {
        assert_eq!(request.headers()["x-arr-log-id"], exchange.id().to_string());
        Ok(http::Response::new(full("same")))
    }))
    .await;
    assert_eq!(host.client(protocol).await.get("/").await.2, "same");
}

async fn hdr_02_the_client_is_appended_to_the_list(protocol: Protocol) {
    let (seen, address) = seen_at(protocol, "/", &[]).await;
    assert_eq!(seen.one("x-forwarded-for"), address.to_string());
    let lines = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "2.2.2.2, 3.3.3.3")];
    let (seen, address) = seen_at(protocol, "/", &lines).await;
    assert_eq!(seen.one("x-forwarded-for"), format!("1.1.1.1, 2.2.2.2, 3.3.3.3, {address}"));
}

async fn hdr_03_client_ip_is_address_and_port(protocol: Protocol) {
    let (seen, address) = seen_at(protocol, "/", &[]).await;
    assert_eq!(seen.one("client-ip"), address.to_string());
}

async fn hdr_04_address_and_port_apart(protocol: Protocol) {
    let (seen, address) = seen_at(protocol, "/", &[]).await;
    assert_eq!(seen.one("x-client-ip"), address.ip().to_string());
    assert_eq!(seen.one("x-client-port"), address.port().to_string());
}

async fn hdr_05_the_host_that_the_client_asked_for(protocol: Protocol) {
    let seen = seen(protocol, &[]).await;
    assert_eq!(seen.one("disguised-host"), "example.com");
    assert_eq!(seen.one("host"), "example.com");
}

async fn hdr_06_the_default_host_name(protocol: Protocol) {
    assert_eq!(seen(protocol, &[]).await.one("was-default-hostname"), "fake.localhost");
    let host =
        Host::with(Fake::echo(), |config| config.default_host = Some("fake.example.net".to_owned())).await;
    let seen = Seen(host.client(protocol).await.get("/").await.2);
    assert_eq!(seen.one("was-default-hostname"), "fake.example.net");
}

async fn hdr_07_the_deployment_id(protocol: Protocol) {
    assert_eq!(seen(protocol, &[]).await.one("x-site-deployment-id"), "fake");
    let host =
        Host::with(Fake::echo(), |config| config.deployment_id = Some("fake__staging".to_owned())).await;
    let seen = Seen(host.client(protocol).await.get("/").await.2);
    assert_eq!(seen.one("x-site-deployment-id"), "fake__staging");
}

async fn hdr_08_path_and_query_as_received(protocol: Protocol) {
    let (seen, _) = seen_at(protocol, "/a/b?c=%20d&e", &[]).await;
    assert_eq!(seen.one("x-original-url"), "/a/b?c=%20d&e");
    assert_eq!(seen_at(protocol, "/", &[]).await.0.one("x-original-url"), "/");
}

async fn hdr_09_the_path_is_not_decoded(protocol: Protocol) {
    let (seen, _) = seen_at(protocol, "/a%2Fb/%C3%A9", &[]).await;
    assert_eq!(seen.one("x-waws-unencoded-url"), "/a%2Fb/%C3%A9");
}

async fn hdr_10_the_scheme(protocol: Protocol) {
    let seen = seen(protocol, &[("x-forwarded-proto", "https"), ("x-appservice-proto", "https")]).await;
    assert_eq!(seen.one("x-forwarded-proto"), "http");
    assert_eq!(seen.one("x-appservice-proto"), "http");
}

async fn hdr_11_no_certificate_without_tls(protocol: Protocol) {
    assert_eq!(seen(protocol, &[("x-arr-ssl", "2048|256|a|b")]).await.all("x-arr-ssl"), [""; 0]);
}

async fn hdr_12_no_tls_version_without_tls(protocol: Protocol) {
    let seen = seen(protocol, &[("x-forwarded-tlsversion", "1.3")]).await;
    assert_eq!(seen.all("x-forwarded-tlsversion"), [""; 0]);
}

async fn hdr_13_max_forwards(protocol: Protocol) {
    assert_eq!(seen(protocol, &[]).await.one("max-forwards"), "10");
    assert_eq!(seen(protocol, &[("max-forwards", "3")]).await.one("max-forwards"), "2");
    assert_eq!(seen(protocol, &[("max-forwards", "0")]).await.one("max-forwards"), "0");
}

async fn hdr_16_a_clients_copies_are_replaced(protocol: Protocol) {
    let names = [
        "x-arr-log-id",
        "client-ip",
        "x-client-ip",
        "x-client-port",
        "disguised-host",
        "was-default-hostname",
        "x-site-deployment-id",
        "x-original-url",
        "x-waws-unencoded-url",
        "x-forwarded-proto",
        "x-appservice-proto",
    ];
    let spoofed: Vec<_> = names.iter().map(|name| (*name, "spoof")).collect();
    let seen = seen(protocol, &spoofed).await;
    for name in names {
        assert_ne!(seen.one(name), "spoof", "{name}");
    }
}

async fn hdr_16_what_only_the_platform_may_set_is_removed(protocol: Protocol) {
    let names = [
        "x-ms-client-principal",
        "x-ms-client-principal-id",
        "x-ms-client-principal-idp",
        "x-ms-client-principal-name",
        "x-ms-client-display-name",
        "x-ms-token-aad-access-token",
        "x-arr-clientcert",
        "x-ms-auth-internal-token",
        "x_ms_client_principal",
        "client_ip",
    ];
    let spoofed: Vec<_> = names.iter().map(|name| (*name, "spoof")).collect();
    let seen = seen(protocol, &spoofed).await;
    for name in names {
        assert_eq!(seen.all(name), [""; 0], "{name}");
    }
}

async fn hdr_16_other_headers_get_through(protocol: Protocol) {
    let sent = [("cookie", "a=1"), ("x-custom", "1"), ("x-custom", "2"), ("accept", "text/html")];
    let seen = seen(protocol, &sent).await;
    assert_eq!(seen.one("cookie"), "a=1");
    assert_eq!(seen.all("x-custom"), ["1", "2"]);
    assert_eq!(seen.one("accept"), "text/html");
}

async fn hdr_23_the_servers_name_only_where_it_is_set(protocol: Protocol) {
    let host = Host::start(Fake::text("x")).await;
    let (_, headers, _) = host.client(protocol).await.get("/").await;
    assert!(!headers.contains_key("server") && !headers.contains_key("x-powered-by"));
    let host = Host::with(Fake::text("x"), |config| config.iis_headers = true).await;
    let (_, headers, _) = host.client(protocol).await.get("/").await;
    assert_eq!(headers["server"], "Microsoft-IIS/10.0");
    assert_eq!(headers["x-powered-by"], "ASP.NET");
}

async fn hop_by_hop_headers_of_responses_end_here(protocol: Protocol) {
    let host = Host::start(Fake::new(|_, _| async {
        let response = http::Response::builder()
            .header("connection", "x-mine")
            .header("x-mine", "1")
            .header("keep-alive", "timeout=5")
            .header("upgrade", "h2c")
            .header("x-kept", "1");
        Ok(response.body(full("x")).unwrap())
    }))
    .await;
    let (status, headers, _) = host.client(protocol).await.get("/").await;
    assert_eq!(status, 200);
    assert_eq!(headers["x-kept"], "1");
    for name in ["x-mine", "keep-alive", "upgrade", "connection"] {
        assert!(!headers.contains_key(name), "{name}");
    }
}

each_protocol! {
    hdr_01_each_request_has_a_log_id
    hdr_01_the_log_id_is_the_exchanges
    hdr_02_the_client_is_appended_to_the_list
    hdr_03_client_ip_is_address_and_port
    hdr_04_address_and_port_apart
    hdr_05_the_host_that_the_client_asked_for
    hdr_06_the_default_host_name
    hdr_07_the_deployment_id
    hdr_08_path_and_query_as_received
    hdr_09_the_path_is_not_decoded
    hdr_10_the_scheme
    hdr_11_no_certificate_without_tls
    hdr_12_no_tls_version_without_tls
    hdr_13_max_forwards
    hdr_16_a_clients_copies_are_replaced
    hdr_16_what_only_the_platform_may_set_is_removed
    hdr_16_other_headers_get_through
    hdr_23_the_servers_name_only_where_it_is_set
    hop_by_hop_headers_of_responses_end_here
}

#[tokio::test]
async fn hop_by_hop_headers_of_requests_end_here() {
    let host = Host::start(Fake::echo()).await;
    let mut raw = host.raw().await;
    raw.send(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Mine, TE\r\nX-Mine: 1\r\nKeep-Alive: 5\r\n\
         TE: trailers\r\nUpgrade: websocket\r\nProxy-Connection: keep-alive\r\nX-Kept: 1\r\n\r\n",
    )
    .await;
    let seen = Seen(raw.response().await.1);
    assert_eq!(seen.one("x-kept"), "1");
    assert_eq!(seen.one("te"), "trailers");
    for name in ["connection", "x-mine", "keep-alive", "upgrade", "proxy-connection"] {
        assert_eq!(seen.all(name), [""; 0], "{name}");
    }
}

#[tokio::test]
async fn a_target_with_a_host_overrules_the_header() {
    let host = Host::start(Fake::echo()).await;
    let mut raw = host.raw().await;
    raw.send("GET http://b.example/x?y HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let seen = Seen(raw.response().await.1);
    assert_eq!(seen.one("host"), "b.example");
    assert_eq!(seen.one("disguised-host"), "b.example");
    assert_eq!(seen.one("x-original-url"), "/x?y");
}

#[tokio::test]
async fn cookies_that_http2_splits_are_joined() {
    let seen = seen(Protocol::Http2, &[("cookie", "a=1"), ("cookie", "b=2")]).await;
    assert_eq!(seen.one("cookie"), "a=1; b=2");
}

#[tokio::test]
async fn http10_without_a_host_is_for_the_default_one() {
    let host = Host::start(Fake::echo()).await;
    let mut raw = host.raw().await;
    raw.send("GET / HTTP/1.0\r\n\r\n").await;
    assert_eq!(Seen(raw.rest().await).one("host"), "fake.localhost");
}
