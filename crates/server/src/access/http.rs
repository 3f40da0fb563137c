//! `/api/marketplace/{id}/access` and `/redeem`; `/api/developer/workflows/{id}/grants` (seed 001).

use axum::extract::State;
use http::StatusCode;
use millrace_ids::{GrantId, RedemptionId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::grants::{self, Change, NewGrant};
use super::model::{Decision, Grant, GrantKind, Reason, Via};
use super::redeem::{self, Redeemed};
use super::service::{self, Who};
use super::value;
use crate::app::{App, Parts};
use crate::http::{ApiError, ClientAddress, Json, Page, Path, Problem, Query, page_cursor, page_limit, said};
use crate::identity::{May, User, Visitor, need};
use crate::marketplace::{self, CredentialMode, Listing, Visibility};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(show_access))
        .routes(routes!(redeem_code))
        .routes(routes!(redeem_any))
        .routes(routes!(list, create))
        .routes(routes!(change, revoke))
        .merge(super::granted_http::routes())
}

/// Where a workflow is installed by a person.
pub(crate) fn install_url(app: &Parts, listing: &Listing) -> String {
    let family = if listing.visibility == Visibility::Private { "workflows/private" } else { "workflows" };
    format!("{}/{family}/{}", app.config.public_url(), listing.slug)
}

/// Whether the caller has access to a workflow.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccessAnswer {
    /// Whether they may install and use it.
    pub has_access: bool,
    /// Why they may.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// Why they may not: `AUTH_REQUIRED`, `EMAIL_NOT_VERIFIED`, `ACCESS_DENIED`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Whether an access code could open it.
    pub redeemable: bool,
    /// Who finds it.
    pub visibility: Visibility,
    /// Whose OAuth app connects accounts.
    pub credential_mode: CredentialMode,
    /// What whoever installs must bring of their own: the module's `byoo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub byoo: Option<Value>,
    /// Where it is installed.
    pub install_url: String,
}

/// Check access
///
/// Answers 200 also when there is none: the address of a private workflow admits that it exists, and says how to get in.
#[utoipa::path(get, path = "/api/marketplace/{id}/access", tag = "marketplace", operation_id = "check_access",
    params(("id" = String, Path, description = "`wf_…`, or the word in its address")), security((), ("api_key" = [])),
    responses((status = 200, body = AccessAnswer), (status = 404, description = "There is no such workflow, or it is not published", body = Problem)))]
async fn show_access(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Result<Json<AccessAnswer>, ApiError> {
    let mut tx = app.platform().read().await?;
    let listing = marketplace::service::find(&mut tx, &id).await?.ok_or_else(|| ApiError::not_found("workflow"))?;
    drop(tx);
    let answer = service::check(&app, &Who::visiting(&visitor), &listing).await?;
    let denied = answer.decision.denied();
    if denied.is_some_and(|denied| denied.reason == Reason::NotFound) {
        return Err(ApiError::not_found("workflow"));
    }
    Ok(Json(AccessAnswer {
        has_access: answer.decision.is_allowed(),
        via: if let Decision::Allowed(via, _) = answer.decision { Some(via) } else { None },
        reason: denied.map(|denied| denied.reason.code()),
        redeemable: denied.is_some_and(|denied| denied.redeemable),
        visibility: listing.visibility,
        credential_mode: listing.credential_mode,
        byoo: listing.metadata.get("byoo").filter(|byoo| byoo.is_object()).cloned(),
        install_url: install_url(&app, &listing),
    }))
}

/// An access code.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemRequest {
    /// The code; case and spaces around it do not matter.
    #[serde(alias = "accessCode", alias = "code")]
    #[schema(example = "PREMIUM2024")]
    pub access_code: String,
}

/// What a code opened.
#[derive(Debug, Serialize, ToSchema)]
pub struct RedeemAnswer {
    /// True.
    pub success: bool,
    /// True: the workflow can be installed now.
    pub has_access: bool,
    /// Why; `public` or `unlisted` when no code was needed.
    pub via: Via,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The code's grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_id: Option<GrantId>,
    /// The redemption.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redemption_id: Option<RedemptionId>,
    /// This person had redeemed it before; nothing was counted again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub already_redeemed: bool,
    /// Where it is installed.
    pub install_url: String,
}

/// Redeem an access code
#[utoipa::path(post, path = "/api/marketplace/{id}/redeem", tag = "marketplace", operation_id = "redeem_code", request_body = RedeemRequest,
    params(("id" = String, Path, description = "`wf_…`, or the word in its address")),
    responses(
        (status = 200, description = "Redeemed before, or no code was needed", body = RedeemAnswer),
        (status = 201, description = "Redeemed", body = RedeemAnswer),
        (status = 404, description = "`INVALID_CODE`: not a code of this workflow", body = Problem),
        (status = 409, description = "`CODE_EXHAUSTED`", body = Problem),
        (status = 410, description = "`CODE_EXPIRED`, `CODE_REVOKED`", body = Problem),
        (status = 429, description = "Ten wrong codes in ten minutes", body = Problem),
    ))]
