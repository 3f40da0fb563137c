//! `GET /api/v1/admin/audit-logs`: the chain of what belongs to no workspace, for staff and the operator.

use axum::extract::State;
use axum::response::Response;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::filter::{self, ExportQuery, ListQuery};
use super::list::AuditRow;
use crate::app::App;
use crate::http::{ApiError, Json, Page, Problem, Query};
use crate::identity::Overseer;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list_installation)).routes(routes!(export_installation))
}

/// List what happened outside of workspaces, newest first
///
/// Sign-ups and sign-ins before the first workspace, staff and their roles, suspended and erased accounts, closed and deleted
/// workspaces, keys of the log. For staff (`ops_admin`, `admin`) and the operator. That somebody looked is recorded too.
#[utoipa::path(get, path = "/api/v1/admin/audit-logs", tag = "staff", operation_id = "list_installation_audit", params(ListQuery),
    responses((status = 200, body = Page<AuditRow>), (status = 400, description = "A filter makes no sense", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "`STAFF_ONLY`", body = Problem)))]
async fn list_installation(State(app): State<App>, overseer: Overseer, Query(query): Query<ListQuery>) -> Result<Json<Page<AuditRow>>, ApiError> {
    filter::page(&app, None, &overseer.by, query).await
}

/// Export the installation's audit log, signed
///
/// As `/api/v1/audit/export` does for a workspace; `millrace audit verify` proves it offline.
#[utoipa::path(get, path = "/api/v1/admin/audit-logs/export", tag = "staff", operation_id = "export_installation_audit", params(ExportQuery),
    responses((status = 200, description = "The export, line by line", body = String, content_type = "application/x-ndjson"),
        (status = 400, description = "The range makes no sense", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "`STAFF_ONLY`", body = Problem), (status = 429, description = "`RATE_LIMITED`", body = Problem)))]
async fn export_installation(State(app): State<App>, overseer: Overseer, Query(query): Query<ExportQuery>) -> Result<Response, ApiError> {
    filter::export(app, None, &overseer.by, &query).await
}
