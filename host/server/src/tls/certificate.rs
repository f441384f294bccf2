//! What `X-ARR-SSL` tells of the server's certificate (HDR-11).

use http::HeaderValue;
use rustls_pki_types::CertificateDer;
use x509_parser::prelude::{FromDer, X509Certificate, X509Name};
use x509_parser::public_key::PublicKey;

/// Bits of a key of any kind that is not listed: those are the modern curves.
const OTHER_KEY_BITS: usize = 256;

/// `<bits of the certificate's key>|<bits of the session key>|<issuer>|<subject>`, for session keys of 128
/// and of 256 bits.
pub(super) fn arr_ssl(certificate: &CertificateDer<'_>) -> Result<[HeaderValue; 2], String> {
    let (_, certificate) = X509Certificate::from_der(certificate).map_err(|error| error.to_string())?;
    let bits = match certificate.public_key().parsed() {
        Ok(PublicKey::RSA(key)) => key.key_size(),
        Ok(PublicKey::EC(key)) => key.key_size(),
        Ok(_) | Err(_) => OTHER_KEY_BITS,
    };
    let (issuer, subject) = (name(certificate.issuer()), name(certificate.subject()));
    let value = |session: u32| {
        HeaderValue::try_from(format!("{bits}|{session}|{issuer}|{subject}"))
            .map_err(|_| "a name in it has control characters".to_owned())
    };
    Ok([value(128)?, value(256)?])
}

/// A name as Windows writes it: in the certificate's order, the state as `S`.
fn name(name: &X509Name<'_>) -> String {
    let text = name.to_string();
    let parts = text.split(", ").map(|part| match part.strip_prefix("ST=") {
        Some(state) => format!("S={state}"),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::pem::PemObject;

    use super::*;

    #[test]
    fn an_rsa_certificate_is_told_as_on_windows() {
        let pem = include_bytes!("../../tests/rsa2048.pem");
        let name = "C=US, S=Washington, O=Test, CN=example.com";
        let values = arr_ssl(&CertificateDer::from_pem_slice(pem).unwrap()).unwrap();
        assert_eq!(values[0], format!("2048|128|{name}|{name}"));
        assert_eq!(values[1], format!("2048|256|{name}|{name}"));
    }
}
