//! A call that did not succeed, before it becomes a result.

use std::time::Duration;

use millrace_egress::{EgressError, Reached, Side};

use crate::credentials::ConnectionError;
use crate::error::ErrorCode;
use crate::limits;

/// Whether the provider may have done what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It certainly did nothing: repeating is safe.
    NotDone,
    /// It answered that it failed; some of the work may be done.
    MaybeDone,
    /// There is no answer.
    Unknown,
}

/// A call that did not succeed.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub code: ErrorCode,
    pub message: String,
    /// The provider's own code.
    pub provider_code: Option<String>,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// How long the provider wants us to wait.
    pub retry_after: Option<Duration>,
    /// Whether another attempt could succeed.
    pub passing: bool,
    /// Whether the provider may have acted.
    pub outcome: Outcome,
}

impl Failure {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            provider_code: None,
            status: None,
            retry_after: None,
            passing: false,
            outcome: Outcome::NotDone,
        }
    }

    /// The caller's arguments are wrong; nothing was sent.
    pub fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::InvalidInput, message)
    }

    pub fn from_egress(error: &EgressError) -> Self {
        let code = match error.cause() {
            EgressError::Timeout { .. } | EgressError::Busy { .. } => ErrorCode::Timeout,
            EgressError::Dns { .. } | EgressError::Connect { .. } | EgressError::Tls { .. } => ErrorCode::NetworkError,
            EgressError::Protocol { .. } => ErrorCode::ProviderDown,
            EgressError::BodyTooLarge { side: Side::Request, .. } | EgressError::BadRequest { .. } => {
                ErrorCode::InvalidInput
            }
            EgressError::BodyTooLarge { .. } | EgressError::TooManyRedirects { .. } => ErrorCode::ApiError,
            EgressError::AddressRefused { .. }
            | EgressError::HostNotAllowed { .. }
            | EgressError::SecretNotAllowed { .. } => ErrorCode::PermissionDenied,
            _ => ErrorCode::ConfigurationError,
        };
        let outcome = match error.reached() {
            Reached::No => Outcome::NotDone,
            Reached::Maybe => Outcome::Unknown,
        };
        let mut failure = Self::new(code, error.to_string());
        failure.passing = error.retryable();
        failure.outcome = outcome;
        failure.provider_code = Some(error.code().to_owned());
        failure
    }

    pub fn from_connection(error: &ConnectionError) -> Self {
        let code = match error {
            ConnectionError::Missing(_) => ErrorCode::AuthMissing,
            ConnectionError::Expired(_) => ErrorCode::AuthExpired,
            ConnectionError::Unavailable(_) => ErrorCode::ProviderDown,
        };
        Self::new(code, error.to_string())
    }

    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }
}

/// A provider's text as part of a message: one line, bounded.
pub(crate) fn excerpt(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(limits::MESSAGE_CHARS) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}
