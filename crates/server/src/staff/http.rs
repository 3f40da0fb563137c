//! `/api/admin/staff` for the operator, `/api/v1/admin/…/support-access` for staff, `/api/v1/support-access` for workspaces.

use axum::extract::State;
use http::StatusCode;
use millrace_ids::{SupportAccessId, TenantId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::limits::{TENANTS, USUAL_HOURS};
use super::model::{StaffMember, SupportAccess};
use super::service;
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{Operator, PersonMay, Staff, StaffRole, need};

/// The routes of staff and support access.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(members, decide)).routes(routes!(open)).routes(routes!(of_staff)).routes(routes!(leave)).routes(routes!(of_tenant)).routes(routes!(end))
}

/// A member of the operator's staff.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StaffAnswer {
    /// The person.
    user_id: UserId,
    /// Their address.
    email: String,
    /// What they work at.
    roles: Vec<StaffRole>,
    /// The workspaces they may ask support access to; `null` is all.
    tenants: Option<Vec<TenantId>>,
}

impl From<StaffMember> for StaffAnswer {
    fn from(m: StaffMember) -> Self {
        Self { user_id: m.user, email: m.email, roles: m.roles, tenants: m.tenants }
    }
}

/// What a person is among the staff.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct DecideStaff {
    /// The address of their account.
    email: String,
    /// What they work at; nothing ends it.
    roles: Vec<StaffRole>,
    /// The workspaces they may ask support access to; all, unless told.
    tenants: Option<Vec<TenantId>>,
}

/// List the staff
///
/// Takes the operator's token (`MILLRACE_OPERATOR_TOKEN`).
#[utoipa::path(get, path = "/api/admin/staff", tag = "staff", operation_id = "list_staff", responses((status = 200, description = "Everybody with a staff role", body = Page<StaffAnswer>)))]
async fn members(State(app): State<App>, _: Operator) -> Result<Json<Page<StaffAnswer>>, ApiError> {
    let data = service::members(&app).await?.into_iter().map(StaffAnswer::from).collect();
    Ok(Json(Page { data, next_cursor: None }))
}

/// Decide who is staff
///
/// Replaces the roles and workspaces of this person. Takes the operator's token (`MILLRACE_OPERATOR_TOKEN`).
#[utoipa::path(put, path = "/api/admin/staff", tag = "staff", operation_id = "decide_staff", request_body = DecideStaff,
    responses((status = 200, description = "As it is now", body = StaffAnswer), (status = 404, description = "Nobody has this address", body = Problem)))]
async fn decide(State(app): State<App>, _: Operator, Json(body): Json<DecideStaff>) -> Result<Json<StaffAnswer>, ApiError> {
    if body.tenants.as_ref().is_some_and(|named| named.len() > TENANTS) {
        return Err(ApiError::invalid("INVALID_REQUEST", "These are too many workspaces.").with_field("tenants", "INVALID_VALUE", format!("at most {TENANTS}; leave it out for all")));
    }
    Ok(Json(service::decide(&app, &body.email, &body.roles, body.tenants.as_deref()).await?.into()))
}

/// A look into a workspace.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SupportAccess)]
pub(crate) struct SupportAccessView {
    /// Its id: staff send it as `X-Support-Access` with their own access token.
    id: SupportAccessId,
    /// The workspace.
    tenant_id: TenantId,
    /// The member of staff.
    user_id: UserId,
    /// Their address.
    email: String,
    /// Why, in their words.
    reason: String,
    /// Whether it opens the workspace now.
    open: bool,
    /// Since when.
    created_at: String,
    /// Until when at most.
    expires_at: String,
    /// When somebody ended it before that.
    ended_at: Option<String>,
    /// Who did.
    ended_by_user_id: Option<UserId>,
}

fn view(app: &App, a: SupportAccess) -> SupportAccessView {
    SupportAccessView {
        open: a.is_open(app.clock.now()),
        id: a.id,
        tenant_id: a.tenant,
        user_id: a.user,
        email: a.email,
        reason: a.reason,
        created_at: a.created_at.to_string(),
        expires_at: a.expires_at.to_string(),
        ended_at: a.ended_at.map(|t| t.to_string()),
        ended_by_user_id: a.ended_by,
    }
}

