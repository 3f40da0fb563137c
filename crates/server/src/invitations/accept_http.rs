//! `GET` and `POST /api/v1/auth/accept-invitation`: for whoever has the link.

use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode, header};
use millrace_ids::SessionId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::Invitation;
use super::{accept, service};
use crate::app::App;
use crate::http::{ApiError, ClientAddress, Json, Problem, Query};
use crate::identity::{Actor, UnverifiedUser};
use crate::passwords::{self, Password, lockout};
use crate::rate_limits::Rule;
use crate::second_factor;
use crate::sessions::{self, Method, RevokedReason, SignInAnswer, cookies};
use crate::sso;
use crate::tenants::{AuthMode, Settings};
use crate::users::{self, AuthProvider, UserRecord, UserStatus, links, verification};
use crate::web;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(look, accept_invitation))
}

/// The token of a link.
#[derive(Debug, Deserialize, IntoParams)]
struct TokenQuery {
    /// From the mail.
    token: String,
}

/// What an invitation is for.
#[derive(Debug, Serialize, ToSchema)]
struct InvitationLook {
    email: String,
    workspace_name: String,
    workspace_slug: String,
    /// Whether a password must be chosen: the person is new here.
    needs_password: bool,
    /// Where a browser goes to accept by signing in at the organisation; no password is asked for then.
    sso_url: Option<String>,
}

/// Look at an invitation
///
/// One that is accepted by single sign-on leads there; to `Accept: application/json` the answer names the address instead. A browser
/// that opens another one is sent to the page of the app.
#[utoipa::path(get, path = "/api/v1/auth/accept-invitation", tag = "workspaces", operation_id = "look_at_invitation", security(()), params(TokenQuery),
    responses((status = 200, body = InvitationLook), (status = 302, description = "To the identity provider, with the invitation"), (status = 303, description = "For browsers: to the app"), (status = 400, description = "INVITATION_INVALID, WRONG_LOGIN_METHOD", body = Problem), (status = 401, description = "INVITATION_EXPIRED", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn look(State(app): State<App>, address: ClientAddress, headers: HeaderMap, Query(query): Query<TokenQuery>) -> Result<Response, ApiError> {
    app.limits.check(Rule::LinkToken, address.group())?;
    let mut tx = app.platform().read().await?;
    let (invitation, settings) = accept::by_token(&mut tx, &app, &query.token).await?;
    if invitation.auth_provider == AuthProvider::Idp
        && let Some(word) = sso::entrance(&mut tx, &app, &invitation.tenant).await?
    {
        let mut to = format!("/api/v1/auth/sso/{word}/login?intent=login&invitation_token=");
        to.extend(url::form_urlencoded::byte_serialize(query.token.as_bytes()));
        if !asks_for_json(&headers) {
            return Ok((StatusCode::FOUND, [(header::LOCATION, to)]).into_response());
        }
        // A script could not follow to another site.
        return Ok(Json(answer(invitation, settings, false, Some(to))).into_response());
    }
    if web::wants_page(&headers) {
        return Ok(web::sent_with_token(&app, links::ACCEPT_INVITATION, &query.token));
    }
    local(&invitation, &settings, None)?;
    let user = users::find_by_email(&mut tx, &invitation.email).await?;
    let needs_password = user.is_none_or(|user| user.password_hash.is_none());
    Ok(Json(answer(invitation, settings, needs_password, None)).into_response())
}

fn answer(invitation: Invitation, settings: Settings, needs_password: bool, sso_url: Option<String>) -> InvitationLook {
    InvitationLook { email: invitation.email.as_str().to_owned(), workspace_name: settings.tenant.name, workspace_slug: settings.tenant.slug, needs_password, sso_url }
}

fn asks_for_json(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|value| value.to_str().is_ok_and(|text| text.contains("application/json")))
}

/// Accepting with a password.
#[derive(Debug, Deserialize, ToSchema)]
struct AcceptRequest {
    /// From the mail.
    token: String,
    /// Chosen now by somebody new; the current one otherwise. Not needed when signed in.
    password: Option<Password>,
}

/// Accept an invitation
///
/// Somebody new chooses a password; somebody who has one is signed in already or sends it. It is never changed here. Somebody
/// who is signed in at an identity provider, whichever it is, needs nothing more.
#[utoipa::path(post, path = "/api/v1/auth/accept-invitation", tag = "workspaces", operation_id = "accept_invitation", security(()), request_body = AcceptRequest,
    responses((status = 200, body = SignInAnswer), (status = 400, description = "INVITATION_INVALID, WEAK_PASSWORD, WRONG_LOGIN_METHOD", body = Problem),
        (status = 401, description = "INVITATION_EXPIRED, INVALID_CREDENTIALS", body = Problem), (status = 403, description = "USER_SUSPENDED, SECOND_FACTOR_REQUIRED, CSRF_FAILED", body = Problem), (status = 409, description = "PASSWORD_NEEDS_SECOND_FACTOR", body = Problem),
        (status = 429, description = "RATE_LIMITED, ACCOUNT_LOCKED", body = Problem)))]
