//! `/api/v1/workspace/sso/domains`, and the operator's word for a domain.

use axum::extract::State;
use http::StatusCode;
use millrace_ids::TenantId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::domains::{self, Domain};
use super::store;
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem};
use crate::identity::{Actor, Operator, PersonMay, Role, need};
use crate::rate_limits::Rule;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, add)).routes(routes!(remove)).routes(routes!(verify)).routes(routes!(vouch))
}

/// A domain of a workspace.
#[derive(Debug, Serialize, ToSchema)]
struct DomainAnswer {
    domain: String,
    /// What people of the domain become who sign in for the first time; null: they do not join by themselves.
    default_role: Option<&'static str>,
    /// When it was shown to be the workspace's; null: it does not count yet.
    verified_at: Option<String>,
    /// `dns` or `operator`.
    verified_by: Option<String>,
    /// Since when the TXT record has not been found; after seven days the domain does not count any more.
    record_missing_since: Option<String>,
    /// When the domain stopped to count because of that; it counts again once the record is back.
    lapsed_at: Option<String>,
    /// The name of the TXT record that shows it.
    record_name: String,
    /// The text of that record.
    record_text: String,
    created_at: String,
}

impl From<Domain> for DomainAnswer {
    fn from(domain: Domain) -> Self {
        Self {
            record_name: domain.record_name(),
            record_text: domain.record_text(),
            default_role: domain.default_role.map(Role::as_str),
            verified_at: domain.verified_at.map(|at| at.to_string()),
            verified_by: domain.verified_by,
            record_missing_since: domain.missing_since.map(|at| at.to_string()),
            lapsed_at: domain.lapsed_at.map(|at| at.to_string()),
            created_at: domain.created_at.to_string(),
            domain: domain.name,
        }
    }
}

/// A domain to be added.
#[derive(Debug, Deserialize, ToSchema)]
struct DomainRequest {
    /// Such as `example.com`; domains below it are others.
    domain: String,
    /// `viewer`, `member` or `billing`, the first unless told.
    default_role: Option<String>,
    /// Whether people of the domain who have no workspace join when they sign in; they do unless told.
    auto_join: Option<bool>,
}

/// List domains
#[utoipa::path(get, path = "/api/v1/workspace/sso/domains", tag = "workspaces", operation_id = "list_domains",
    responses((status = 200, body = Page<DomainAnswer>), (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "Not allowed", body = Problem)))]
async fn list(State(app): State<App>, caller: PersonMay<need::WorkspaceManage>) -> Result<Json<Page<DomainAnswer>>, ApiError> {
    let data = store::domains(&mut app.of(&caller.tenant).read().await?, &caller.tenant).await?.into_iter().map(DomainAnswer::from).collect();
    Ok(Json(Page { data, next_cursor: None }))
}

/// Add a domain
///
/// It counts once it is verified. Adding it again changes what its people become.
#[utoipa::path(post, path = "/api/v1/workspace/sso/domains", tag = "workspaces", operation_id = "add_domain", request_body = DomainRequest,
    responses((status = 201, body = DomainAnswer), (status = 400, description = "INVALID_DOMAIN, INVALID_ROLE, INVALID_REQUEST", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem)))]
async fn add(State(app): State<App>, caller: PersonMay<need::WorkspaceManage>, Json(body): Json<DomainRequest>) -> Result<(StatusCode, Json<DomainAnswer>), ApiError> {
    let name = domains::name(&body.domain)?;
    let role = domains::role(body.default_role.as_deref().unwrap_or("viewer"))?;
    let joins = body.auto_join.unwrap_or(true).then_some(role);
    Ok((StatusCode::CREATED, Json(domains::add(&app, &caller, &name, joins).await?.into())))
}

/// Remove a domain
///
/// People who came by it stay members; nobody else comes by it, and the workspace's provider is not believed for it any more:
/// whom it vouched for is signed out.
#[utoipa::path(delete, path = "/api/v1/workspace/sso/domains/{domain}", tag = "workspaces", operation_id = "remove_domain", params(("domain" = String, Path, description = "The domain")),
    responses((status = 204, description = "Removed"), (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "Not allowed", body = Problem), (status = 404, description = "No such domain", body = Problem)))]
async fn remove(State(app): State<App>, caller: PersonMay<need::WorkspaceManage>, Path(name): Path<String>) -> Result<StatusCode, ApiError> {
    domains::remove(&app, &caller, &name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Verify a domain
///
/// Looks for its TXT record.
#[utoipa::path(post, path = "/api/v1/workspace/sso/domains/{domain}/verify", tag = "workspaces", operation_id = "verify_domain", params(("domain" = String, Path, description = "The domain")),
    responses((status = 200, body = DomainAnswer), (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such domain", body = Problem), (status = 409, description = "DOMAIN_NOT_VERIFIED", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn verify(State(app): State<App>, caller: PersonMay<need::WorkspaceManage>, Path(name): Path<String>) -> Result<Json<DomainAnswer>, ApiError> {
    app.limits.check(Rule::AdminWrite, &caller.tenant)?;
    Ok(Json(domains::verify(&app, &caller, &name).await?.into()))
}

/// Vouch for a domain
///
/// As the operator, who knows whose it is. Takes the operator's token (`MILLRACE_OPERATOR_TOKEN`).
#[utoipa::path(post, path = "/api/admin/tenants/{tenant_id}/domains/{domain}/verify", tag = "workspaces", operation_id = "vouch_for_domain",
    params(("tenant_id" = String, Path, description = "The workspace"), ("domain" = String, Path, description = "The domain")),
    responses((status = 200, body = DomainAnswer), (status = 401, description = "Not the operator", body = Problem), (status = 404, description = "The workspace has not added this domain", body = Problem)))]
async fn vouch(State(app): State<App>, _: Operator, Path((tenant, name)): Path<(TenantId, String)>) -> Result<Json<DomainAnswer>, ApiError> {
    Ok(Json(domains::verified(&app, &tenant, &name, "operator", &Actor::System).await?.into()))
}
