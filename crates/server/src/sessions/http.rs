//! Routes of sessions: refresh, sign out, the device list.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use millrace_ids::SessionId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{Listed, RevokedReason, Started};
use super::refresh_token::RefreshToken;
use super::{cookies, refresh, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::rate_limits::Rule;
use crate::http::{ApiError, ClientAddress, Json, OptionalJson, Page, Path, Problem};
use crate::identity::{UnverifiedUser, User};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(renew)).routes(routes!(logout)).routes(routes!(logout_everywhere)).routes(routes!(list)).routes(routes!(revoke))
}

/// A refresh token, for programs that keep no cookies.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct RefreshRequest {
    /// The refresh token; a browser's is in its cookie.
    refresh_token: Option<String>,
}

/// New tokens.
#[derive(Debug, Serialize, ToSchema)]
struct RefreshAnswer {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Seconds for which it is good.
    expires_in: u64,
    /// The next refresh token, for programs that sent theirs in the body; a browser's is in its cookie.
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
}

/// Renew a session
///
/// Exchanges the refresh token for a new one and an access token. A browser's token comes in its cookie, with the CSRF
/// cookie repeated in `X-CSRF-Token`; a program's in the body. A token is good once: one that comes again later than half a
/// minute, or after its successor was used, ends the session.
#[utoipa::path(post, path = "/api/v1/auth/refresh", tag = "sign-in", operation_id = "refresh_session", security(()), request_body(content = Option<RefreshRequest>, description = "Only for programs without cookies"),
    responses((status = 200, body = RefreshAnswer), (status = 400, description = "Not a valid request", body = Problem), (status = 401, description = "INVALID_REFRESH_TOKEN", body = Problem), (status = 403, description = "CSRF_FAILED", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn renew(State(app): State<App>, address: ClientAddress, headers: HeaderMap, OptionalJson(body): OptionalJson<RefreshRequest>) -> Result<Response, ApiError> {
    app.limits.check(Rule::Refresh, address.group())?;
    if let Some(text) = body.refresh_token {
        let token: RefreshToken = text.parse().map_err(|()| refresh::invalid())?;
        return Ok(Json(renewed(refresh::refresh(&app, &token).await?, true)).into_response());
    }
    let text = cookies::refresh_token(&app, &headers).ok_or_else(refresh::invalid)?;
    let token: RefreshToken = text.parse().map_err(|()| refresh::invalid())?;
    cookies::check_csrf(&app, &headers, &cookies::csrf_of(&app.keyring, &token.session))?;
    match refresh::refresh(&app, &token).await {
        Ok(started) => {
            let mut out = HeaderMap::new();
            cookies::set(&app, &mut out, &started);
            Ok((out, Json(renewed(started, false))).into_response())
        }
        Err(error) if error.status == StatusCode::UNAUTHORIZED => {
            let mut out = HeaderMap::new();
            cookies::clear(&app, &mut out);
            Ok((out, error).into_response())
        }
        Err(error) => Err(error),
    }
}

fn renewed(started: Started, in_body: bool) -> RefreshAnswer {
    RefreshAnswer {
        access_token: started.access_token.to_string(),
        expires_in: started.expires_in,
        refresh_token: in_body.then(|| started.refresh_token.to_string()),
    }
}

/// Sign out
///
/// Ends this session and takes its cookies away.
#[utoipa::path(post, path = "/api/v1/auth/logout", tag = "sign-in", operation_id = "sign_out",
    responses((status = 204, description = "Signed out"), (status = 401, description = "Not signed in", body = Problem)))]
async fn logout(State(app): State<App>, UnverifiedUser(caller): UnverifiedUser) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    if store::revoke(&mut tx, &caller.user, &caller.session, RevokedReason::Logout, now).await? {
        let entry = Entry::new(Action::UserSignedOut, "session", &caller.session);
        audit::record(&mut tx, caller.tenant.as_ref(), &caller.actor(), entry, now).await?;
    }
    tx.commit().await?;
    app.sessions.forget_user(&caller.user);
    Ok(gone(&app))
}

