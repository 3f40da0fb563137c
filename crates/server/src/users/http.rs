//! `GET` and `PATCH /api/v1/users/me`.

use axum::extract::State;
use millrace_ids::{TenantId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::limits::NAME;
use super::{UserRecord, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, Json, Problem};
use crate::identity::{StaffRole, User};
use crate::{memberships, staff};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(me, rename))
}

/// A person as they see themselves.
#[derive(Debug, Serialize, ToSchema)]
struct MeAnswer {
    id: UserId,
    email: String,
    /// Empty when never told.
    name: String,
    /// `local` or `idp`.
    auth_provider: &'static str,
    email_verified: bool,
    status: &'static str,
    /// The workspace that this session acts in.
    tenant_id: Option<TenantId>,
    /// How many workspaces are open to the person.
    memberships: usize,
    /// Roles in looking after this installation; none for nearly everybody.
    staff: Vec<StaffRole>,
    created_at: String,
    last_login_at: Option<String>,
}

/// Yourself
#[utoipa::path(get, path = "/api/v1/users/me", tag = "sign-in", operation_id = "show_me",
    responses((status = 200, body = MeAnswer), (status = 401, description = "Not signed in", body = Problem)))]
async fn me(State(app): State<App>, user: User) -> Result<Json<MeAnswer>, ApiError> {
    let mut tx = app.platform().read().await?;
    let found = store::find(&mut tx, user.id()).await?.ok_or_else(ApiError::unauthorized)?;
    let memberships = memberships::list_of_user(&mut tx, user.id()).await?.len();
    drop(tx);
    let staff = staff::roles(&app, user.id()).await?;
    Ok(Json(answer(found, user.0.tenant, memberships, staff)))
}

/// What can be changed of oneself.
#[derive(Debug, Deserialize, ToSchema)]
struct MeRequest {
    /// Up to 100 characters.
    name: String,
}

/// Change your name
#[utoipa::path(patch, path = "/api/v1/users/me", tag = "sign-in", operation_id = "change_me", request_body = MeRequest,
    responses((status = 200, body = MeAnswer), (status = 400, description = "INVALID_NAME", body = Problem), (status = 401, description = "Not signed in", body = Problem)))]
async fn rename(State(app): State<App>, user: User, Json(body): Json<MeRequest>) -> Result<Json<MeAnswer>, ApiError> {
    let name = body.name.trim();
    if name.chars().count() > NAME || name.chars().any(char::is_control) {
        let message = format!("has up to {NAME} characters, none of them control characters");
        return Err(ApiError::invalid("INVALID_NAME", format!("A name {message}.")).with_field("name", "INVALID_NAME", message));
    }
    let now = app.clock.now();
    let staff = staff::roles(&app, user.id()).await?;
    let mut tx = app.platform().begin().await?;
    let before = store::lock(&mut tx, user.id()).await?.ok_or_else(ApiError::unauthorized)?;
    let memberships = memberships::list_of_user(&mut tx, user.id()).await?.len();
    if before.name != name {
        store::set_name(&mut tx, user.id(), name, now).await?;
        let entry = Entry::new(Action::UserUpdated, "user", user.id()).meta(serde_json::json!({"updated_fields": ["name"]}));
        audit::record(&mut tx, None, &user.actor(), entry, now).await?;
        tx.commit().await?;
    }
    Ok(Json(answer(UserRecord { name: name.to_owned(), ..before }, user.0.tenant, memberships, staff)))
}

fn answer(user: UserRecord, tenant_id: Option<TenantId>, memberships: usize, staff: Vec<StaffRole>) -> MeAnswer {
    MeAnswer {
        id: user.id,
        email: user.email.as_str().to_owned(),
        name: user.name,
        auth_provider: user.auth_provider.as_str(),
        email_verified: user.email_verified,
        status: user.status.as_str(),
        tenant_id,
        memberships,
        staff,
        created_at: user.created_at.to_string(),
        last_login_at: user.last_login_at.map(|at| at.to_string()),
    }
}
