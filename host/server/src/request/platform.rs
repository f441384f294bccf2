//! The headers that the platform adds to a request (HDR-01 to HDR-13), and what of a client's it takes away
//! (HDR-16).
//!
//! Most values are the same for every request, so there is a template of them; a request's headers are a copy of
//! it, filled in, with the client's own put after. Inserting them one by one into the client's headers costs
//! twice as much. The template is one per thread: shared by all it would have them wait for each other's
//! reference counts, and one per connection would drive everything else out of the processor's cache.

use std::fmt::Write;
use std::net::SocketAddr;

use http::header::{HOST, HeaderMap, HeaderName, HeaderValue, MAX_FORWARDS};

/// What the value of a row is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// The request: the template holds a place for it.
    Request,
    /// The connection: the same.
    Connection,
    /// The connection, if it is one with TLS: the same.
    TlsConnection,
    DefaultHost,
    DeploymentId,
    Scheme,
    Constant(&'static str),
}

/// One header of the platform.
struct Row {
    /// In the catalogue.
    #[cfg_attr(not(test), expect(dead_code, reason = "the table is also documentation"))]
    id: &'static str,
    name: HeaderName,
    source: Source,
}

const fn row(id: &'static str, name: &'static str, source: Source) -> Row {
    Row { id, name: HeaderName::from_static(name), source }
}

/// The headers: first those that differ from request to request, in the order of [`Fresh::values`], then those
/// that differ from connection to connection, in the order of [`connection`].
static TABLE: [Row; 16] = [
    row("HDR-01", "x-arr-log-id", Source::Request),
    row("HDR-08", "x-original-url", Source::Request),
    row("HDR-09", "x-waws-unencoded-url", Source::Request),
    row("HDR-05", "disguised-host", Source::Request),
    row("-", "host", Source::Request),
    row("HDR-02", "x-forwarded-for", Source::Connection),
    row("HDR-03", "client-ip", Source::Connection),
    row("HDR-04", "x-client-ip", Source::Connection),
    row("HDR-04", "x-client-port", Source::Connection),
    row("HDR-11", "x-arr-ssl", Source::TlsConnection),
    row("HDR-12", "x-forwarded-tlsversion", Source::TlsConnection),
    row("HDR-06", DEFAULT_HOST, Source::DefaultHost),
    row("HDR-07", "x-site-deployment-id", Source::DeploymentId),
    row("HDR-10", "x-forwarded-proto", Source::Scheme),
    row("HDR-10", "x-appservice-proto", Source::Scheme),
    row("HDR-13", "max-forwards", Source::Constant("10")),
];

/// Names, or beginnings of names, that no client may set although the platform does not set them here:
/// signed-in users and client certificates (HDR-14, HDR-15), the health probe's token (HDR-22), and what is
/// reserved for the front end in general.
const RESERVED: [&str; 7] = [
    "x-ms-client-principal",
    "x-ms-client-display-name",
    "x-ms-token-",
    "x-ms-auth-internal-token",
    "x-arr-",
    "x-waws-",
    "x-appservice-",
];

/// The header of the template that holds the site's default host.
pub(crate) const DEFAULT_HOST: &str = "was-default-hostname";

static X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What the headers tell of a site.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) default_host: String,
    pub(crate) deployment_id: String,
}

/// The headers of every request, with places for what differs.
///
/// # Errors
/// The header that a name cannot be the value of, and the name.
pub(crate) fn template(names: &Names, tls: bool) -> Result<HeaderMap, (&'static str, String)> {
    let text = |header, name: &String| HeaderValue::from_str(name).map_err(|_| (header, name.clone()));
    let mut map = HeaderMap::with_capacity(TABLE.len() + 8);
    for row in &TABLE {
        let value = match row.source {
            Source::TlsConnection if !tls => continue,
            Source::Request | Source::Connection | Source::TlsConnection => HeaderValue::from_static(""),
            Source::DefaultHost => text("WAS-DEFAULT-HOSTNAME", &names.default_host)?,
            Source::DeploymentId => text("X-SITE-DEPLOYMENT-ID", &names.deployment_id)?,
            Source::Scheme => HeaderValue::from_static(if tls { "https" } else { "http" }),
            Source::Constant(text) => HeaderValue::from_static(text),
        };
        map.insert(&row.name, value);
    }
    Ok(map)
}

