//! `GET /api/tenants/current/quotas`, `PUT /api/admin/tenants/{tenant_id}/quotas`.

use axum::extract::State;
use http::{HeaderMap, header};
use millrace_ids::TenantId;
use serde::Serialize;
use subtle::ConstantTimeEq as _;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Limits, Use};
use crate::app::App;
use crate::http::{ApiError, Caller, Json, Path, Problem};

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
async fn show(State(app): State<App>, caller: Caller) -> Result<Json<QuotasAnswer>, ApiError> {
    answer(&app, caller.tenant).await
}

/// A workspace's quotas, for the operator
///
/// Takes the operator's token (`MILLRACE_OPERATOR_TOKEN`) instead of an API key.
#[utoipa::path(get, path = "/api/admin/tenants/{tenant_id}/quotas", tag = "server", operation_id = "show_tenant_quotas", params(("tenant_id" = String, Path, description = "The workspace")),
    responses((status = 200, description = "The quotas", body = QuotasAnswer), (status = 401, description = "Not the operator", body = Problem), (status = 404, description = "No such workspace", body = Problem)))]
async fn show_any(State(app): State<App>, headers: HeaderMap, Path(tenant): Path<TenantId>) -> Result<Json<QuotasAnswer>, ApiError> {
    operator(&app, &headers)?;
    let mut tx = app.db.read().await?;
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
async fn decide(State(app): State<App>, headers: HeaderMap, Path(tenant): Path<TenantId>, Json(limits): Json<Limits>) -> Result<Json<QuotasAnswer>, ApiError> {
    operator(&app, &headers)?;
    app.quotas.decide(&tenant, &limits, app.clock.now()).await?;
    answer(&app, tenant).await
}

async fn answer(app: &App, tenant: TenantId) -> Result<Json<QuotasAnswer>, ApiError> {
    let (limits, usage) = app.quotas.show(&tenant).await?;
    Ok(Json(QuotasAnswer { tenant_id: tenant, limits, usage }))
}

/// Refuses everybody but the operator: a workspace's own keys, whatever their role, never change its quotas.
fn operator(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()).and_then(|text| text.split_once(' '));
    let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    let is = |token: &crate::config::Token| given.is_some_and(|text| text.as_bytes().ct_eq(token.as_bytes()).into());
    if app.config.quotas.operator_token.as_ref().is_some_and(is) {
        return Ok(());
    }
    let hint = "Set MILLRACE_OPERATOR_TOKEN on the server and send it as a bearer token.";
    Err(ApiError { hint: Some(hint.to_owned()), ..ApiError::unauthorized() })
}
