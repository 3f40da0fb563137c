//! Reads request bodies within a size and a time, and JSON out of them.

use axum::body::Body;
use axum::extract::{FromRequest, Request};
use axum::response::{IntoResponse, Response};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;
use serde::Serialize;

use super::json::{self, Nul};
use super::{ApiError, limits};
use crate::app::App;

/// The raw bytes of a body, as they came: for signatures.
#[derive(Debug, Clone)]
pub struct RawBody(pub Bytes);

/// A JSON body, read strictly: unknown fields, doubled fields, deep nesting and texts with a NUL are refused. Also a JSON answer.
#[derive(Debug, Clone, Copy, Default)]
pub struct Json<T>(pub T);

/// As [`Json`], but an empty body, or the word null, is `T::default()`.
#[derive(Debug, Clone, Copy, Default)]
pub struct OptionalJson<T>(pub T);

/// As [`OptionalJson`], for what runs are given: it is kept as JSON, so its texts may hold a NUL.
#[derive(Debug, Clone, Copy, Default)]
pub struct DataJson<T>(pub T);

impl FromRequest<App> for RawBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        read(request, app).await.map(Self)
    }
}

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        require_json(request.headers())?;
        object(&read(request, app).await?, Nul::Refused).map(Self)
    }
}

impl<T: DeserializeOwned + Default> FromRequest<App> for OptionalJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        optional(request, app, Nul::Refused).await.map(Self)
    }
}

impl<T: DeserializeOwned + Default> FromRequest<App> for DataJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self, ApiError> {
        optional(request, app, Nul::Kept).await.map(Self)
    }
}

async fn optional<T: DeserializeOwned + Default>(request: Request, app: &App, nul: Nul) -> Result<T, ApiError> {
    let typed = require_json(request.headers());
    let body = read(request, app).await?;
    if body.is_empty() {
        return Ok(T::default());
    }
    typed?;
    object::<Option<T>>(&body, nul).map(Option::unwrap_or_default)
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
            Err(error) => ApiError::internal(error).into_response(),
        }
    }
}

/// Reads the object that a request is. A list of its values without their names would be read as one otherwise.
fn object<T: DeserializeOwned>(body: &[u8], nul: Nul) -> Result<T, ApiError> {
    if body.trim_ascii_start().first() == Some(&b'[') && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_ok() {
        return Err(ApiError::invalid("INVALID_REQUEST", "This request needs a JSON object; a list was sent."));
    }
    json::parse(body, nul)
}

/// The route decides how a body is read; the header may only agree. A form must never be taken for JSON or the reverse.
fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(()) };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json")) {
        return Ok(());
    }
    let detail = format!("This request needs a JSON body; `{}` was sent.", essence.chars().take(64).collect::<String>());
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail).with_hint("Send `Content-Type: application/json`."))
}

/// Reads the whole body, or says why not.
async fn read(request: Request, app: &App) -> Result<Bytes, ApiError> {
    let rules = &app.config.requests;
    let limit = rules.body_limit(request.uri().path());
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    let body = request.into_body();
    if announced.is_some_and(|length| length > limit as u64) {
        discard(body).await;
        return Err(ApiError::too_large(limit));
    }
    let capacity = announced.map_or(0, |length| usize::try_from(length).unwrap_or(0)).min(limit);
    match tokio::time::timeout(rules.body_time, collect(body, limit, capacity)).await {
        Ok(done) => done,
        Err(_) => {
            let detail = format!("The body did not arrive within {} seconds.", rules.body_time.as_secs_f32());
            Err(ApiError::new(StatusCode::REQUEST_TIMEOUT, "BODY_TIMEOUT", detail))
        }
    }
}

async fn collect(body: Body, limit: usize, capacity: usize) -> Result<Bytes, ApiError> {
    let mut stream = body.into_data_stream();
    // One chunk is the usual case: hand it on without copying.
    let mut first: Option<Bytes> = None;
    let mut rest: Option<BytesMut> = None;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| ApiError::invalid("BODY_INCOMPLETE", "The connection ended before the body was complete."))?;
        let length = first.as_ref().map_or(0, Bytes::len).max(rest.as_ref().map_or(0, BytesMut::len));
        if length + chunk.len() > limit {
            discard(Body::from_stream(stream)).await;
            return Err(ApiError::too_large(limit));
        }
        match (&first, &mut rest) {
            (None, _) => first = Some(chunk),
            (Some(_), Some(rest)) => rest.extend_from_slice(&chunk),
            (Some(head), None) => {
                let mut both = BytesMut::with_capacity(capacity.max(head.len() + chunk.len()));
                both.extend_from_slice(head);
                both.extend_from_slice(&chunk);
                rest = Some(both);
            }
        }
    }
    Ok(rest.map(BytesMut::freeze).or(first).unwrap_or_default())
}

/// Reads and forgets a little more, so that a client that only listens after sending gets to see the answer.
async fn discard(body: Body) {
    let drain = async {
        let (mut stream, mut seen) = (body.into_data_stream(), 0);
        while let Some(Ok(chunk)) = stream.next().await {
            seen += chunk.len();
            if seen > limits::REFUSED_BODY {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(limits::REFUSED_BODY_TIME, drain).await;
}
