//! Closing, opening and deleting workspaces: `/api/v1/admin/tenants` for overseers, `/api/v1/workspace/delete` for owners.

use axum::extract::State;
use millrace_ids::TenantId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{Changed, TenantStatus, Workspace};
use super::{people_http, store, workspaces};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{Overseer, PersonMay, need};

/// The routes of leaving.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(suspend))
        .routes(routes!(deactivate))
        .routes(routes!(reactivate))
        .routes(routes!(delete))
        .routes(routes!(give_up))
        .merge(people_http::routes())
}

/// A workspace as overseers see it: nothing of what is in it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OverseenWorkspace)]
struct WorkspaceView {
    tenant_id: TenantId,
    workspace_name: String,
    workspace_slug: String,
    status: TenantStatus,
    /// Active ones.
    members: i64,
    created_at: String,
    deactivated_at: Option<String>,
    /// When it is deleted for good, if nobody reactivates it before.
    deleted_on: Option<String>,
    /// When it was deleted for good.
    deleted_at: Option<String>,
}

impl From<Workspace> for WorkspaceView {
    fn from(w: Workspace) -> Self {
        Self {
            deleted_on: w.deleted_on().map(|at| at.to_string()),
            tenant_id: w.id,
            workspace_name: w.name,
            workspace_slug: w.slug,
            status: w.status,
            members: w.members,
            created_at: w.created_at.to_string(),
            deactivated_at: w.deactivated_at.map(|at| at.to_string()),
            deleted_at: w.deleted_at.map(|at| at.to_string()),
        }
    }
}

/// What became of a workspace.
#[derive(Debug, Serialize, ToSchema)]
struct WorkspaceChange {
    #[serde(flatten)]
    workspace: WorkspaceView,
    /// Whether it was so before, and nothing was changed.
    already_applied: bool,
}

impl From<Changed<Workspace>> for WorkspaceChange {
    fn from(changed: Changed<Workspace>) -> Self {
        Self { workspace: changed.now.into(), already_applied: changed.already }
    }
}

/// Which workspaces to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListQuery {
    /// Only those of this state.
    status: Option<TenantStatus>,
    /// Only the one with this short name.
    slug: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct Reason {
    /// 10 to 1000 characters; it is in the audit log.
    pub reason: String,
}

/// What must be typed before a workspace goes.
#[derive(Debug, Deserialize, ToSchema)]
struct ConfirmSlug {
    /// Its short name, as it is.
    confirm_slug: String,
}

/// List all workspaces
///
/// For staff (`ops_admin`, `admin`) and the operator: names and states, nothing of what is in them.
#[utoipa::path(get, path = "/api/v1/admin/tenants", tag = "staff", operation_id = "list_all_workspaces", params(ListQuery),
    responses((status = 200, description = "Newest first", body = Page<WorkspaceView>), (status = 400, description = "A parameter makes no sense", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "`STAFF_ONLY`", body = Problem)))]
async fn list(State(app): State<App>, _: Overseer, Query(query): Query<ListQuery>) -> Result<Json<Page<WorkspaceView>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let before: Option<TenantId> = page_cursor(query.cursor.as_deref())?;
    let found = store::workspaces(&mut app.platform().read().await?, query.status, query.slug.as_deref(), before.as_ref(), limit + 1).await?;
    Ok(Json(Page::from_overfull(found, limit, |w| w.id.to_string()).map(WorkspaceView::from)))
}

/// Show a workspace from outside
#[utoipa::path(get, path = "/api/v1/admin/tenants/{tenant_id}", tag = "staff", operation_id = "show_any_workspace", params(("tenant_id" = String, Path, description = "The workspace")),
    responses((status = 200, body = WorkspaceView), (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "`STAFF_ONLY`", body = Problem),
        (status = 404, description = "WORKSPACE_NOT_FOUND", body = Problem)))]
async fn show(State(app): State<App>, _: Overseer, Path(tenant): Path<TenantId>) -> Result<Json<WorkspaceView>, ApiError> {
    Ok(Json(workspaces::find(&app, &tenant).await?.into()))
}

/// Suspend a workspace
///
/// Everything stays and nothing happens: nobody gets in, webhooks are refused, schedules skip, runs rest where they are. In force
/// on every node within a second, until it is reactivated.
#[utoipa::path(post, path = "/api/v1/admin/tenants/{tenant_id}/suspend", tag = "staff", operation_id = "suspend_workspace", request_body = Reason,
    params(("tenant_id" = String, Path, description = "The workspace")),
    responses((status = 200, body = WorkspaceChange), (status = 400, description = "The reason is too short", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "`STAFF_ONLY`", body = Problem), (status = 404, description = "WORKSPACE_NOT_FOUND", body = Problem), (status = 409, description = "WORKSPACE_STATE", body = Problem),
        (status = 429, description = "`RATE_LIMITED`", body = Problem)))]