/// Why and for how long.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct OpenSupportAccess {
    /// Why; the workspace reads it. 10 to 1000 characters.
    reason: String,
    /// How long, 1 to 4 hours; one, unless told.
    #[schema(minimum = 1, maximum = 4)]
    hours: Option<u32>,
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Ask for support access
///
/// For staff, to a workspace that was given to them. Send its id as `X-Support-Access` with the ordinary routes: they then act in
/// that workspace, looking only (`tenant_admin` also works). Each request is in the workspace's audit log.
#[utoipa::path(post, path = "/api/v1/admin/tenants/{tenant_id}/support-access", tag = "staff", operation_id = "open_support_access", request_body = OpenSupportAccess,
    params(("tenant_id" = String, Path, description = "The workspace")),
    responses((status = 201, description = "It is open", body = SupportAccessView), (status = 403, description = "`STAFF_ONLY`", body = Problem), (status = 404, description = "No such workspace, or not given to the caller", body = Problem)))]
async fn open(State(app): State<App>, staff: Staff, Path(tenant): Path<TenantId>, Json(body): Json<OpenSupportAccess>) -> Result<(StatusCode, Json<SupportAccessView>), ApiError> {
    let made = service::open(&app, &staff, &tenant, &body.reason, body.hours.unwrap_or(USUAL_HOURS)).await?;
    Ok((StatusCode::CREATED, Json(view(&app, made))))
}

/// List one's own support access
#[utoipa::path(get, path = "/api/v1/admin/support-access", tag = "staff", operation_id = "list_own_support_access", params(ListQuery),
    responses((status = 200, description = "Newest first", body = Page<SupportAccessView>)))]
async fn of_staff(State(app): State<App>, staff: Staff, Query(query): Query<ListQuery>) -> Result<Json<Page<SupportAccessView>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let before: Option<SupportAccessId> = page_cursor(query.cursor.as_deref())?;
    let found = service::of_staff(&app, &staff, before.as_ref(), limit + 1).await?;
    Ok(Json(Page::from_overfull(found, limit, |a| a.id.to_string()).map(|a| view(&app, a))))
}

/// End one's own support access
#[utoipa::path(delete, path = "/api/v1/admin/support-access/{id}", tag = "staff", operation_id = "leave_support_access", params(("id" = String, Path, description = "`sup_…`")),
    responses((status = 204, description = "It has ended"), (status = 404, description = "No such access of the caller", body = Problem)))]
async fn leave(State(app): State<App>, staff: Staff, Path(id): Path<SupportAccessId>) -> Result<StatusCode, ApiError> {
    service::leave(&app, &staff, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List support access to the workspace
///
/// Who of the operator's staff could or can look into it, why, and until when.
#[utoipa::path(get, path = "/api/v1/support-access", tag = "workspaces", operation_id = "list_support_access", params(ListQuery),
    responses((status = 200, description = "Newest first", body = Page<SupportAccessView>)))]
async fn of_tenant(State(app): State<App>, caller: PersonMay<need::SupportManage>, Query(query): Query<ListQuery>) -> Result<Json<Page<SupportAccessView>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let before: Option<SupportAccessId> = page_cursor(query.cursor.as_deref())?;
    let found = service::of_tenant(&app, &caller.tenant, before.as_ref(), limit + 1).await?;
    Ok(Json(Page::from_overfull(found, limit, |a| a.id.to_string()).map(|a| view(&app, a))))
}

/// End a support access to the workspace
///
/// At once, on every node.
#[utoipa::path(delete, path = "/api/v1/support-access/{id}", tag = "workspaces", operation_id = "end_support_access", params(("id" = String, Path, description = "`sup_…`")),
    responses((status = 204, description = "It has ended"), (status = 404, description = "No such access", body = Problem)))]
async fn end(State(app): State<App>, caller: PersonMay<need::SupportManage>, Path(id): Path<SupportAccessId>) -> Result<StatusCode, ApiError> {
    service::end(&app, &caller.tenant, &id, &caller.by).await?;
    Ok(StatusCode::NO_CONTENT)
}