/// Sign out everywhere
///
/// Ends all sessions of the person, this one included.
#[utoipa::path(post, path = "/api/v1/auth/logout-everywhere", tag = "sign-in", operation_id = "sign_out_everywhere",
    responses((status = 204, description = "Signed out on all devices"), (status = 401, description = "Not signed in", body = Problem)))]
async fn logout_everywhere(State(app): State<App>, UnverifiedUser(caller): UnverifiedUser) -> Result<Response, ApiError> {
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let sessions = store::revoke_all(&mut tx, &caller.user, None, RevokedReason::Everywhere, now).await?;
    let entry = Entry::new(Action::UserSignedOutEverywhere, "user", &caller.user).meta(json!({"sessions": sessions}));
    audit::record(&mut tx, caller.tenant.as_ref(), &caller.actor(), entry, now).await?;
    tx.commit().await?;
    app.sessions.forget_user(&caller.user);
    Ok(gone(&app))
}

fn gone(app: &App) -> Response {
    let mut out = HeaderMap::new();
    cookies::clear(app, &mut out);
    (StatusCode::NO_CONTENT, out).into_response()
}

/// A device on which the person is signed in.
#[derive(Debug, Serialize, ToSchema)]
struct SessionAnswer {
    id: SessionId,
    /// Whether it is the one that asks.
    current: bool,
    /// `password`, `passkey`, `sso`, `invitation` or `device`.
    method: &'static str,
    /// What was shown besides: `totp`, `passkey`, `recovery_code`, `sso` (the identity provider says that it asked for more than one factor), or nothing.
    second_factor: Option<String>,
    /// The network address it signed in from.
    ip: Option<String>,
    /// What its program calls itself.
    user_agent: Option<String>,
    created_at: String,
    /// Exact to a minute.
    last_used_at: String,
    expires_at: String,
}

fn answer(listed: Listed, current: &SessionId) -> SessionAnswer {
    SessionAnswer {
        current: listed.id == *current,
        id: listed.id,
        method: listed.method.as_str(),
        second_factor: listed.second_factor,
        ip: listed.ip,
        user_agent: listed.user_agent,
        created_at: listed.created_at.to_string(),
        last_used_at: listed.last_used_at.to_string(),
        expires_at: listed.expires_at.to_string(),
    }
}

/// Where you are signed in
#[utoipa::path(get, path = "/api/v1/auth/sessions", tag = "sign-in", operation_id = "list_sessions",
    responses((status = 200, description = "Devices, the one used last first", body = Page<SessionAnswer>), (status = 401, description = "Not signed in", body = Problem)))]
async fn list(State(app): State<App>, user: User) -> Result<Json<Page<SessionAnswer>>, ApiError> {
    let found = store::list(&mut app.platform().read().await?, user.id(), app.clock.now()).await?;
    let data = found.into_iter().map(|listed| answer(listed, user.session())).collect();
    Ok(Json(Page { data, next_cursor: None }))
}

/// Sign out a device
#[utoipa::path(delete, path = "/api/v1/auth/sessions/{id}", tag = "sign-in", operation_id = "revoke_session", params(("id" = String, Path, description = "The session")),
    responses((status = 204, description = "Signed out there"), (status = 401, description = "Not signed in", body = Problem), (status = 404, description = "No such session of yours", body = Problem)))]
async fn revoke(State(app): State<App>, user: User, Path(id): Path<SessionId>) -> Result<StatusCode, ApiError> {
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    if !store::revoke(&mut tx, user.id(), &id, RevokedReason::Device, now).await? {
        return Err(ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", "You have no such session."));
    }
    let entry = Entry::new(Action::SessionRevoked, "session", &id);
    audit::record(&mut tx, user.0.tenant.as_ref(), &user.actor(), entry, now).await?;
    tx.commit().await?;
    app.sessions.forget_user(user.id());
    Ok(StatusCode::NO_CONTENT)
}
