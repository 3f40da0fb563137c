//! Routes of second factors.

use axum::extract::State;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use millrace_ids::SecondFactorId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::Factor;
use super::passkeys::{self, PasskeyAnswer, QuestionAnswer};
use super::proof::Proof;
use super::showing::Given;
use super::{challenge, confirm, manage, reset};
use crate::app::App;
use crate::http::{ApiError, ClientAddress, Json, Path, Problem};
use crate::identity::User;
use crate::passwords::Password;
use crate::sessions::{self, SignInAnswer, cookies};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(complete))
        .routes(routes!(ask_passkey))
        .routes(routes!(list, enrol))
        .routes(routes!(confirm_app))
        .routes(routes!(remove))
        .routes(routes!(renew))
        .routes(routes!(confirm_session))
        .merge(passkeys::routes())
        .merge(reset::routes())
}

/// A token of a sign-in, and one second factor.
#[derive(Debug, Deserialize, ToSchema)]
struct CompleteRequest {
    /// From signing in.
    token: String,
    /// Of the app, or a recovery code.
    code: Option<String>,
    /// What a passkey answered to `POST /api/v1/auth/second-factor/passkey`.
    passkey: Option<PasskeyAnswer>,
}

/// Sign in, second step
///
/// A code that the app shows at this moment, a passkey's answer, or a recovery code. Each is good once.
#[utoipa::path(post, path = "/api/v1/auth/second-factor", tag = "sign-in", operation_id = "complete_sign_in", security(()), request_body = CompleteRequest,
    responses((status = 200, body = SignInAnswer), (status = 400, description = "Neither of both", body = Problem), (status = 401, description = "SECOND_FACTOR_REFUSED, SECOND_FACTOR_TOKEN_INVALID", body = Problem),
        (status = 403, description = "USER_SUSPENDED, CSRF_FAILED", body = Problem), (status = 429, description = "SECOND_FACTOR_LOCKED, RATE_LIMITED", body = Problem)))]
async fn complete(State(app): State<App>, address: ClientAddress, headers: HeaderMap, Json(body): Json<CompleteRequest>) -> Result<Response, ApiError> {
    cookies::check_origin(&app, &headers)?;
    let given = Given { code: body.code, passkey: body.passkey };
    if !given.is_some() {
        return Err(ApiError::invalid("INVALID_REQUEST", "`code` is missing.").with_field("code", "MISSING_FIELD", "is required, or `passkey`"));
    }
    let opened = challenge::complete(&app, address, &body.token, &given).await?;
    sessions::answer(&app, opened, StatusCode::OK).await
}

/// A token of a sign-in.
#[derive(Debug, Deserialize, ToSchema)]
struct AskPasskeyRequest {
    /// From signing in.
    token: String,
}

/// Ask a passkey in the second step
///
/// Of the person whose password was right. Answers what the browser's `navigator.credentials.get` takes; its answer goes to
/// `POST /api/v1/auth/second-factor`.
#[utoipa::path(post, path = "/api/v1/auth/second-factor/passkey", tag = "sign-in", operation_id = "ask_passkey_in_sign_in", security(()), request_body = AskPasskeyRequest,
    responses((status = 200, body = QuestionAnswer), (status = 401, description = "SECOND_FACTOR_TOKEN_INVALID", body = Problem), (status = 403, description = "CSRF_FAILED", body = Problem),
        (status = 409, description = "NO_SECOND_FACTOR, PASSKEYS_UNAVAILABLE", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn ask_passkey(State(app): State<App>, address: ClientAddress, headers: HeaderMap, Json(body): Json<AskPasskeyRequest>) -> Result<Json<QuestionAnswer>, ApiError> {
    cookies::check_origin(&app, &headers)?;
    Ok(Json(challenge::ask_passkey(&app, address, &body.token).await?))
}

/// Confirm this session with a second factor
///
/// For a session that began before there was one, or at an identity provider, where a workspace asks for it.
#[utoipa::path(post, path = "/api/v1/auth/confirm-session", tag = "sign-in", operation_id = "confirm_session", request_body = Given,
    responses((status = 204, description = "Confirmed"), (status = 400, description = "FRESH_PROOF_REQUIRED, WRONG_CODE, WRONG_PASSKEY", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 429, description = "SECOND_FACTOR_LOCKED", body = Problem)))]
async fn confirm_session(State(app): State<App>, user: User, Json(given): Json<Given>) -> Result<StatusCode, ApiError> {
    confirm::confirm(&app, &user, &given).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A second factor.
#[derive(Debug, Serialize, ToSchema)]
struct SecondFactorAnswer {
    id: SecondFactorId,
    /// `totp`: an authenticator app.
    kind: &'static str,
    name: String,
    created_at: String,
    last_used_at: Option<String>,
}

impl From<Factor> for SecondFactorAnswer {
    fn from(factor: Factor) -> Self {
        let last_used_at = factor.last_used_at.map(|at| at.to_string());
        Self { id: factor.id, kind: "totp", name: factor.name, created_at: factor.created_at.to_string(), last_used_at }
    }
}

/// All second factors of a person.
#[derive(Debug, Serialize, ToSchema)]
struct SecondFactorsAnswer {
    /// The oldest first.
    data: Vec<SecondFactorAnswer>,
    /// Always null: there are few.
    next_cursor: Option<String>,
    /// Recovery codes that were not used yet.
    recovery_codes_left: u32,
}

/// Your second factors
#[utoipa::path(get, path = "/api/v1/users/me/second-factors", tag = "sign-in", operation_id = "list_second_factors",
    responses((status = 200, body = SecondFactorsAnswer), (status = 401, description = "Not signed in", body = Problem)))]
