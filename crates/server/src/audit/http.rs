//! `GET /api/v1/audit`, its export, and the keys that sign it.

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use millrace_clock::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::export::{self, Range};
use super::list::{self, AuditRow, Filter};
use super::{keys, limits};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Problem, Query, page_cursor, page_limit};
use crate::identity::{Actor, May, Operator, need};

/// The routes of the audit log.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_rows)).routes(routes!(export_rows)).routes(routes!(show_keys)).routes(routes!(rotate_key))
}

/// Which rows to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// Only by this user or API key.
    actor: Option<String>,
    /// Only this action (`workflow.deployed`), or all of a noun (`workflow`).
    action: Option<String>,
    /// Only about this kind of thing.
    resource_type: Option<String>,
    /// Only about the thing with this id.
    resource_id: Option<String>,
    /// Only of this HTTP request.
    request_id: Option<String>,
    /// `success`, `failure` or `denied`.
    outcome: Option<String>,
    /// Only with this text in action, resource, facts, personal values or actor.
    text: Option<String>,
    /// Only at or after this instant (RFC 3339).
    #[param(format = DateTime)]
    from: Option<String>,
    /// Only before this instant (RFC 3339).
    #[param(format = DateTime)]
    to: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List what happened in the workspace, newest first
///
/// For owners and admins.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", operation_id = "list_audit", params(ListQuery),
    responses((status = 200, body = Page<AuditRow>), (status = 400, description = "A filter makes no sense", body = Problem), (status = 403, description = "Neither owner nor admin", body = Problem)))]
async fn list_rows(State(app): State<App>, caller: May<need::AuditRead>, Query(query): Query<ListQuery>) -> Result<Json<Page<AuditRow>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let filter = Filter {
        from: instant("from", query.from.as_deref())?,
        to: instant("to", query.to.as_deref())?,
        actor: bounded("actor", query.actor)?,
        action: bounded("action", query.action)?,
        resource_type: bounded("resource_type", query.resource_type)?,
        resource_id: bounded("resource_id", query.resource_id)?,
        request_id: bounded("request_id", query.request_id)?,
        outcome: bounded("outcome", query.outcome)?,
        text: bounded("text", query.text)?,
        before: page_cursor(query.cursor.as_deref())?,
        limit: limit + 1,
    };
    let rows = list::list(&app.of(&caller.tenant), caller.tenant.as_str(), &filter).await?;
    Ok(Json(Page::from_overfull(rows, limit, |row| row.seq.to_string())))
}

fn instant(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    text.map(|text| Timestamp::parse(text).map_err(|_| wrong(name, "must be an instant such as 2026-01-15T09:30:00Z"))).transpose()
}

/// PostgreSQL cannot hold a NUL in a text, and nothing that is stored is longer.
fn bounded(name: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
    match text {
        Some(text) if text.contains('\0') || text.chars().count() > limits::PERSONAL => Err(wrong(name, "is not something that rows hold")),
        other => Ok(other),
    }
}

fn wrong(name: &str, message: &str) -> ApiError {
    ApiError::invalid("INVALID_QUERY", format!("`{name}` {message}.")).with_field(name, "INVALID_VALUE", message)
}

/// Which part to export.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ExportQuery {
    /// From this instant on (RFC 3339); from the beginning unless told.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before this instant (RFC 3339); to the end unless told.
    #[param(format = DateTime)]
    to: Option<String>,
}

/// Export the audit log, signed
///
/// Lines of JSON: a header with range and public keys, the rows in order, and a signed trailer. `millrace audit verify`
/// proves offline that nothing was changed, left out or put in. The export is itself recorded. For owners and admins.
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "audit", operation_id = "export_audit", params(ExportQuery),
    responses((status = 200, description = "The export, line by line", body = String, content_type = "application/x-ndjson"),
        (status = 400, description = "The range makes no sense", body = Problem), (status = 403, description = "Neither owner nor admin", body = Problem)))]
async fn export_rows(State(app): State<App>, caller: May<need::AuditRead>, Query(query): Query<ExportQuery>) -> Result<Response, ApiError> {
    let range = Range { from: instant("from", query.from.as_deref())?, to: instant("to", query.to.as_deref())? };
    if let (Some(from), Some(to)) = (range.from, range.to)
        && from > to
    {
        return Err(wrong("to", "must not be before `from`"));
    }
    let part = export::begin(&app, &caller.tenant, &caller.by, range).await.map_err(ApiError::internal)?;
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(export::write(app, part, sender));
    let mut response = Body::from_stream(ReceiverStream::new(receiver)).into_response();
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.ndjson\""));
    Ok(response)
}

/// A key that signs, or signed, the audit log.
#[derive(Debug, Serialize, ToSchema)]
struct AuditKeyAnswer {
    /// Its name: what `millrace audit verify --key` takes. Keep it elsewhere than the exports.
    fingerprint: String,
    /// Always `ed25519`.
    algorithm: String,
    /// 32 bytes in hex.
    public_key: String,
    /// When it was made, RFC 3339.
    created_at: String,
    /// When another took its place.
    retired_at: Option<String>,
}

/// The keys that sign the audit log, oldest first
#[utoipa::path(get, path = "/api/v1/audit/keys", tag = "audit", operation_id = "list_audit_keys",
    responses((status = 200, body = Page<AuditKeyAnswer>), (status = 403, description = "Neither owner nor admin", body = Problem)))]
async fn show_keys(State(app): State<App>, _: May<need::AuditRead>) -> Result<Json<Page<AuditKeyAnswer>>, ApiError> {
    keys::signer(app.platform(), &app.keyring, app.clock.now()).await.map_err(ApiError::internal)?;
    let known = keys::known(&mut app.platform().read().await?).await?;
    let answer = |known: keys::Known| AuditKeyAnswer {
        fingerprint: known.key.fingerprint,
        algorithm: known.key.algorithm,
        public_key: known.key.public_key,
        created_at: known.created_at.to_string(),
        retired_at: known.retired_at.map(|at| at.to_string()),
    };
    Ok(Json(Page { data: known.into_iter().map(answer).collect(), next_cursor: None }))
}

/// The key that signs from now on.
#[derive(Debug, Serialize, ToSchema)]
struct RotateAnswer {
    /// Its name.
    fingerprint: String,
}

/// Replace the key that signs the audit log
///
/// What the former key signed stays verifiable; its private half is deleted. Takes the operator's token
/// (`MILLRACE_OPERATOR_TOKEN`) instead of an API key.
#[utoipa::path(post, path = "/api/admin/audit/keys/rotate", tag = "audit", operation_id = "rotate_audit_key",
    responses((status = 200, description = "The new key", body = RotateAnswer), (status = 401, description = "Not the operator", body = Problem)))]
async fn rotate_key(State(app): State<App>, _: Operator) -> Result<Json<RotateAnswer>, ApiError> {
    let fingerprint = keys::rotate(app.platform(), &app.keyring, &Actor::System, app.clock.now()).await.map_err(ApiError::internal)?;
    Ok(Json(RotateAnswer { fingerprint }))
}
