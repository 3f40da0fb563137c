//! Routes of a forgotten password.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::http::{AddressRequest, MessageAnswer};
use super::reset;
use crate::app::App;
use crate::http::{ApiError, ClientAddress, Json, Problem, Query};
use crate::passwords::Password;
use crate::rate_limits::Rule;
use crate::sessions::cookies;
use crate::users::{invalid_email, links};
use crate::web;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(forgot_password)).routes(routes!(look, reset_password))
}

/// Forgot your password?
///
/// A link goes to the address if it signs in with a password here. The answer is the same for every address.
#[utoipa::path(post, path = "/api/v1/auth/forgot-password", tag = "sign-in", operation_id = "forgot_password", security(()), request_body = AddressRequest,
    responses((status = 200, description = "The same for every address", body = MessageAnswer), (status = 400, description = "INVALID_EMAIL", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn forgot_password(State(app): State<App>, address: ClientAddress, Json(body): Json<AddressRequest>) -> Result<Json<MessageAnswer>, ApiError> {
    reset::forgot(&app, address, body.email.parse().map_err(invalid_email)?)?;
    Ok(Json(MessageAnswer { message: "If this address signs in with a password here, a mail is on its way." }))
}

/// The token of a link.
#[derive(Debug, Deserialize, IntoParams)]
struct TokenQuery {
    /// From the mail.
    token: String,
}

/// Whose password is to be reset.
#[derive(Debug, Serialize, ToSchema)]
struct ResetLook {
    /// Enough of the address to be recognised.
    email_masked: String,
    /// Send it back as `X-CSRF-Token`, together with the cookie of the same value.
    csrf_token: String,
}

/// Look at a reset link
///
/// Also sets the CSRF cookie that choosing the password needs. A browser that goes there is sent to the page of the app.
#[utoipa::path(get, path = "/api/v1/auth/reset-password", tag = "sign-in", operation_id = "look_at_reset", security(()), params(TokenQuery),
    responses((status = 200, body = ResetLook), (status = 303, description = "For browsers: to the app"), (status = 401, description = "RESET_TOKEN_INVALID, RESET_TOKEN_EXPIRED", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn look(State(app): State<App>, address: ClientAddress, headers: HeaderMap, Query(query): Query<TokenQuery>) -> Result<Response, ApiError> {
    if web::wants_page(&headers) {
        return Ok(web::sent_with_token(&app, links::RESET_PASSWORD, &query.token));
    }
    app.limits.check(Rule::LinkToken, address.group())?;
    let user = reset::holder(&app, &mut app.platform().read().await?, &query.token).await?;
    let csrf_token = cookies::csrf_of_token(&app.keyring, &query.token);
    let mut out = HeaderMap::new();
    cookies::set_csrf(&app, &mut out, &csrf_token);
    Ok((out, Json(ResetLook { email_masked: user.email.masked(), csrf_token })).into_response())
}

/// A new password.
#[derive(Debug, Deserialize, ToSchema)]
struct ResetRequest {
    /// From the mail.
    token: String,
    /// At least 15 characters, or 8 where a second factor is asked for too; what is easy to guess is refused.
    password: Password,
}

/// Choose a new password
///
/// Signs out everywhere; signing in is another step. Needs the CSRF cookie of the look at the link, repeated in `X-CSRF-Token`.
#[utoipa::path(post, path = "/api/v1/auth/reset-password", tag = "sign-in", operation_id = "reset_password", security(()), request_body = ResetRequest,
    responses((status = 200, body = MessageAnswer), (status = 400, description = "WEAK_PASSWORD", body = Problem), (status = 401, description = "RESET_TOKEN_INVALID, RESET_TOKEN_EXPIRED", body = Problem),
        (status = 403, description = "CSRF_FAILED", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn reset_password(State(app): State<App>, address: ClientAddress, headers: HeaderMap, Json(body): Json<ResetRequest>) -> Result<Response, ApiError> {
    app.limits.check(Rule::LinkToken, address.group())?;
    let word = cookies::csrf_of_token(&app.keyring, &body.token);
    reset::reset(&app, &body.token, &body.password, || cookies::check_csrf(&app, &headers, &word)).await?;
    let mut out = HeaderMap::new();
    cookies::clear(&app, &mut out);
    Ok((out, Json(MessageAnswer { message: "The password was changed. Sign in with it." })).into_response())
}
