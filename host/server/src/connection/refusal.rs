//! Requests that are refused before an app hears of them.

use http::StatusCode;

/// Why a request was refused. The text is for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("the request has both Content-Length and Transfer-Encoding")]
    TwoFramings,
    #[error("the request has two Content-Length lines that differ")]
    LengthsDiffer,
    #[error("the request's Content-Length is not a number")]
    BadLength,
    #[error("the request has more than one Transfer-Encoding line")]
    TwoCodings,
    #[error("the request's Transfer-Encoding is something other than chunked")]
    UnknownCoding,
    #[error("a line of the request's head ends in a line feed alone")]
    BareLineFeed,
    #[error("a header line of the request is folded")]
    FoldedLine,
    #[error("the request's body is not well-formed chunks")]
    BadChunk,
    #[error("the request has no Host")]
    NoHost,
    #[error("the request has more than one Host")]
    TwoHosts,
    #[error("the request's Host is not a host name")]
    BadHost,
    #[error("the request's Host and :authority differ")]
    HostsDiffer,
    #[error("the request's target is neither a path nor a URL")]
    BadTarget,
    #[error("the request asks for a tunnel")]
    Tunnel,
    #[error("the request's target is longer than the limit `url_bytes`")]
    UrlTooLong,
    #[error("the request's head is longer than the limit `head_bytes`")]
    HeadTooLong,
    #[error("the request has more header lines than the limit `head_lines`")]
    TooManyLines,
    #[error("the request's head took longer than the limit `head_time`")]
    HeadTooSlow,
    #[error("the request's body came slower than the limit `body_rate`")]
    BodyTooSlow,
    #[error("the limit `connections` is met")]
    TooManyConnections,
}

impl Refusal {
    /// The status that the client gets.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::TwoFramings
            | Self::LengthsDiffer
            | Self::BadLength
            | Self::TwoCodings
            | Self::BareLineFeed
            | Self::FoldedLine
            | Self::BadChunk
            | Self::NoHost
            | Self::TwoHosts
            | Self::BadHost
            | Self::HostsDiffer
            | Self::BadTarget => StatusCode::BAD_REQUEST,
            Self::UnknownCoding | Self::Tunnel => StatusCode::NOT_IMPLEMENTED,
            Self::UrlTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadTooLong | Self::TooManyLines => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::HeadTooSlow | Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyConnections => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