/// The values that are the same for every request of a connection; `tls` are those of `X-ARR-SSL` and
/// `X-Forwarded-TlsVersion`.
pub(crate) fn connection(client: SocketAddr, tls: Option<[HeaderValue; 2]>) -> Vec<HeaderValue> {
    let (address, ip) = (client.to_string(), client.ip().to_string());
    let texts = [address.clone(), address, ip, client.port().to_string()];
    let values =
        texts.map(|text| HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("")));
    values.into_iter().chain(tls.into_iter().flatten()).collect()
}

/// What differs from request to request.
#[derive(Debug)]
pub(crate) struct Fresh {
    pub(crate) id: uuid::Uuid,
    /// Path and query as received.
    pub(crate) target: HeaderValue,
    pub(crate) host: HeaderValue,
}

impl Fresh {
    /// In the order of [`TABLE`].
    fn values(self) -> [HeaderValue; 5] {
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        self.id.hyphenated().encode_lower(&mut text);
        let id = HeaderValue::from_bytes(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
        [id, copy(&self.target), self.target, self.host.clone(), self.host]
    }
}

/// A copy with bytes of its own: cheaper than sharing them, if this is the first time they are shared.
fn copy(value: &HeaderValue) -> HeaderValue {
    if value == "/" {
        return HeaderValue::from_static("/");
    }
    HeaderValue::from_bytes(value.as_bytes()).unwrap_or_else(|_| value.clone())
}

/// The platform's headers for one request.
pub(crate) fn begin(template: &HeaderMap, fresh: Fresh, connection: &[HeaderValue]) -> HeaderMap {
    let mut map = template.clone();
    // A map without removals iterates in the order of insertion, so no name need be hashed.
    let values = fresh.values().into_iter().chain(connection.iter().cloned());
    for (place, value) in map.values_mut().zip(values) {
        *place = value;
    }
    map
}

/// Takes a client's header that the platform sets or reserves; whether it was one (HDR-16).
pub(crate) fn take(map: &mut HeaderMap, name: &HeaderName, value: &HeaderValue) -> bool {
    if !is_reserved(name) {
        return false;
    }
    if *name == X_FORWARDED_FOR {
        // HDR-02: the client's list, then the client itself, which is last in the template.
        append_to_list(map, value);
    } else if *name == MAX_FORWARDS
        && let Some(hops) = value.to_str().ok().and_then(|text| text.trim().parse::<u32>().ok())
    {
        // HDR-13
        map.insert(MAX_FORWARDS, HeaderValue::from(hops.saturating_sub(1)));
    }
    true
}

/// Whether the platform sets a header of this name.
pub(crate) fn is_own(name: &HeaderName) -> bool {
    TABLE.iter().any(|row| row.name == *name)
}

/// Puts another part of the client's list before the client's own address.
fn append_to_list(map: &mut HeaderMap, part: &HeaderValue) {
    let Some(list) = map.get(&X_FORWARDED_FOR).and_then(|list| list.to_str().ok()) else { return };
    let (before, own) = list.rsplit_once(", ").map_or(("", list), |(before, own)| (before, own));
    let Ok(part) = part.to_str() else { return };
    let mut text = String::with_capacity(list.len() + part.len() + 4);
    for part in [before, part.trim(), own].iter().filter(|part| !part.is_empty()) {
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}{part}");
    }
    if let Ok(value) = HeaderValue::try_from(text) {
        map.insert(&X_FORWARDED_FOR, value);
    }
}

