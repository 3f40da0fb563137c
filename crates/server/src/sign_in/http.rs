//! Routes of signing up and in.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use millrace_ids::UserId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::login::SignedIn;
use super::signup::{self, SignedUp};
use super::{login, passkey, reset_http, verify};
use crate::app::App;
use crate::http::{ApiError, ClientAddress, Json, Problem, Query};
use crate::passwords::Password;
use crate::rate_limits::Rule;
use crate::second_factor::{self, ChallengeAnswer};
use crate::sessions::{self, Next, SignInAnswer, cookies};
use crate::users::{invalid_email, links};
use crate::web;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(sign_up))
        .routes(routes!(sign_in))
        .routes(routes!(verify_email))
        .routes(routes!(resend_verification))
        .merge(passkey::routes())
        .merge(reset_http::routes())
}

/// An address and a password.
#[derive(Debug, Deserialize, ToSchema)]
struct Credentials {
    email: String,
    /// At least 15 characters; what is easy to guess is refused.
    password: Password,
}

/// What became of a sign-up.
#[derive(Debug, Serialize, ToSchema)]
struct SignUpAnswer {
    user_id: UserId,
    /// `pending_verification` or `active`.
    status: &'static str,
    /// `verify_email` or `create_workspace`.
    next: &'static str,
    /// Send it as `Authorization: Bearer …`; absent until the address is verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
    /// Seconds for which it is good.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_in: Option<u64>,
}

/// Sign up
///
/// With an address and a password. A mail with a link verifies the address, unless the installation does without.
#[utoipa::path(post, path = "/api/v1/auth/signup", tag = "sign-in", operation_id = "sign_up", security(()), request_body = Credentials,
    responses((status = 200, description = "The person was here before, and a second factor is asked for", body = ChallengeAnswer), (status = 201, body = SignUpAnswer), (status = 400, description = "INVALID_EMAIL, WEAK_PASSWORD", body = Problem), (status = 401, description = "INVALID_CREDENTIALS", body = Problem),
        (status = 403, description = "EMAIL_NOT_VERIFIED, USER_SUSPENDED, CSRF_FAILED", body = Problem), (status = 409, description = "ACCOUNT_EXISTS, SSO_ACCOUNT_EXISTS", body = Problem),
        (status = 429, description = "RATE_LIMITED, ACCOUNT_LOCKED", body = Problem)))]
async fn sign_up(State(app): State<App>, address: ClientAddress, headers: HeaderMap, Json(body): Json<Credentials>) -> Result<Response, ApiError> {
    app.limits.check(Rule::Signup, address.group())?;
    cookies::check_origin(&app, &headers)?;
    let email = body.email.parse().map_err(invalid_email)?;
    match signup::signup(&app, &email, &body.password).await? {
        SignedUp::MustVerify(user_id) => {
            let answer = SignUpAnswer { user_id, status: "pending_verification", next: "verify_email", access_token: None, expires_in: None };
            Ok((StatusCode::CREATED, Json(answer)).into_response())
        }
        SignedUp::Challenged(challenge) => Ok(second_factor::answer(&challenge)),
        SignedUp::Opened(opened) => {
            let started = sessions::started(&app, &opened.begun).await?;
            let mut out = HeaderMap::new();
            cookies::set(&app, &mut out, &started);
            let answer = SignUpAnswer {
                user_id: opened.user.id,
                status: "active",
                next: "create_workspace",
                access_token: Some(started.access_token.to_string()),
                expires_in: Some(started.expires_in),
            };
            Ok((StatusCode::CREATED, out, Json(answer)).into_response())
        }
    }
}

/// What a right password answers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[allow(dead_code, reason = "for the API document; both are answered by their slices")]
enum LoginAnswer {
    /// The person is signed in.
    SignedIn(Box<SignInAnswer>),
    /// A second factor is asked for, and nobody is signed in yet.
    SecondFactor(ChallengeAnswer),
}

/// Sign in
///
/// Other devices stay signed in. The refresh token is in a cookie. Somebody with a second factor goes on at
/// `/api/v1/auth/second-factor`.
#[utoipa::path(post, path = "/api/v1/auth/login", tag = "sign-in", operation_id = "sign_in", security(()), request_body = Credentials,
    responses((status = 200, body = LoginAnswer), (status = 400, description = "INVALID_EMAIL, USE_SSO", body = Problem), (status = 401, description = "INVALID_CREDENTIALS", body = Problem),
        (status = 403, description = "EMAIL_NOT_VERIFIED, USER_SUSPENDED, CSRF_FAILED", body = Problem), (status = 409, description = "PASSWORD_NEEDS_SECOND_FACTOR", body = Problem), (status = 429, description = "ACCOUNT_LOCKED, RATE_LIMITED", body = Problem)))]
async fn sign_in(State(app): State<App>, address: ClientAddress, headers: HeaderMap, Json(body): Json<Credentials>) -> Result<Response, ApiError> {
    cookies::check_origin(&app, &headers)?;
    let email = body.email.parse().map_err(invalid_email)?;
    match login::login(&app, address, &email, &body.password).await? {
        SignedIn::Opened(opened) => sessions::answer(&app, *opened, StatusCode::OK).await,
        SignedIn::Challenged(challenge) => Ok(second_factor::answer(&challenge)),
    }
}

/// The token of a link.
#[derive(Debug, Deserialize, IntoParams)]
struct TokenQuery {
    /// From the mail.
    token: String,
}

/// An address was verified.
#[derive(Debug, Serialize, ToSchema)]
struct VerifyAnswer {
    user_id: UserId,
    /// `active`.
    status: &'static str,
    /// Where to go on after signing in.
    next: Next,
}

/// Verify an address
///
/// Does not sign in: a link that somebody else opened, or sent, must not. A browser that goes there is sent to the page of the app, and
/// the token stays good.
#[utoipa::path(get, path = "/api/v1/auth/verify-email", tag = "sign-in", operation_id = "verify_email", security(()), params(TokenQuery),
    responses((status = 200, body = VerifyAnswer), (status = 303, description = "For browsers: to the app"), (status = 400, description = "VERIFICATION_TOKEN_USED", body = Problem), (status = 401, description = "VERIFICATION_TOKEN_EXPIRED", body = Problem),
        (status = 403, description = "USER_SUSPENDED", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn verify_email(State(app): State<App>, address: ClientAddress, headers: HeaderMap, Query(query): Query<TokenQuery>) -> Result<Response, ApiError> {
    if web::wants_page(&headers) {
        return Ok(web::sent_with_token(&app, links::VERIFY_EMAIL, &query.token));
    }
    app.limits.check(Rule::LinkToken, address.group())?;
    let (user, next) = verify::verify(&app, &query.token).await?;
    Ok(Json(VerifyAnswer { user_id: user.id, status: user.status.as_str(), next }).into_response())
}

/// An address.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct AddressRequest {
    pub email: String,
}

/// The same for every address.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MessageAnswer {
    pub message: &'static str,
}

/// Send the verification mail again
#[utoipa::path(post, path = "/api/v1/auth/resend-verification", tag = "sign-in", operation_id = "resend_verification", security(()), request_body = AddressRequest,
    responses((status = 200, description = "The same for every address", body = MessageAnswer), (status = 400, description = "INVALID_EMAIL", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn resend_verification(State(app): State<App>, Json(body): Json<AddressRequest>) -> Result<Json<MessageAnswer>, ApiError> {
    verify::resend(&app, body.email.parse().map_err(invalid_email)?)?;
    Ok(Json(MessageAnswer { message: "If this address waits to be verified, a mail is on its way." }))
}
