//! `GET /api/v1/audit`, its export, and the keys that sign it.

use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::filter::{self, ExportQuery, ListQuery};
use super::list::AuditRow;
use super::{installation_http, keys};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Problem, Query};
use crate::identity::{Actor, May, Operator, need};

/// The routes of the audit log.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_rows)).routes(routes!(export_rows)).routes(routes!(show_keys)).routes(routes!(rotate_key)).merge(installation_http::routes()).merge(super::of_workflow::routes())
}

/// List what happened in the workspace, newest first
///
/// For owners and admins. That somebody looked is recorded too, once in a quarter of an hour for each caller.
#[utoipa::path(get, path = "/api/v1/audit", tag = "audit", operation_id = "list_audit", params(ListQuery),
    responses((status = 200, body = Page<AuditRow>), (status = 400, description = "A filter makes no sense", body = Problem), (status = 403, description = "Neither owner nor admin", body = Problem)))]
async fn list_rows(State(app): State<App>, caller: May<need::AuditRead>, Query(query): Query<ListQuery>) -> Result<Json<Page<AuditRow>>, ApiError> {
    filter::page(&app, Some(&caller.tenant), &caller.by, query).await
}

/// Export the audit log, signed
///
/// Lines of JSON: a header with range and public keys, the rows in order, and a signed trailer. `millrace audit verify`
/// proves offline that nothing was changed, left out or put in. The export is itself recorded. For owners and admins.
#[utoipa::path(get, path = "/api/v1/audit/export", tag = "audit", operation_id = "export_audit", params(ExportQuery),
    responses((status = 200, description = "The export, line by line", body = String, content_type = "application/x-ndjson"),
        (status = 400, description = "The range makes no sense", body = Problem), (status = 403, description = "Neither owner nor admin", body = Problem),
        (status = 429, description = "`RATE_LIMITED`", body = Problem)))]
async fn export_rows(State(app): State<App>, caller: May<need::AuditRead>, Query(query): Query<ExportQuery>) -> Result<Response, ApiError> {
    filter::export(app, Some(&caller.tenant), &caller.by, &query).await
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
