//! Routes of a person's passkeys. Signing in with one is `sign_in::passkey`.

use axum::extract::State;
use http::StatusCode;
use millrace_ids::PasskeyId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::proof::Proof;
use super::answer::PasskeyAnswer;
use super::manage;
use super::model::{QuestionAnswer, StoredPasskey};
use super::question::{self, Purpose};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem};
use crate::identity::User;
use crate::passwords::Password;

/// The routes of passkeys.
pub(in crate::second_factor) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(list, begin)).routes(routes!(finish)).routes(routes!(challenge)).routes(routes!(rename)).routes(routes!(remove))
}

/// A passkey.
#[derive(Debug, Serialize, ToSchema)]
struct PasskeyEntry {
    id: PasskeyId,
    name: String,
    created_at: String,
    last_used_at: Option<String>,
}

impl From<StoredPasskey> for PasskeyEntry {
    fn from(stored: StoredPasskey) -> Self {
        let last_used_at = stored.last_used_at.map(|at| at.to_string());
        Self { id: stored.id, name: stored.name, created_at: stored.created_at.to_string(), last_used_at }
    }
}

/// Your passkeys
#[utoipa::path(get, path = "/api/v1/users/me/passkeys", tag = "sign-in", operation_id = "list_passkeys",
    responses((status = 200, description = "The oldest first", body = Page<PasskeyEntry>), (status = 401, description = "Not signed in", body = Problem)))]
async fn list(State(app): State<App>, user: User) -> Result<Json<Page<PasskeyEntry>>, ApiError> {
    let data = manage::list(&app, &user).await?.into_iter().map(PasskeyEntry::from).collect();
    Ok(Json(Page { data, next_cursor: None }))
}

/// A passkey to be added, and who asks for it.
#[derive(Debug, Deserialize, ToSchema)]
struct AddPasskeyRequest {
    /// What to call it, up to 60 characters.
    name: Option<String>,
    /// The current password, of somebody who has one.
    password: Option<Password>,
    /// A code of an app or a recovery code, of somebody without a password.
    code: Option<String>,
    /// The answer of another passkey, of somebody without a password.
    passkey: Option<PasskeyAnswer>,
}

/// Begin to add a passkey
///
/// Answers what the browser's `navigator.credentials.create` takes. The device finds the passkey by itself later, and opens it
/// only to its owner.
#[utoipa::path(post, path = "/api/v1/users/me/passkeys", tag = "sign-in", operation_id = "add_passkey", request_body = AddPasskeyRequest,
    responses((status = 201, body = QuestionAnswer), (status = 400, description = "FRESH_PROOF_REQUIRED, WRONG_PASSWORD, WRONG_CODE, WRONG_PASSKEY, INVALID_NAME", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 409, description = "TOO_MANY_SECOND_FACTORS, PASSKEYS_UNAVAILABLE", body = Problem),
        (status = 429, description = "ACCOUNT_LOCKED, SECOND_FACTOR_LOCKED", body = Problem)))]
async fn begin(State(app): State<App>, user: User, Json(body): Json<AddPasskeyRequest>) -> Result<(StatusCode, Json<QuestionAnswer>), ApiError> {
    let proof = Proof { password: body.password, code: body.code, passkey: body.passkey };
    let asked = manage::begin(&app, &user, body.name.as_deref(), &proof).await?;
    Ok((StatusCode::CREATED, Json(asked.into())))
}

/// A passkey that was added.
#[derive(Debug, Serialize, ToSchema)]
struct PasskeyAdded {
    passkey: PasskeyEntry,
    /// Each signs in once in place of a second factor; nothing when those from before stay. Shown once.
    recovery_codes: Option<Vec<String>>,
}

