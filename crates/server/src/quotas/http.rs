//! `GET /api/tenants/current/quotas`, `PUT /api/admin/tenants/{tenant_id}/quotas`.

use axum::extract::State;
use millrace_ids::TenantId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Limits, Use};
use crate::app::App;
use crate::http::{ApiError, Json, Path, Problem};
use crate::identity::{May, Operator, need};

/// The routes of quotas.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(show_any, decide))
}

/// A workspace's quotas.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuotasAnswer {
    /// The workspace.
    tenant_id: TenantId,
    /// What it may use at most; `null` is not limited, or by the node alone.
    limits: Limits,
    /// What it uses now.
    usage: Use,
}

/// The caller's quotas
///
/// What the workspace may use at most, and what it uses now.
#[utoipa::path(get, path = "/api/tenants/current/quotas", tag = "server", operation_id = "show_quotas", responses((status = 200, description = "The quotas", body = QuotasAnswer)))]
async fn show(State(app): State<App>, caller: May<need::WorkspaceRead>) -> Result<Json<QuotasAnswer>, ApiError> {
    answer(&app, caller.0.tenant).await
}

/// A workspace's quotas, for the operator
///
/// Takes the operator's token (`MILLRACE_OPERATOR_TOKEN`) instead of an API key.
#[utoipa::path(get, path = "/api/admin/tenants/{tenant_id}/quotas", tag = "server", operation_id = "show_tenant_quotas", params(("tenant_id" = String, Path, description = "The workspace")),
    responses((status = 200, description = "The quotas", body = QuotasAnswer), (status = 401, description = "Not the operator", body = Problem), (status = 404, description = "No such workspace", body = Problem)))]
async fn show_any(State(app): State<App>, _: Operator, Path(tenant): Path<TenantId>) -> Result<Json<QuotasAnswer>, ApiError> {
    let mut tx = app.platform().read().await?;
    if !super::store::exists(&mut tx, &tenant).await? {
        return Err(ApiError::not_found("workspace"));
    }
    drop(tx);
    answer(&app, tenant).await
}

/// Decide a workspace's quotas
///
/// Replaces all of them; what is absent or `null` goes back to the default. In force on every node within five seconds.
/// Takes the operator's token (`MILLRACE_OPERATOR_TOKEN`) instead of an API key.
#[utoipa::path(put, path = "/api/admin/tenants/{tenant_id}/quotas", tag = "server", operation_id = "decide_quotas", request_body = Limits, params(("tenant_id" = String, Path, description = "The workspace")),
    responses((status = 200, description = "As they are now", body = QuotasAnswer), (status = 400, description = "A limit is out of range", body = Problem),
        (status = 401, description = "Not the operator", body = Problem), (status = 404, description = "No such workspace", body = Problem)))]
async fn decide(State(app): State<App>, _: Operator, Path(tenant): Path<TenantId>, Json(limits): Json<Limits>) -> Result<Json<QuotasAnswer>, ApiError> {
    app.quotas.decide(&tenant, &limits, app.clock.now()).await?;
    answer(&app, tenant).await
}

async fn answer(app: &App, tenant: TenantId) -> Result<Json<QuotasAnswer>, ApiError> {
    let (limits, usage) = app.quotas.show(&tenant).await?;
    Ok(Json(QuotasAnswer { tenant_id: tenant, limits, usage }))
}
