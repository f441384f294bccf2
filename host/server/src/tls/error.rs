//! Why TLS could not be set up.

use std::path::PathBuf;

/// Why a certificate and key cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file could not be read.
    #[error("{} cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A file is not PEM.
    #[error("{} is not a well-formed PEM file: {reason}", path.display())]
    BadPem {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no certificate in the file.
    #[error("{} holds no certificate; it must have a section `BEGIN CERTIFICATE`", path.display())]
    NoCertificate {
        /// The file.
        path: PathBuf,
    },
    /// The first certificate cannot be understood.
    #[error("the first certificate in {} cannot be read: {reason}", path.display())]
    BadCertificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no private key in the file.
    #[error("{} holds no private key; it must have a section `BEGIN PRIVATE KEY`", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The key has a pass phrase.
    #[error("the private key in {0} is encrypted; write it without a pass phrase: openssl pkey -in {0} -out plain.pem", .path.display())]
    EncryptedKey {
        /// The file.
        path: PathBuf,
    },
    /// Certificate and key do not belong together.
    #[error(
        "the private key in {} is not that of the first certificate in {}; the server's own certificate must come first",
        key.display(), certificates.display()
    )]
    Mismatch {
        /// The file of certificates.
        certificates: PathBuf,
        /// The file of the key.
        key: PathBuf,
    },
    /// The TLS library refuses them.
    #[error("{} and {} cannot be used for TLS: {reason}", certificates.display(), key.display())]
    Unusable {
        /// The file of certificates.
        certificates: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What the library said.
        reason: String,
    },
}