/// Add a passkey
///
/// With what the device answered, within 5 minutes. From then on signing in with the password asks for a second factor, and
/// the passkey signs in alone. With the first second factor come ten recovery codes, shown this once.
#[utoipa::path(post, path = "/api/v1/users/me/passkeys/finish", tag = "sign-in", operation_id = "finish_passkey", request_body = PasskeyAnswer,
    responses((status = 201, body = PasskeyAdded), (status = 400, description = "WRONG_PASSKEY: the answer is of another question, page or server, or came too late", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 409, description = "PASSKEY_EXISTS, TOO_MANY_SECOND_FACTORS, PASSKEYS_UNAVAILABLE", body = Problem)))]
async fn finish(State(app): State<App>, user: User, Json(body): Json<PasskeyAnswer>) -> Result<(StatusCode, Json<PasskeyAdded>), ApiError> {
    let added = manage::finish(&app, &user, &body).await?;
    Ok((StatusCode::CREATED, Json(PasskeyAdded { passkey: added.passkey.into(), recovery_codes: added.recovery_codes })))
}

/// Ask one of your passkeys
///
/// For routes that ask a signed-in person to show once more who they are: the answer goes there as `passkey`, from this session.
#[utoipa::path(post, path = "/api/v1/users/me/passkeys/challenge", tag = "sign-in", operation_id = "ask_own_passkey",
    responses((status = 200, body = QuestionAnswer), (status = 401, description = "Not signed in", body = Problem), (status = 409, description = "NO_SECOND_FACTOR, PASSKEYS_UNAVAILABLE", body = Problem)))]
async fn challenge(State(app): State<App>, user: User) -> Result<Json<QuestionAnswer>, ApiError> {
    let asked = question::ask_person(&app, user.id(), Purpose::Prove, user.session().as_str()).await?;
    Ok(Json(asked.ok_or_else(none)?.into()))
}

/// 409: there is no passkey to ask.
pub(in crate::second_factor) fn none() -> ApiError {
    ApiError::conflict("NO_SECOND_FACTOR", "This account has no passkey.").with_hint("Add one at POST /api/v1/users/me/passkeys.")
}

/// Another name.
#[derive(Debug, Deserialize, ToSchema)]
struct RenamePasskey {
    /// Up to 60 characters.
    name: String,
}

/// Rename a passkey
#[utoipa::path(patch, path = "/api/v1/users/me/passkeys/{id}", tag = "sign-in", operation_id = "rename_passkey", params(("id" = PasskeyId, Path, description = "Which one")), request_body = RenamePasskey,
    responses((status = 200, body = PasskeyEntry), (status = 400, description = "INVALID_NAME", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 404, description = "NOT_FOUND", body = Problem)))]
async fn rename(State(app): State<App>, user: User, Path(id): Path<PasskeyId>, Json(body): Json<RenamePasskey>) -> Result<Json<PasskeyEntry>, ApiError> {
    Ok(Json(manage::rename(&app, &user, &id, &body.name).await?.into()))
}

/// Remove a passkey
///
/// On the terms of `remove_second_factor`: with the last second factor go the recovery codes.
#[utoipa::path(post, path = "/api/v1/users/me/passkeys/{id}/remove", tag = "sign-in", operation_id = "remove_passkey", params(("id" = PasskeyId, Path, description = "Which one")), request_body = Proof,
    responses((status = 204, description = "Removed"), (status = 400, description = "FRESH_PROOF_REQUIRED, WRONG_PASSWORD, WRONG_CODE, WRONG_PASSKEY", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 404, description = "NOT_FOUND", body = Problem),
        (status = 409, description = "PASSWORD_NEEDS_SECOND_FACTOR", body = Problem), (status = 429, description = "ACCOUNT_LOCKED, SECOND_FACTOR_LOCKED", body = Problem)))]
async fn remove(State(app): State<App>, user: User, Path(id): Path<PasskeyId>, Json(proof): Json<Proof>) -> Result<StatusCode, ApiError> {
    manage::remove(&app, &user, &id, &proof).await?;
    Ok(StatusCode::NO_CONTENT)
}