async fn accept_invitation(State(app): State<App>, address: ClientAddress, signed_in: MaybeSignedIn, headers: HeaderMap, Json(body): Json<AcceptRequest>) -> Result<Response, ApiError> {
    app.limits.check(Rule::LinkToken, address.group())?;
    cookies::check_origin(&app, &headers)?;
    let mut tx = app.platform().read().await?;
    let (invitation, settings) = accept::by_token(&mut tx, &app, &body.token).await?;
    let user = users::find_by_email(&mut tx, &invitation.email).await?.ok_or_else(service::over)?;
    drop(tx);
    let is_self = signed_in.0.as_ref().is_some_and(|own| own.0.user == user.id);
    // Whoever is signed in at a provider, this one or another, has shown who they are; a password is not looked at.
    let by_provider = is_self && body.password.is_none() && user.auth_provider == AuthProvider::Idp && settings.auth_mode != Some(AuthMode::LocalOnly);
    if !by_provider {
        local(&invitation, &settings, Some(&user))?;
    }
    let new_hash = proof(&app, &user, body.password.as_ref(), is_self).await?;
    let must_verify = app.config.auth.email_verification && settings.email_verification.unwrap_or(true);

    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let mut user = users::lock(&mut tx, &user.id).await?.filter(|now| now.password_hash == user.password_hash && now.status == user.status).ok_or_else(service::over)?;
    if let Some(hash) = &new_hash {
        users::set_password(&mut tx, &user.id, hash, now).await?;
        let status = if must_verify { UserStatus::PendingVerification } else { UserStatus::Active };
        users::verify(&mut tx, &user.id, !must_verify, status, now).await?;
        (user.email_verified, user.status) = (!must_verify, status);
        if must_verify {
            verification::send(&mut tx, &app, &user.id, &user.email, None, now).await?;
        }
    }
    lockout::clear(&mut tx, &app.keyring, &user.email).await?;
    if !is_self && second_factor::is_enrolled(&mut tx, &user.id).await? {
        let detail = "Your account asks for a second factor, and this step does not.";
        return Err(ApiError::forbidden("SECOND_FACTOR_REQUIRED", detail).with_hint("Sign in at POST /api/v1/auth/login, then accept with the access token."));
    }
    // One that was chosen beside a second factor, which the operator has taken away since.
    if !is_self && body.password.as_ref().is_some_and(|password| !passwords::is_long_enough_alone(password)) {
        return Err(passwords::too_weak_alone());
    }
    let session = SessionId::generate();
    let by = Actor::User { user: user.id.clone(), session: session.clone() };
    if !accept::accept_in(&mut tx, &app, &invitation, &user, &by).await? {
        return Err(service::over());
    }
    let own = signed_in.0.filter(|_| is_self);
    if let Some(own) = &own {
        // The device gets a session of its own in the new workspace; the one before would stay signed in for nobody.
        sessions::revoke_one_in(&mut tx, &user.id, &own.0.session, RevokedReason::Logout, now).await?;
    }
    let opened = sessions::begin(&mut tx, &app, user, session, Method::Invitation, Some(&invitation.tenant)).await?;
    if let Some(own) = &own {
        sessions::inherit_proof(&mut tx, &own.0.session, &opened.begun.session).await?;
    }
    tx.commit().await?;
    app.sessions.forget_user(&opened.user.id);
    sessions::answer(&app, opened, StatusCode::OK).await
}

/// Shows that the person is who the invitation is for; the hash of a password that was chosen now.
async fn proof(app: &App, user: &UserRecord, password: Option<&Password>, is_self: bool) -> Result<Option<String>, ApiError> {
    if user.status == UserStatus::Suspended {
        return Err(sessions::suspended());
    }
    let missing = || ApiError::invalid("INVALID_REQUEST", "`password` is missing.").with_field("password", "MISSING_FIELD", "is required");
    if is_self && user.auth_provider == AuthProvider::Idp {
        return Ok(None);
    }
    if user.password_hash.is_none() {
        let password = password.ok_or_else(missing)?;
        passwords::check(password, &user.email, false)?;
        return app.passwords.hash(password).await.map(Some);
    }
    if is_self {
        return Ok(None);
    }
    let password = password.ok_or_else(missing)?;
    lockout::attempt(app, &user.email).await?;
    if app.passwords.verify(password, user.password_hash.as_deref()).await? { Ok(None) } else { Err(passwords::invalid_credentials()) }
}

/// Refuses those who sign in elsewhere.
fn local(invitation: &Invitation, settings: &Settings, user: Option<&UserRecord>) -> Result<(), ApiError> {
    let elsewhere = user.is_some_and(|user| user.auth_provider == AuthProvider::Idp && user.status != UserStatus::Invited);
    if invitation.auth_provider == AuthProvider::Idp || settings.auth_mode == Some(AuthMode::SsoOnly) || elsewhere {
        return Err(ApiError::invalid("WRONG_LOGIN_METHOD", "This invitation is accepted by signing in at your organisation.").with_hint("Open the link in the mail, or begin at /api/v1/auth/sso/providers."));
    }
    Ok(())
}

/// The person who sent a good access token along, if one was sent at all.
struct MaybeSignedIn(Option<UnverifiedUser>);

impl FromRequestParts<App> for MaybeSignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut http::request::Parts, app: &App) -> Result<Self, ApiError> {
        if !parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(Self(None));
        }
        UnverifiedUser::from_request_parts(parts, app).await.map(|user| Self(Some(user)))
    }
}
