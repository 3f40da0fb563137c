//! Suspending, letting in again and erasing people: `/api/v1/admin/users` for platform admins, `/api/v1/users/me/erase` for oneself.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use millrace_ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::http::Reason;
use super::model::{Account, Changed};
use super::{erase, people};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query};
use crate::identity::{PlatformAdmin, User};
use crate::passwords::Password;
use crate::second_factor::{PasskeyAnswer, Proof};
use crate::sessions::cookies;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(find)).routes(routes!(show)).routes(routes!(suspend)).routes(routes!(reactivate)).routes(routes!(erase_any)).routes(routes!(erase_me))
}

/// A person as platform admins see them.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OverseenUser)]
struct AccountView {
    user_id: UserId,
    email: String,
    /// `invited`, `pending_verification`, `active` or `suspended`.
    status: String,
    /// How many workspaces they belong to.
    memberships: i64,
    created_at: String,
    last_login_at: Option<String>,
}

impl From<Account> for AccountView {
    fn from(a: Account) -> Self {
        let last_login_at = a.last_login_at.map(|at| at.to_string());
        Self { user_id: a.id, email: a.email, status: a.status, memberships: a.memberships, created_at: a.created_at.to_string(), last_login_at }
    }
}

/// What became of an account.
#[derive(Debug, Serialize, ToSchema)]
struct AccountChange {
    #[serde(flatten)]
    user: AccountView,
    /// Whether it was so before, and nothing was changed.
    already_applied: bool,
}

impl From<Changed<Account>> for AccountChange {
    fn from(changed: Changed<Account>) -> Self {
        Self { user: changed.now.into(), already_applied: changed.already }
    }
}

/// Whom to look for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct FindQuery {
    /// Their address.
    email: String,
}

/// Find a person
///
/// By address. For staff (`admin`) and the operator.
#[utoipa::path(get, path = "/api/v1/admin/users", tag = "staff", operation_id = "find_user", params(FindQuery),
    responses((status = 200, description = "One, or nobody", body = Page<AccountView>), (status = 400, description = "INVALID_EMAIL", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "`STAFF_ONLY`", body = Problem)))]
async fn find(State(app): State<App>, _: PlatformAdmin, Query(query): Query<FindQuery>) -> Result<Json<Page<AccountView>>, ApiError> {
    let data = people::find_by_email(&app, &query.email).await?.into_iter().map(AccountView::from).collect();
    Ok(Json(Page { data, next_cursor: None }))
}

/// Show a person
#[utoipa::path(get, path = "/api/v1/admin/users/{user_id}", tag = "staff", operation_id = "show_user", params(("user_id" = String, Path, description = "The person")),
    responses((status = 200, body = AccountView), (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "`STAFF_ONLY`", body = Problem),
        (status = 404, description = "Nobody", body = Problem)))]
async fn show(State(app): State<App>, _: PlatformAdmin, Path(user): Path<UserId>) -> Result<Json<AccountView>, ApiError> {
    Ok(Json(people::find(&app, &user).await?.into()))
}

/// Suspend a person
///
/// Every session of theirs ends, and none begins until they are reactivated. API keys that they made go on: they are the workspaces'.
#[utoipa::path(post, path = "/api/v1/admin/users/{user_id}/suspend", tag = "staff", operation_id = "suspend_user", request_body = Reason, params(("user_id" = String, Path, description = "The person")),
    responses((status = 200, body = AccountChange), (status = 400, description = "The reason is too short", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "`STAFF_ONLY`", body = Problem), (status = 404, description = "Nobody", body = Problem), (status = 429, description = "`RATE_LIMITED`", body = Problem)))]
async fn suspend(State(app): State<App>, admin: PlatformAdmin, Path(user): Path<UserId>, Json(body): Json<Reason>) -> Result<Json<AccountChange>, ApiError> {
    Ok(Json(people::suspend(&app, &admin, &user, &body.reason).await?.into()))
}

/// Let a suspended person in again
#[utoipa::path(post, path = "/api/v1/admin/users/{user_id}/reactivate", tag = "staff", operation_id = "reactivate_user", request_body = Reason, params(("user_id" = String, Path, description = "The person")),
    responses((status = 200, body = AccountChange), (status = 400, description = "The reason is too short", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "`STAFF_ONLY`", body = Problem), (status = 404, description = "Nobody", body = Problem), (status = 429, description = "`RATE_LIMITED`", body = Problem)))]
async fn reactivate(State(app): State<App>, admin: PlatformAdmin, Path(user): Path<UserId>, Json(body): Json<Reason>) -> Result<Json<AccountChange>, ApiError> {
    Ok(Json(people::reactivate(&app, &admin, &user, &body.reason).await?.into()))
}

/// What must be typed before a person is erased.
#[derive(Debug, Deserialize, ToSchema)]
struct ConfirmEmail {
    /// Their address.
    confirm_email: String,
}

/// Erase a person
///
/// What is known of them goes everywhere at once, and their account with it. What they did stays, under an id that leads to nobody.
#[utoipa::path(post, path = "/api/v1/admin/users/{user_id}/erase", tag = "staff", operation_id = "erase_user", request_body = ConfirmEmail, params(("user_id" = String, Path, description = "The person")),
    responses((status = 204, description = "Erased"), (status = 400, description = "CONFIRMATION_WRONG", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "`STAFF_ONLY`", body = Problem), (status = 404, description = "Nobody", body = Problem), (status = 409, description = "LAST_OWNER", body = Problem),
        (status = 429, description = "`RATE_LIMITED`", body = Problem)))]
async fn erase_any(State(app): State<App>, admin: PlatformAdmin, Path(user): Path<UserId>, Json(body): Json<ConfirmEmail>) -> Result<StatusCode, ApiError> {
    erase::by_admin(&app, &admin, &user, &body.confirm_email).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What must be typed and shown before one's own account goes.
#[derive(Debug, Deserialize, ToSchema)]
struct EraseMe {
    /// Your address.
    confirm_email: String,
    /// The current password, of somebody who has one.
    password: Option<Password>,
    /// A code of an app or a recovery code, of somebody without a password.
    code: Option<String>,
    /// What a passkey answered, of `POST /api/v1/users/me/passkeys/challenge`.
    passkey: Option<PasskeyAnswer>,
}

/// Erase yourself
///
/// Your account and what is known of you go at once, for good. The last owner of a workspace gives it away or deletes it first.
/// Somebody with neither password nor second factor must have signed in within the last 15 minutes.
#[utoipa::path(post, path = "/api/v1/users/me/erase", tag = "sign-in", operation_id = "erase_me", request_body = EraseMe,
    responses((status = 204, description = "Erased"), (status = 400, description = "CONFIRMATION_WRONG, FRESH_PROOF_REQUIRED, WRONG_PASSWORD, WRONG_CODE, WRONG_PASSKEY", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 409, description = "LAST_OWNER", body = Problem),
        (status = 429, description = "ACCOUNT_LOCKED, SECOND_FACTOR_LOCKED", body = Problem)))]
async fn erase_me(State(app): State<App>, user: User, Json(body): Json<EraseMe>) -> Result<Response, ApiError> {
    erase::by_oneself(&app, &user, &body.confirm_email, &Proof { password: body.password, code: body.code, passkey: body.passkey }).await?;
    let mut answer = StatusCode::NO_CONTENT.into_response();
    cookies::clear(&app, answer.headers_mut());
    Ok(answer)
}