async fn redeem_code(State(app): State<App>, user: User, address: ClientAddress, Path(id): Path<String>, Json(request): Json<RedeemRequest>) -> Result<(StatusCode, Json<RedeemAnswer>), ApiError> {
    answer(&app, redeem::redeem(&app, &user, address, Some(&id), &request.access_code).await?)
}

/// Redeem an access code of a share link
///
/// The link carries the code only; the workflow follows from it. A code that several workflows have must be redeemed at one of them.
#[utoipa::path(post, path = "/api/marketplace/redeem", tag = "marketplace", operation_id = "redeem_any_code", request_body = RedeemRequest,
    responses(
        (status = 200, description = "Redeemed before", body = RedeemAnswer),
        (status = 201, description = "Redeemed", body = RedeemAnswer),
        (status = 404, description = "`INVALID_CODE`", body = Problem),
        (status = 409, description = "`CODE_EXHAUSTED`", body = Problem),
        (status = 410, description = "`CODE_EXPIRED`, `CODE_REVOKED`", body = Problem),
        (status = 429, description = "Ten wrong codes in ten minutes", body = Problem),
    ))]
async fn redeem_any(State(app): State<App>, user: User, address: ClientAddress, Json(request): Json<RedeemRequest>) -> Result<(StatusCode, Json<RedeemAnswer>), ApiError> {
    answer(&app, redeem::redeem(&app, &user, address, None, &request.access_code).await?)
}

fn answer(app: &App, done: Redeemed) -> Result<(StatusCode, Json<RedeemAnswer>), ApiError> {
    let status = if done.again || done.grant.is_none() { StatusCode::OK } else { StatusCode::CREATED };
    let answer = RedeemAnswer {
        success: true,
        has_access: true,
        via: done.via,
        workflow_id: done.listing.id.clone(),
        grant_id: done.grant,
        redemption_id: done.redemption,
        already_redeemed: done.again,
        install_url: install_url(app, &done.listing),
    };
    Ok((status, Json(answer)))
}

/// A grant.
#[derive(Debug, Serialize, ToSchema)]
pub struct GrantAnswer {
    /// Its id.
    pub id: GrantId,
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// How it says whom it means.
    pub grant_type: GrantKind,
    /// Whom; of a code, what may be shown of it.
    pub grant_value: Value,
    /// The whole code: in the answer that made it, and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A link that opens the workflow with this code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_url: Option<String>,
    /// How many different people may take it up; null: any number.
    pub max_installs: Option<i64>,
    /// How many have.
    pub used: i64,
    /// From when on nobody new may.
    pub expires_at: Option<String>,
    /// For people.
    pub notes: Option<String>,
    /// `metadata`: the module states it. `api`: somebody made it.
    pub origin: String,
    /// The person or key that made it.
    pub granted_by: String,
    /// When it was made.
    pub created_at: String,
    /// When it was taken back.
    pub revoked_at: Option<String>,
}

fn shown(app: &App, grant: Grant, code: Option<String>) -> GrantAnswer {
    GrantAnswer {
        grant_value: value::public(grant.kind, &grant.value, grant.hint.as_deref()),
        share_url: code.as_ref().map(|code| format!("{}/install?code={code}", app.config.public_url())),
        code,
        id: grant.id,
        workflow_id: grant.workflow,
        grant_type: grant.kind,
        max_installs: grant.max_installs,
        used: grant.used,
        expires_at: grant.expires_at.map(|at| at.to_string()),
        notes: grant.notes,
        origin: grant.origin,
        granted_by: grant.granted_by,
        created_at: grant.created_at.to_string(),
        revoked_at: grant.revoked_at.map(|at| at.to_string()),
    }
}

/// Which grants to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GrantsQuery {
    /// Also those that were revoked.
    #[serde(default, alias = "includeRevoked")]
    pub include_revoked: bool,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Items of the page, 1 to 200; 50 by default.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// List grants
#[utoipa::path(get, path = "/api/developer/workflows/{id}/grants", tag = "developer", operation_id = "list_grants",
    params(("id" = String, Path, description = "`wf_…` or the id its module states"), GrantsQuery),
    responses((status = 200, description = "Newest first; codes are masked", body = Page<GrantAnswer>), (status = 404, body = Problem)))]
