//! Routes of members.

use axum::extract::State;
use http::StatusCode;
use millrace_ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::Listed;
use super::model::MembershipStatus;
use super::{deactivate as door, service, store};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{May, PersonMay, Role, need};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(change, remove)).routes(routes!(deactivate)).routes(routes!(reactivate))
}

/// A member.
#[derive(Debug, Serialize, ToSchema)]
struct MemberAnswer {
    user_id: UserId,
    email: String,
    /// Empty when never told.
    name: String,
    role: &'static str,
    /// `active`, or `deactivated`: the door is closed for now.
    status: &'static str,
    joined_at: String,
    last_login_at: Option<String>,
}

impl From<Listed> for MemberAnswer {
    fn from(listed: Listed) -> Self {
        Self {
            user_id: listed.membership.user,
            email: listed.email,
            name: listed.name,
            role: listed.membership.role.as_str(),
            status: if listed.membership.status == MembershipStatus::Active { "active" } else { "deactivated" },
            joined_at: listed.membership.created_at.to_string(),
            last_login_at: listed.last_login_at.map(|at| at.to_string()),
        }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
struct ListQuery {
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Members of this workspace
#[utoipa::path(get, path = "/api/v1/workspace/users", tag = "workspaces", operation_id = "list_members", params(ListQuery),
    responses((status = 200, body = Page<MemberAnswer>), (status = 400, description = "Not a cursor or limit", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem)))]
async fn list(State(app): State<App>, caller: May<need::MembersRead>, Query(query): Query<ListQuery>) -> Result<Json<Page<MemberAnswer>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let before = page_cursor::<UserId>(query.cursor.as_deref())?;
    let found = store::list_of_tenant(&mut app.of(&caller.tenant).read().await?, &caller.tenant, before.as_ref(), limit + 1).await?;
    Ok(Json(Page::from_overfull(found, limit, |listed| listed.membership.user.to_string()).map(MemberAnswer::from)))
}

/// A member's next role.
#[derive(Debug, Deserialize, ToSchema)]
struct RoleRequest {
    /// `owner`, `admin`, `member`, `viewer` or `billing`.
    role: String,
}

/// Change a member's role
///
/// Only an owner changes owners and makes new ones; the last owner stays.
#[utoipa::path(patch, path = "/api/v1/workspace/users/{user_id}", tag = "workspaces", operation_id = "change_member", params(("user_id" = String, Path, description = "The member")), request_body = RoleRequest,
    responses((status = 204, description = "Changed"), (status = 400, description = "INVALID_ROLE", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem), (status = 404, description = "No such member", body = Problem), (status = 409, description = "LAST_OWNER", body = Problem)))]
async fn change(State(app): State<App>, caller: PersonMay<need::MembersManage>, Path(user): Path<UserId>, Json(body): Json<RoleRequest>) -> Result<StatusCode, ApiError> {
    let role: Role = body.role.parse().map_err(|_| ApiError::invalid("INVALID_ROLE", "There is no such role.").with_field("role", "INVALID_ROLE", "is owner, admin, member, viewer or billing"))?;
    service::change_role(&app, &caller, &user, role).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove a member
///
/// Everybody may leave; removing others takes the permission `members.manage`. The last owner stays.
#[utoipa::path(delete, path = "/api/v1/workspace/users/{user_id}", tag = "workspaces", operation_id = "remove_member", params(("user_id" = String, Path, description = "The member")),
    responses((status = 204, description = "Removed"), (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such member", body = Problem), (status = 409, description = "LAST_OWNER", body = Problem)))]
async fn remove(State(app): State<App>, caller: PersonMay<need::WorkspaceRead>, Path(user): Path<UserId>) -> Result<StatusCode, ApiError> {
    service::remove(&app, &caller, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deactivate a member
///
/// They cannot enter until somebody reactivates them; their role waits. The last owner stays, and only an owner deactivates owners.
#[utoipa::path(post, path = "/api/v1/workspace/users/{user_id}/deactivate", tag = "workspaces", operation_id = "deactivate_member", params(("user_id" = String, Path, description = "The member")),
    responses((status = 204, description = "The door is closed"), (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such member", body = Problem), (status = 409, description = "LAST_OWNER", body = Problem)))]
async fn deactivate(State(app): State<App>, caller: PersonMay<need::MembersManage>, Path(user): Path<UserId>) -> Result<StatusCode, ApiError> {
    door::deactivate(&app, &caller, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Reactivate a member
///
/// With the role they had. Only an owner reactivates owners.
#[utoipa::path(post, path = "/api/v1/workspace/users/{user_id}/reactivate", tag = "workspaces", operation_id = "reactivate_member", params(("user_id" = String, Path, description = "The member")),
    responses((status = 204, description = "The door is open"), (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "Not allowed", body = Problem),
        (status = 404, description = "No such member", body = Problem)))]
async fn reactivate(State(app): State<App>, caller: PersonMay<need::MembersManage>, Path(user): Path<UserId>) -> Result<StatusCode, ApiError> {
    door::reactivate(&app, &caller, &user).await?;
    Ok(StatusCode::NO_CONTENT)
}
