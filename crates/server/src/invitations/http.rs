//! Routes of invitations, for those who manage members.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use millrace_clock::Timestamp;
use millrace_ids::{InvitationId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::Invitation;
use super::{accept_http, service, store};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{PersonMay, Role, need};
use crate::users::invalid_email;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(invite)).routes(routes!(list)).routes(routes!(resend)).routes(routes!(revoke)).merge(accept_http::routes())
}

/// Whom to invite.
#[derive(Debug, Deserialize, ToSchema)]
struct InviteRequest {
    email: String,
    /// `admin`, `member`, `viewer` or `billing`.
    role: String,
}

/// An invitation.
#[derive(Debug, Serialize, ToSchema)]
struct InvitationAnswer {
    invitation_id: InvitationId,
    email: String,
    role: &'static str,
    /// `pending`, `accepted`, `revoked` or `expired`.
    status: &'static str,
    invited_by: UserId,
    created_at: String,
    expires_at: String,
    accepted_at: Option<String>,
}

fn answer(invitation: Invitation, now: Timestamp) -> InvitationAnswer {
    InvitationAnswer {
        status: invitation.state(now),
        invitation_id: invitation.id,
        email: invitation.email.as_str().to_owned(),
        role: invitation.role.as_str(),
        invited_by: invitation.invited_by,
        created_at: invitation.created_at.to_string(),
        expires_at: invitation.expires_at.to_string(),
        accepted_at: invitation.accepted_at.map(|at| at.to_string()),
    }
}

/// Invite somebody
///
/// A mail with a link goes to the address. One that waits for it already is taken back.
#[utoipa::path(post, path = "/api/v1/workspace/users/invite", tag = "workspaces", operation_id = "invite", request_body = InviteRequest,
    responses((status = 201, body = InvitationAnswer), (status = 400, description = "INVALID_ROLE, INVALID_EMAIL", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem), (status = 409, description = "ALREADY_MEMBER, AUTH_PROVIDER_MISMATCH", body = Problem)))]
async fn invite(State(app): State<App>, caller: PersonMay<need::MembersManage>, Json(body): Json<InviteRequest>) -> Result<Response, ApiError> {
    let role: Option<Role> = body.role.parse().ok().filter(|role| *role != Role::Owner);
    let role = role.ok_or_else(|| ApiError::invalid("INVALID_ROLE", "People cannot be invited to this role.").with_field("role", "INVALID_ROLE", "is admin, member, viewer or billing"))?;
    let email = body.email.parse().map_err(invalid_email)?;
    let invitation = service::invite(&app, &caller, &email, role).await?;
    Ok((StatusCode::CREATED, Json(answer(invitation, app.clock.now()))).into_response())
}

#[derive(Debug, Deserialize, IntoParams)]
struct ListQuery {
    /// How many, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Invitations of this workspace
#[utoipa::path(get, path = "/api/v1/workspace/invitations", tag = "workspaces", operation_id = "list_invitations", params(ListQuery),
    responses((status = 200, description = "The newest first", body = Page<InvitationAnswer>), (status = 400, description = "Not a cursor or limit", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "Not allowed", body = Problem)))]
async fn list(State(app): State<App>, caller: PersonMay<need::MembersManage>, Query(query): Query<ListQuery>) -> Result<Json<Page<InvitationAnswer>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let before = page_cursor::<InvitationId>(query.cursor.as_deref())?;
    let found = store::list(&mut app.of(&caller.tenant).read().await?, &caller.tenant, before.as_ref(), limit + 1).await?;
    let now = app.clock.now();
    Ok(Json(Page::from_overfull(found, limit, |invitation| invitation.id.to_string()).map(|invitation| answer(invitation, now))))
}

/// Send an invitation again
///
/// With a new link, good for another week; the one before is good no more.
#[utoipa::path(post, path = "/api/v1/workspace/invitations/{id}/resend", tag = "workspaces", operation_id = "resend_invitation", params(("id" = String, Path, description = "The invitation")),
    responses((status = 200, body = InvitationAnswer), (status = 400, description = "INVITATION_INVALID: accepted or taken back", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem), (status = 404, description = "No such invitation", body = Problem)))]
async fn resend(State(app): State<App>, caller: PersonMay<need::MembersManage>, Path(id): Path<InvitationId>) -> Result<Json<InvitationAnswer>, ApiError> {
    Ok(Json(answer(service::resend(&app, &caller, &id).await?, app.clock.now())))
}

/// Take an invitation back
#[utoipa::path(delete, path = "/api/v1/workspace/invitations/{id}", tag = "workspaces", operation_id = "revoke_invitation", params(("id" = String, Path, description = "The invitation")),
    responses((status = 204, description = "Taken back"), (status = 400, description = "INVITATION_INVALID: accepted already", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem), (status = 404, description = "No such invitation", body = Problem)))]
async fn revoke(State(app): State<App>, caller: PersonMay<need::MembersManage>, Path(id): Path<InvitationId>) -> Result<StatusCode, ApiError> {
    service::revoke(&app, &caller, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