async fn list(State(app): State<App>, caller: May<need::WorkflowsRead>, Path(id): Path<String>, Query(query): Query<GrantsQuery>) -> Result<Json<Page<GrantAnswer>>, ApiError> {
    let before = page_cursor::<GrantId>(query.cursor.as_deref())?;
    let page = grants::list(&app, &caller.tenant, &id, query.include_revoked, before.as_ref(), page_limit(query.limit)?).await?;
    Ok(Json(page.map(|grant| shown(&app, grant, None))))
}

/// A grant to be made, in either spelling of the seeds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantRequest {
    /// `user`, `email`, `email_domain`, `organization`, `access_code`.
    #[serde(alias = "grantType", alias = "type")]
    #[schema(example = "email_domain")]
    pub grant_type: String,
    /// A user's id, an address, a domain, a workspace's id, a code. A code that is not given is made.
    #[serde(default, alias = "grantValue", alias = "value")]
    #[schema(example = "acme.com")]
    pub grant_value: Option<String>,
    /// How many different people may take it up.
    #[serde(default, alias = "maxInstalls")]
    #[schema(value_type = Option<i64>)]
    pub max_installs: Value,
    /// From when on nobody new may: a date (its end, UTC), an RFC 3339 instant, or seconds since 1970.
    #[serde(default, alias = "expiresAt")]
    #[schema(value_type = Option<String>)]
    pub expires_at: Value,
    /// For people.
    #[serde(default)]
    pub notes: Option<String>,
    /// Grants to a domain where everybody gets an address.
    #[serde(default)]
    pub force: bool,
}

/// Grant access
#[utoipa::path(post, path = "/api/developer/workflows/{id}/grants", tag = "developer", operation_id = "create_grant", request_body = GrantRequest,
    params(("id" = String, Path, description = "`wf_…` or the id its module states")),
    responses(
        (status = 201, description = "Made; a code is shown this once", body = GrantAnswer),
        (status = 400, description = "`INVALID_GRANT`", body = Problem),
        (status = 404, body = Problem),
        (status = 409, description = "`GRANT_EXISTS`, `TOO_MANY_GRANTS`", body = Problem),
    ))]
async fn create(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path(id): Path<String>, Json(request): Json<GrantRequest>) -> Result<(StatusCode, Json<GrantAnswer>), ApiError> {
    let GrantRequest { grant_type: kind, grant_value: value, max_installs, expires_at, notes, force } = request;
    let new = NewGrant { kind, value, max_installs, expires_at, notes, force };
    let (grant, code) = grants::create(&app, &caller.tenant, &caller.by, &id, new).await?;
    Ok((StatusCode::CREATED, Json(shown(&app, grant, code))))
}

/// What to change of a grant; what is absent stays, null removes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GrantChange {
    /// How many different people may take it up.
    #[serde(default, alias = "maxInstalls", deserialize_with = "said")]
    #[schema(value_type = Option<i64>)]
    pub max_installs: Option<Value>,
    /// From when on nobody new may.
    #[serde(default, alias = "expiresAt", deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub expires_at: Option<Value>,
    /// For people.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    pub notes: Option<Option<String>>,
}

/// Change a grant's limits
#[utoipa::path(patch, path = "/api/developer/workflows/{id}/grants/{grant_id}", tag = "developer", operation_id = "change_grant", request_body = GrantChange,
    params(("id" = String, Path, description = "`wf_…` or the id its module states"), ("grant_id" = String, Path, description = "`grant_…`")),
    responses(
        (status = 200, body = GrantAnswer),
        (status = 400, description = "`INVALID_GRANT`", body = Problem),
        (status = 404, body = Problem),
        (status = 409, description = "`LIMIT_BELOW_USED`", body = Problem),
    ))]
async fn change(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path((id, grant)): Path<(String, GrantId)>, Json(request): Json<GrantChange>) -> Result<Json<GrantAnswer>, ApiError> {
    let change = Change { max_installs: request.max_installs, expires_at: request.expires_at, notes: request.notes };
    let grant = grants::change(&app, &caller.tenant, &caller.by, &id, &grant, change).await?;
    Ok(Json(shown(&app, grant, None)))
}

/// Revoke a grant
///
/// What was installed by it and by nothing else stops within a second: its runs that have not begun or that wait end as `skipped`
/// with `access_revoked`, its triggers start nothing. Revoking twice is revoking once.
#[utoipa::path(delete, path = "/api/developer/workflows/{id}/grants/{grant_id}", tag = "developer", operation_id = "revoke_grant",
    params(("id" = String, Path, description = "`wf_…` or the id its module states"), ("grant_id" = String, Path, description = "`grant_…`")),
    responses((status = 204, description = "Revoked"), (status = 404, body = Problem)))]
async fn revoke(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path((id, grant)): Path<(String, GrantId)>) -> Result<StatusCode, ApiError> {
    grants::revoke(&app, &caller.tenant, &caller.by, &id, &grant).await?;
    Ok(StatusCode::NO_CONTENT)
}
