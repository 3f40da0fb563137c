//! What a caller is told when a request fails: RFC 9457 problem details with a stable code.

use std::error::Error as StdError;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use millrace_db::{DbError, Kind};
use millrace_engine::EngineError;
use serde::Serialize;
use utoipa::ToSchema;

use super::request_id;

/// One field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where in the request: `config.pageSize`, `connections.zoom.access_token`.
    pub field: String,
    /// Stable code.
    pub code: String,
    /// What is wrong, for people.
    pub message: String,
}

/// A failed request. Build it with a constructor, refine it with the `with_…` methods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable code, UPPER_SNAKE; each has a page in `docs/errors/`.
    pub code: String,
    /// A few words that are the same for every occurrence of the code.
    pub title: String,
    /// What happened this time.
    pub detail: String,
    /// What to do about it.
    pub hint: Option<String>,
    /// Which fields are wrong.
    pub errors: Vec<FieldError>,
    /// Seconds after which trying again makes sense.
    pub retry_after: Option<u32>,
    /// Values that would have been accepted instead.
    pub suggestions: Vec<String>,
}

/// The body of a failed request, as it travels.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// Address of the code's page, relative to this server.
    #[serde(rename = "type")]
    pub type_: String,
    /// A few words that are the same for every occurrence of the code.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened this time.
    pub detail: String,
    /// Stable code, UPPER_SNAKE.
    pub code: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// For support: the same as the `X-Request-Id` header.
    pub request_id: String,
    /// Which fields are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Values that would have been accepted instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

impl ApiError {
    /// A failure with this status and code.
    pub fn new(status: StatusCode, code: impl Into<String>, detail: impl Into<String>) -> Self {
        let code = code.into();
        Self { status, title: title_of(&code), code, detail: detail.into(), hint: None, errors: Vec::new(), retry_after: None, suggestions: Vec::new() }
    }

    /// 400: the request makes no sense, or a value is invalid.
    pub fn invalid(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 404: there is no such thing, or it belongs to another workspace: the answer is the same.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NOT_FOUND", format!("There is no such {what} in this workspace."))
    }

    /// 409: the state of things does not allow it.
    pub fn conflict(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 401: no valid credentials.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "This request needs a valid access token or API key.")
            .with_hint("Send `Authorization: Bearer mr_…`. The key of the first workspace is in bootstrap.json in the server's data folder.")
    }

    /// 403: known, but not allowed.
    pub fn forbidden(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, code, detail)
    }

    /// 413: the body is over its limit of `limit` bytes.
    pub fn too_large(limit: usize) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", format!("The body of this request may have {limit} bytes."))
    }

    /// 503: not now; nothing was changed.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self { retry_after: Some(1), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", detail) }
    }

    /// 500: our mistake. The source is logged here, once, and never shown.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        let source = source.into();
        tracing::error!(request_id = %request_id::current(), error = %chain(source.as_ref()), "internal error");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", "Something went wrong on our side. The request id helps us to find it.")
    }

    /// Names a field that is wrong.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, code: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldError { field: field.into(), code: code.into(), message: message.into() });
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Names values that would have been accepted instead.
    #[must_use]
    pub fn with_suggestions(mut self, suggestions: Vec<String>) -> Self {
        self.suggestions = suggestions;
        self
    }

    /// Says when to try again, in seconds.
    #[must_use]
    pub fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl StdError for ApiError {}

/// `BODY_TOO_LARGE` → `Body too large`.
fn title_of(code: &str) -> String {
    let mut title = code.to_ascii_lowercase().replace('_', " ");
    if let Some(first) = title.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    title
}

/// An error with its sources, in one line for the log.
fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut at = error.source();
    while let Some(source) = at {
        let more = source.to_string();
        if !text.ends_with(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        at = source.source();
    }
    text
}

/// Where the pages of the codes are served, on this server itself.
const PAGES: &str = "/api/docs/errors/";

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = Problem {
            type_: format!("{PAGES}{}", self.code.to_ascii_lowercase()),
            title: self.title,
            status: self.status.as_u16(),
            detail: self.detail,
            code: self.code,
            hint: self.hint,
            request_id: request_id::current(),
            errors: self.errors,
            suggestions: self.suggestions,
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (self.status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"millrace\""));
        }
        response
    }
}

fn database_unavailable() -> ApiError {
    let detail = "The database does not answer right now. Nothing was changed; try again.";
    ApiError { code: "DATABASE_UNAVAILABLE".to_owned(), title: title_of("DATABASE_UNAVAILABLE"), ..ApiError::unavailable(detail) }
}

/// Not a failure of the request: the data is elsewhere, and so is the server that takes it.
fn database_moved() -> ApiError {
    let detail = "This server's data has moved to another database and a server there takes over. Nothing was changed; try again.";
    ApiError { code: "DATABASE_MOVED".to_owned(), title: title_of("DATABASE_MOVED"), ..ApiError::unavailable(detail) }.with_retry_after(5)
}

fn storage_full() -> ApiError {
    ApiError::new(StatusCode::INSUFFICIENT_STORAGE, "STORAGE_FULL", "There is no room left to store this. Nothing was changed.")
        .with_hint("The operator must free disk space; running work continues once there is room.")
}

impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        match error.kind() {
            Kind::Retry => {
                tracing::warn!(request_id = %request_id::current(), %error, "database unavailable");
                database_unavailable()
            }
            Kind::Full => {
                tracing::error!(request_id = %request_id::current(), %error, "storage full");
                storage_full()
            }
            Kind::Moved => database_moved(),
            Kind::Unique | Kind::ForeignKey | Kind::Corrupt | Kind::Fatal => Self::internal(error),
        }
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::NotFound => Self::not_found("run"),
            EngineError::Conflict(detail) => Self::conflict("RUN_STATE", detail),
            EngineError::TooLarge { bytes, limit } => {
                Self::new(StatusCode::PAYLOAD_TOO_LARGE, "PAYLOAD_TOO_LARGE", format!("This payload has {bytes} bytes; the limit is {limit}."))
            }
            EngineError::Unavailable => database_unavailable(),
            EngineError::Fenced => Self::unavailable("The run has just moved to another node; try again."),
            EngineError::Stopping => Self::unavailable("This server is stopping; try again."),
            EngineError::Payload(error) if error.kind() == std::io::ErrorKind::StorageFull => storage_full(),
            EngineError::Payload(error) => Self::internal(error),
            EngineError::Db(error) => error.into(),
        }
    }
}