/// Whether only the platform may set a header of this name, or of one that programs take for it: where
/// headers become variables (`HTTP_CLIENT_IP`), hyphen and underscore are the same.
fn is_reserved(name: &HeaderName) -> bool {
    let name = name.as_str().as_bytes();
    if !matches!(name, [b'x' | b'c' | b'd' | b'm' | b'w', ..]) {
        return false;
    }
    let begins = |start: &str| {
        name.len() >= start.len()
            && start.bytes().zip(name).all(|(a, b)| a == *b || (a == b'-' && *b == b'_'))
    };
    let own =
        |row: &Row| row.name != HOST && row.name.as_str().len() == name.len() && begins(row.name.as_str());
    TABLE.iter().any(own) || RESERVED.iter().any(|start| begins(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(tls: bool) -> HeaderMap {
        let names = Names { default_host: "a.localhost".to_owned(), deployment_id: "a".to_owned() };
        let template = template(&names, tls).unwrap();
        let tls = tls.then(|| [HeaderValue::from_static("2048|256|i|s"), HeaderValue::from_static("1.3")]);
        let connection = connection("[2001:db8::1]:5000".parse().unwrap(), tls);
        let id = uuid::Uuid::from_u128(1);
        let (target, host) = (HeaderValue::from_static("/x%2Fy?z"), HeaderValue::from_static("example.com"));
        begin(&template, Fresh { id, target, host }, &connection)
    }

    fn take_all(map: &mut HeaderMap, name: &'static str, value: &'static str) -> bool {
        take(map, &HeaderName::from_static(name), &HeaderValue::from_static(value))
    }

    #[test]
    fn every_row_has_its_value_under_its_name() {
        let map = map(true);
        let expected = [
            ("HDR-01", "x-arr-log-id", "00000000-0000-0000-0000-000000000001"),
            ("HDR-02", "x-forwarded-for", "[2001:db8::1]:5000"),
            ("HDR-03", "client-ip", "[2001:db8::1]:5000"),
            ("HDR-04", "x-client-ip", "2001:db8::1"),
            ("HDR-04", "x-client-port", "5000"),
            ("HDR-05", "disguised-host", "example.com"),
            ("HDR-06", "was-default-hostname", "a.localhost"),
            ("HDR-07", "x-site-deployment-id", "a"),
            ("HDR-08", "x-original-url", "/x%2Fy?z"),
            ("HDR-09", "x-waws-unencoded-url", "/x%2Fy?z"),
            ("HDR-10", "x-forwarded-proto", "https"),
            ("HDR-10", "x-appservice-proto", "https"),
            ("HDR-11", "x-arr-ssl", "2048|256|i|s"),
            ("HDR-12", "x-forwarded-tlsversion", "1.3"),
            ("HDR-13", "max-forwards", "10"),
            ("-", "host", "example.com"),
        ];
        assert_eq!(map.len(), expected.len());
        for (id, name, value) in expected {
            assert_eq!(map[name], value, "{name}");
            assert!(TABLE.iter().any(|row| row.id == id && row.name == name), "{id}");
        }
    }

    #[test]
    fn without_tls_two_are_missing() {
        let map = map(false);
        assert_eq!(map["x-forwarded-proto"], "http");
        assert_eq!(map["max-forwards"], "10");
        assert!(!map.contains_key("x-arr-ssl") && !map.contains_key("x-forwarded-tlsversion"));
    }

    #[test]
    fn a_name_that_is_no_header_is_told() {
        let names = Names { default_host: "a".to_owned(), deployment_id: "a\nb".to_owned() };
        assert_eq!(template(&names, false), Err(("X-SITE-DEPLOYMENT-ID", "a\nb".to_owned())));
    }

    #[test]
    fn the_clients_list_comes_first_however_many_lines_it_has() {
        let mut map = map(false);
        assert!(take_all(&mut map, "x-forwarded-for", "1.1.1.1, 2.2.2.2"));
        assert_eq!(map["x-forwarded-for"], "1.1.1.1, 2.2.2.2, [2001:db8::1]:5000");
        assert!(take_all(&mut map, "x-forwarded-for", "3.3.3.3"));
        assert_eq!(map["x-forwarded-for"], "1.1.1.1, 2.2.2.2, 3.3.3.3, [2001:db8::1]:5000");
    }

    #[test]
    fn max_forwards_counts_down_to_zero() {
        let mut map = map(false);
        for (sent, kept) in [("5", "4"), ("0", "0"), ("x", "0")] {
            assert!(take_all(&mut map, "max-forwards", sent));
            assert_eq!(map["max-forwards"], kept);
        }
    }

    #[test]
    fn reserved_names_are_taken_also_with_underscores_and_others_are_not() {
        let mut map = map(false);
        for name in [
            "x-arr-log-id",
            "x-arr-ssl",
            "x-arr-clientcert",
            "x-ms-client-principal",
            "x-ms-client-principal-name",
            "x-ms-client-display-name",
            "x-ms-token-aad-id-token",
            "x-ms-auth-internal-token",
            "client-ip",
            "client_ip",
            "x_ms_client_principal_id",
            "disguised-host",
            "was-default-hostname",
            "x-forwarded-tlsversion",
        ] {
            assert!(take_all(&mut map, name, "spoof"), "{name}");
        }
        for name in ["host", "cookie", "content-type", "x-ms-version", "x-forwarded-host", "client-ipx", "x"]
        {
            assert!(!take_all(&mut map, name, "kept"), "{name}");
        }
        assert!(!map.values().any(|value| value == "spoof"));
    }
}
