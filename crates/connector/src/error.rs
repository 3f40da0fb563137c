//! Why a connector file was refused.

use std::fmt;

/// A connector file that cannot be used. Shown as `file: path: message`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConnectorInvalid {
    /// The file as the caller named it, for example `connectors/slack/connector.yaml`.
    pub file: String,
    /// Where in the file, for example `operations.chat.postMessage.params.channel`; empty for the whole file.
    pub path: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl ConnectorInvalid {
    /// The stable code that users see.
    pub const CODE: &'static str = "CONNECTOR_INVALID";

    pub(crate) fn new(file: &str, path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), path: path.into(), message: message.into() }
    }

    /// The stable code that users see: `CONNECTOR_INVALID`.
    pub fn code(&self) -> &'static str {
        Self::CODE
    }
}

impl fmt::Display for ConnectorInvalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() {
            write!(f, "{}: {}", self.file, self.message)
        } else {
            write!(f, "{}: {}: {}", self.file, self.path, self.message)
        }
    }
}

/// The codes that an action result's `error.code` may hold (spec §6.3), spelled as they travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // The names are the documentation; the table is in the specification.
pub enum ErrorCode {
    AuthMissing,
    AuthInvalid,
    AuthInsufficientScope,
    AuthExpired,
    RateLimited,
    QuotaExceeded,
    InvalidConfig,
    MissingRequiredField,
    InvalidInput,
    ProcessingError,
    ConfigurationError,
    PermissionDenied,
    NotFound,
    Conflict,
    ApiError,
    DatabaseError,
    SearchError,
    AiModelError,
    ValidationError,
    PaymentFailed,
    NetworkError,
    ProviderDown,
    Timeout,
    Cancelled,
    Unknown,
}

impl ErrorCode {
    /// The code as it travels, for example `rate_limited`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthMissing => "auth_missing",
            Self::AuthInvalid => "auth_invalid",
            Self::AuthInsufficientScope => "auth_insufficient_scope",
            Self::AuthExpired => "auth_expired",
            Self::RateLimited => "rate_limited",
            Self::QuotaExceeded => "quota_exceeded",
            Self::InvalidConfig => "invalid_config",
            Self::MissingRequiredField => "missing_required_field",
            Self::InvalidInput => "invalid_input",
            Self::ProcessingError => "processing_error",
            Self::ConfigurationError => "configuration_error",
            Self::PermissionDenied => "permission_denied",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::ApiError => "api_error",
            Self::DatabaseError => "database_error",
            Self::SearchError => "search_error",
            Self::AiModelError => "ai_model_error",
            Self::ValidationError => "validation_error",
            Self::PaymentFailed => "payment_failed",
            Self::NetworkError => "network_error",
            Self::ProviderDown => "provider_down",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Unknown => "unknown",
        }
    }

    /// What an HTTP status means when the connector file says nothing more exact (spec §6.3).
    pub fn from_status(status: u16) -> Self {
        match status {
            401 => Self::AuthExpired,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            409 => Self::Conflict,
            429 => Self::RateLimited,
            500 | 502 | 503 | 504 => Self::ProviderDown,
            _ => Self::ApiError,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
