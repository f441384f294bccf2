//! Why a request gets a page of the platform instead of its app's answer.

use std::time::Duration;

use appsvc_os::exchange::Failure;
use http::StatusCode;

use crate::connection::refusal::Refusal;

/// See the module's text. `Display` is for the operator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("{0}")]
    Refused(Refusal),
    /// LIFE-01. 500 is what Windows apps give.
    #[error(
        "no byte has moved for {0:?}, the limit `silence`: let the app answer, or send something, earlier"
    )]
    Silent(Duration),
    #[error("{0}")]
    Failed(Failure),
}

impl Trouble {
    /// The status that the client gets.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Refused(refusal) => refusal.status(),
            Self::Silent(_) | Self::Failed(Failure::Trapped) => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Failed(Failure::NoResponse | Failure::InvalidResponse(_)) => StatusCode::BAD_GATEWAY,
            // LIFE-13
            Self::Failed(Failure::Overloaded(_)) => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