async fn list(State(app): State<App>, user: User) -> Result<Json<SecondFactorsAnswer>, ApiError> {
    let (factors, recovery_codes_left) = manage::list(&app, &user).await?;
    Ok(Json(SecondFactorsAnswer { data: factors.into_iter().map(SecondFactorAnswer::from).collect(), next_cursor: None, recovery_codes_left }))
}

/// An app to be added.
#[derive(Debug, Deserialize, ToSchema)]
struct EnrolRequest {
    /// What to call it, up to 60 characters.
    name: Option<String>,
    /// The current password, of somebody who has one.
    password: Option<Password>,
    /// A code of another app or a recovery code, of somebody without a password.
    code: Option<String>,
    /// What a passkey answered, of somebody without a password.
    passkey: Option<PasskeyAnswer>,
}

/// What the app needs to know. Shown once.
#[derive(Debug, Serialize, ToSchema)]
struct EnrolAnswer {
    id: SecondFactorId,
    /// `totp`: an authenticator app.
    kind: &'static str,
    name: String,
    /// For typing it in, base32.
    secret: String,
    /// For a QR code.
    otpauth_url: String,
}

/// Begin to add an authenticator app
///
/// It is asked for once a code has confirmed it, within 10 minutes.
#[utoipa::path(post, path = "/api/v1/users/me/second-factors", tag = "sign-in", operation_id = "add_second_factor", request_body = EnrolRequest,
    responses((status = 201, body = EnrolAnswer), (status = 400, description = "FRESH_PROOF_REQUIRED, WRONG_PASSWORD, WRONG_CODE, WRONG_PASSKEY, INVALID_NAME", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 409, description = "TOO_MANY_SECOND_FACTORS", body = Problem),
        (status = 429, description = "ACCOUNT_LOCKED, SECOND_FACTOR_LOCKED", body = Problem)))]
async fn enrol(State(app): State<App>, user: User, Json(body): Json<EnrolRequest>) -> Result<(StatusCode, Json<EnrolAnswer>), ApiError> {
    let proof = Proof { password: body.password, code: body.code, passkey: body.passkey };
    let begun = manage::enrol(&app, &user, body.name.as_deref(), &proof).await?;
    let answer = EnrolAnswer { id: begun.id, kind: "totp", name: begun.name, secret: begun.secret, otpauth_url: begun.url };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The first code of an app.
#[derive(Debug, Deserialize, ToSchema)]
struct ConfirmRequest {
    /// Six digits.
    code: String,
}

/// Recovery codes. Shown once.
#[derive(Debug, Serialize, ToSchema)]
struct RecoveryCodesAnswer {
    /// Each signs in once in place of a code; nothing when those from before stay.
    recovery_codes: Option<Vec<String>>,
}

/// Confirm an authenticator app
///
/// From then on signing in asks for it. With the first one come ten recovery codes, shown this once.
#[utoipa::path(post, path = "/api/v1/users/me/second-factors/{id}/confirm", tag = "sign-in", operation_id = "confirm_second_factor",
    params(("id" = SecondFactorId, Path, description = "From adding it")), request_body = ConfirmRequest,
    responses((status = 200, body = RecoveryCodesAnswer), (status = 400, description = "WRONG_CODE", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 404, description = "NOT_FOUND: unknown, confirmed before, or begun too long ago", body = Problem)))]
async fn confirm_app(State(app): State<App>, user: User, Path(id): Path<SecondFactorId>, Json(body): Json<ConfirmRequest>) -> Result<Json<RecoveryCodesAnswer>, ApiError> {
    let recovery_codes = manage::confirm(&app, &user, &id, &body.code).await?;
    Ok(Json(RecoveryCodesAnswer { recovery_codes }))
}

/// Remove a second factor
///
/// With the last one go the recovery codes; the password must then be good enough alone, and is the proof that is asked for.
#[utoipa::path(post, path = "/api/v1/users/me/second-factors/{id}/remove", tag = "sign-in", operation_id = "remove_second_factor",
    params(("id" = SecondFactorId, Path, description = "Which one")), request_body = Proof,
    responses((status = 204, description = "Removed"), (status = 400, description = "FRESH_PROOF_REQUIRED, WRONG_PASSWORD, WRONG_CODE, WRONG_PASSKEY", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 404, description = "NOT_FOUND", body = Problem),
        (status = 409, description = "PASSWORD_NEEDS_SECOND_FACTOR", body = Problem), (status = 429, description = "ACCOUNT_LOCKED, SECOND_FACTOR_LOCKED", body = Problem)))]
async fn remove(State(app): State<App>, user: User, Path(id): Path<SecondFactorId>, Json(proof): Json<Proof>) -> Result<StatusCode, ApiError> {
    manage::remove(&app, &user, &id, &proof).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make new recovery codes
///
/// Those from before are good no more.
#[utoipa::path(post, path = "/api/v1/users/me/recovery-codes", tag = "sign-in", operation_id = "make_recovery_codes", request_body = Proof,
    responses((status = 200, body = RecoveryCodesAnswer), (status = 400, description = "FRESH_PROOF_REQUIRED, WRONG_PASSWORD, WRONG_CODE, WRONG_PASSKEY", body = Problem),
        (status = 401, description = "Not signed in", body = Problem), (status = 409, description = "NO_SECOND_FACTOR", body = Problem),
        (status = 429, description = "ACCOUNT_LOCKED, SECOND_FACTOR_LOCKED", body = Problem)))]
async fn renew(State(app): State<App>, user: User, Json(proof): Json<Proof>) -> Result<Json<RecoveryCodesAnswer>, ApiError> {
    let recovery_codes = Some(manage::renew_codes(&app, &user, &proof).await?);
    Ok(Json(RecoveryCodesAnswer { recovery_codes }))
}