async fn suspend(State(app): State<App>, overseer: Overseer, Path(tenant): Path<TenantId>, Json(body): Json<Reason>) -> Result<Json<WorkspaceChange>, ApiError> {
    Ok(Json(workspaces::suspend(&app, &overseer, &tenant, &body.reason).await?.into()))
}

/// Deactivate a workspace
///
/// As suspending it; and after 30 days it is deleted for good.
#[utoipa::path(post, path = "/api/v1/admin/tenants/{tenant_id}/deactivate", tag = "staff", operation_id = "deactivate_workspace", request_body = Reason,
    params(("tenant_id" = String, Path, description = "The workspace")),
    responses((status = 200, body = WorkspaceChange), (status = 400, description = "The reason is too short", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "`STAFF_ONLY`", body = Problem), (status = 404, description = "WORKSPACE_NOT_FOUND", body = Problem), (status = 409, description = "WORKSPACE_STATE", body = Problem),
        (status = 429, description = "`RATE_LIMITED`", body = Problem)))]
async fn deactivate(State(app): State<App>, overseer: Overseer, Path(tenant): Path<TenantId>, Json(body): Json<Reason>) -> Result<Json<WorkspaceChange>, ApiError> {
    Ok(Json(workspaces::deactivate(&app, &overseer, &tenant, &body.reason).await?.into()))
}

/// Reactivate a workspace
///
/// A suspended one, or one that was deactivated less than 30 days ago. Its runs go on where they were.
#[utoipa::path(post, path = "/api/v1/admin/tenants/{tenant_id}/reactivate", tag = "staff", operation_id = "reactivate_workspace", request_body = Reason,
    params(("tenant_id" = String, Path, description = "The workspace")),
    responses((status = 200, body = WorkspaceChange), (status = 400, description = "The reason is too short", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "`STAFF_ONLY`", body = Problem), (status = 404, description = "WORKSPACE_NOT_FOUND", body = Problem), (status = 409, description = "WORKSPACE_STATE", body = Problem),
        (status = 429, description = "`RATE_LIMITED`", body = Problem)))]
async fn reactivate(State(app): State<App>, overseer: Overseer, Path(tenant): Path<TenantId>, Json(body): Json<Reason>) -> Result<Json<WorkspaceChange>, ApiError> {
    Ok(Json(workspaces::reactivate(&app, &overseer, &tenant, &body.reason).await?.into()))
}

/// Delete a deactivated workspace for good
///
/// Happens by itself 30 days after it was deactivated; not before.
#[utoipa::path(post, path = "/api/v1/admin/tenants/{tenant_id}/delete", tag = "staff", operation_id = "delete_any_workspace", request_body = ConfirmSlug,
    params(("tenant_id" = String, Path, description = "The workspace")),
    responses((status = 200, body = WorkspaceChange), (status = 400, description = "CONFIRMATION_WRONG", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "`STAFF_ONLY`", body = Problem), (status = 404, description = "WORKSPACE_NOT_FOUND", body = Problem), (status = 409, description = "WORKSPACE_STATE", body = Problem),
        (status = 429, description = "`RATE_LIMITED`", body = Problem)))]
async fn delete(State(app): State<App>, overseer: Overseer, Path(tenant): Path<TenantId>, Json(body): Json<ConfirmSlug>) -> Result<Json<WorkspaceChange>, ApiError> {
    Ok(Json(workspaces::delete(&app, &overseer, &tenant, &body.confirm_slug).await?.into()))
}

/// Delete this workspace
///
/// For owners. It is closed at once, for everybody, and deleted for good after 30 days; until then the operator can reactivate it.
#[utoipa::path(post, path = "/api/v1/workspace/delete", tag = "workspaces", operation_id = "delete_workspace", request_body = ConfirmSlug,
    responses((status = 200, body = WorkspaceView), (status = 400, description = "CONFIRMATION_WRONG", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not an owner", body = Problem), (status = 409, description = "WORKSPACE_STATE", body = Problem)))]
async fn give_up(State(app): State<App>, caller: PersonMay<need::WorkspaceDelete>, Json(body): Json<ConfirmSlug>) -> Result<Json<WorkspaceView>, ApiError> {
    Ok(Json(workspaces::give_up(&app, &caller, &body.confirm_slug).await?.into()))
}
