//! Routes of devices' sign-ins.

use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::code::UserCode;
use super::{limits, service};
use crate::app::App;
use crate::http::{ApiError, ClientAddress, Json, Problem, Query};
use crate::identity::User;
use crate::rate_limits::Rule;
use crate::sessions::{self, ProgramSignInAnswer, cookies};
use crate::users::links;
use crate::web;

/// The page of the app on which a person decides.
const PAGE: &str = "/app/device";

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(ask)).routes(routes!(redeem)).routes(routes!(look, decide))
}

/// Who wants to sign in.
#[derive(Debug, Deserialize, ToSchema)]
struct DeviceRequest {
    /// What the person is shown: up to 100 printable ASCII characters.
    client_name: String,
}

/// What to do with it: show `user_code` and one of the addresses to the person, keep `device_code` and ask with it.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceAnswer {
    /// For `POST /api/v1/auth/device/token`; never shown to anybody.
    device_code: String,
    /// Eight letters, `XXXX-XXXX`.
    user_code: String,
    /// Where the person types the code.
    verification_uri: String,
    /// The same with the code in it.
    verification_uri_complete: String,
    /// Seconds for which both codes are good.
    expires_in: u64,
    /// Seconds to leave between two questions.
    interval: i64,
}

/// Ask to sign in a device
///
/// For programs without a browser of their own, after RFC 8628. Needs no credential; nothing comes of it until a person allows it.
#[utoipa::path(post, path = "/api/v1/auth/device", tag = "sign-in", operation_id = "ask_device_login", security(()), request_body = DeviceRequest,
    responses((status = 201, body = DeviceAnswer), (status = 400, description = "INVALID_NAME", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn ask(State(app): State<App>, address: ClientAddress, Json(body): Json<DeviceRequest>) -> Result<Response, ApiError> {
    app.limits.check(Rule::DeviceBegin, address.group())?;
    let asked = service::ask(&app, &body.client_name).await?;
    let verification_uri = links::page(&app, PAGE);
    let user_code = asked.user_code.shown();
    let answer = DeviceAnswer {
        device_code: asked.device_code.expose().to_owned(),
        verification_uri_complete: format!("{verification_uri}?user_code={user_code}"),
        user_code,
        verification_uri,
        expires_in: limits::TTL.as_secs(),
        interval: limits::PAUSE,
    };
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// What the device kept.
#[derive(Debug, Deserialize, ToSchema)]
struct TokenRequest {
    device_code: String,
}

/// Fetch a device's session
///
/// Asked again and again, with the pause that was named, until the person has decided. The refresh token is in the body.
#[utoipa::path(post, path = "/api/v1/auth/device/token", tag = "sign-in", operation_id = "fetch_device_login", security(()), request_body = TokenRequest,
    responses((status = 200, body = ProgramSignInAnswer), (status = 400, description = "AUTHORIZATION_PENDING, SLOW_DOWN, DEVICE_CODE_EXPIRED, DEVICE_DENIED", body = Problem),
        (status = 403, description = "USER_SUSPENDED", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn redeem(State(app): State<App>, address: ClientAddress, Json(body): Json<TokenRequest>) -> Result<Json<ProgramSignInAnswer>, ApiError> {
    let opened = service::redeem(&app, address, &body.device_code).await?;
    Ok(Json(sessions::answer_to_program(&app, opened).await?))
}

/// The code that the device shows.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CodeQuery {
    /// In any case, with or without the hyphen.
    user_code: String,
}

/// Who asks.
#[derive(Debug, Serialize, ToSchema)]
struct PendingAnswer {
    user_code: String,
    /// As it calls itself. Anybody can call themselves anything.
    client_name: String,
    /// The network address it asks from.
    ip: Option<String>,
    /// What its program calls itself.
    user_agent: Option<String>,
    created_at: String,
    expires_at: String,
}

/// See which device asks
///
/// A browser that goes there without a credential is sent to the page of the app on which the person signs in and decides.
#[utoipa::path(get, path = "/api/v1/auth/device/approve", tag = "sign-in", operation_id = "look_at_device_login", params(CodeQuery),
    responses((status = 200, body = PendingAnswer), (status = 303, description = "For browsers: to the app"), (status = 400, description = "No code", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 404, description = "USER_CODE_UNKNOWN", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn look(State(app): State<App>, visitor: Visitor, parts: Parts) -> Result<Response, ApiError> {
    let mut parts = parts;
    let query = Query::<CodeQuery>::from_request_parts(&mut parts, &app).await;
    let Visitor::Person(user) = visitor else {
        // What cannot be a code is not sent on; the page asks for one.
        let code = query.ok().and_then(|Query(query)| UserCode::read(&query.user_code));
        return Ok(code.map_or_else(|| web::sent_to(&app, PAGE), |code| web::sent_to(&app, &format!("{PAGE}?user_code={}", code.shown()))));
    };
    let Query(query) = query?;
    let (code, login) = service::look(&app, &user, &query.user_code).await?;
    let answer = PendingAnswer {
        user_code: code.shown(),
        client_name: login.client_name,
        ip: login.ip,
        user_agent: login.user_agent,
        created_at: login.created_at.to_string(),
        expires_at: login.expires_at.to_string(),
    };
    Ok(Json(answer).into_response())
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
struct DecideDeviceRequest {
    /// In any case, with or without the hyphen.
    user_code: String,
    /// Whether the device may act as the person from now on.
    approve: bool,
}

/// What was decided.
#[derive(Debug, Serialize, ToSchema)]
struct DecideAnswer {
    /// `approved` or `denied`.
    status: &'static str,
}

/// Allow or refuse a device
#[utoipa::path(post, path = "/api/v1/auth/device/approve", tag = "sign-in", operation_id = "decide_device_login", request_body = DecideDeviceRequest,
    responses((status = 200, body = DecideAnswer), (status = 400, description = "Not a valid request", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "CSRF_FAILED", body = Problem), (status = 404, description = "USER_CODE_UNKNOWN", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn decide(State(app): State<App>, user: User, headers: HeaderMap, Json(body): Json<DecideDeviceRequest>) -> Result<Json<DecideAnswer>, ApiError> {
    // The access token is not sent by a browser on its own, so another page cannot decide; this refuses it even with one.
    cookies::check_origin(&app, &headers)?;
    let state = service::decide(&app, &user, &body.user_code, body.approve).await?;
    Ok(Json(DecideAnswer { status: state.as_str() }))
}

/// Who opens the address: a browser that is to go to the page, or a signed-in person's program.
enum Visitor {
    Browser,
    Person(User),
}

impl FromRequestParts<App> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        if web::wants_page(&parts.headers) {
            return Ok(Self::Browser);
        }
        User::from_request_parts(parts, app).await.map(Self::Person)
    }
}
