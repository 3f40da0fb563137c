//! Routes of signing in at an identity provider: there, back, and which there are.

use std::collections::HashMap;

use axum::extract;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use millrace_ids::InvitationId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{Intent, Provider};
use super::state::{self, State};
use super::{arrive, discovery, limits, provider, token};
use crate::app::App;
use crate::http::{ApiError, ClientAddress, Json, Page, Path, Problem, Query};
use crate::invitations;
use crate::rate_limits::Rule;
use crate::security_events::{self, Kind};
use crate::sessions::{self, Facts, Next, Opened, SignInAnswer};
use crate::users::AuthProvider;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(providers)).routes(routes!(begin)).routes(routes!(callback))
}

/// Whose providers.
#[derive(Debug, Deserialize, IntoParams)]
struct ProvidersQuery {
    /// The short name of a workspace, whose own provider is then listed, too.
    workspace: Option<String>,
}

/// A way to sign in.
#[derive(Debug, Serialize, ToSchema)]
struct ProviderEntry {
    /// The word in its addresses.
    provider: String,
    /// What people know it as.
    name: String,
    /// Where a browser begins.
    login_url: String,
    /// Where a browser signs out at the provider, too.
    logout_url: String,
}

/// List identity providers
///
/// Those of the installation, and of a workspace. A workspace that does not exist has none.
#[utoipa::path(get, path = "/api/v1/auth/sso/providers", tag = "sign-in", operation_id = "list_sso_providers", security(()), params(ProvidersQuery),
    responses((status = 200, description = "A workspace's own first", body = Page<ProviderEntry>), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn providers(extract::State(app): extract::State<App>, address: ClientAddress, Query(query): Query<ProvidersQuery>) -> Result<Json<Page<ProviderEntry>>, ApiError> {
    app.limits.check(Rule::LinkToken, address.group())?;
    let found = provider::choice(&mut app.platform().read().await?, &app, query.workspace.as_deref()).await?;
    let url = |word: &str, step: &str| format!("{}/api/v1/auth/sso/{word}/{step}", app.config.public_url());
    let entry = |(word, name): (String, String)| ProviderEntry { login_url: url(&word, "login"), logout_url: url(&word, "logout"), provider: word, name };
    Ok(Json(Page { data: found.into_iter().map(entry).collect(), next_cursor: None }))
}

/// Why somebody comes.
#[derive(Debug, Deserialize, IntoParams)]
struct BeginQuery {
    /// `signup` or `login`, which is meant otherwise.
    intent: Option<String>,
    /// The token of an invitation that is to be accepted.
    invitation_token: Option<String>,
}

/// Sign in at an identity provider
///
/// Sends the browser there. It comes back to the callback, and to no address that a request could name.
#[utoipa::path(get, path = "/api/v1/auth/sso/{provider}/login", tag = "sign-in", operation_id = "begin_sso", security(()), params(("provider" = String, Path, description = "`default`, or the id of a workspace's own"), BeginQuery),
    responses((status = 303, description = "To the provider"), (status = 400, description = "INVITATION_INVALID, WRONG_LOGIN_METHOD", body = Problem), (status = 401, description = "INVITATION_EXPIRED", body = Problem),
        (status = 404, description = "No such provider", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem), (status = 503, description = "The provider does not answer", body = Problem)))]
async fn begin(extract::State(app): extract::State<App>, address: ClientAddress, Path(word): Path<String>, Query(query): Query<BeginQuery>) -> Result<Response, ApiError> {
    app.limits.check(Rule::SsoBegin, address.group())?;
    let wrong = |message: String| ApiError::invalid("INVALID_REQUEST", "`intent` is signup or login.").with_field("intent", "INVALID_VALUE", message);
    let intent = query.intent.as_deref().map_or(Ok(Intent::Login), str::parse).map_err(wrong)?;
    let mut tx = app.platform().read().await?;
    let provider = provider::find(&mut tx, &app, &word).await?;
    let invitation = match query.invitation_token.as_deref() {
        Some(token) => Some(invited(&mut tx, &app, token).await?),
        None => None,
    };
    drop(tx);
    let metadata = discovery::metadata(&app, &provider.issuer).await.map_err(token::unreachable)?;
    let (state, mut headers) = (State::generate(), HeaderMap::new());
    let mut tx = app.platform().begin().await?;
    state.begin(&mut tx, &app, &mut headers, &provider, intent, invitation.as_ref()).await?;
    tx.commit().await?;
    let mut to = metadata.authorization.clone();
    to.query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client_id)
        .append_pair("redirect_uri", &provider.redirect_uri(&app))
        .append_pair("scope", "openid email profile")
        .append_pair("state", state.expose())
        .append_pair("nonce", &state.nonce(&app.keyring))
        .append_pair("code_challenge", &state.challenge(&app.keyring))
        .append_pair("code_challenge_method", "S256");
    see_other(headers, to.as_str())
}

/// The invitation that a link opens, if it is accepted by single sign-on.
async fn invited(tx: &mut millrace_db::Tx, app: &App, token: &str) -> Result<InvitationId, ApiError> {
    let (invitation, _) = invitations::by_token(tx, app, token).await?;
    if invitation.auth_provider == AuthProvider::Idp {
        return Ok(invitation.id);
    }
    Err(ApiError::invalid("WRONG_LOGIN_METHOD", "This invitation is accepted with a password.").with_hint("Open the link in the mail."))
}

/// Come back from an identity provider
///
/// Its answer is in the query. To `Accept: application/json` the answer is that of signing in; a browser is sent on to the app,
/// with the refresh token in its cookie.
#[utoipa::path(get, path = "/api/v1/auth/sso/{provider}/callback", tag = "sign-in", operation_id = "finish_sso", security(()),
    params(("provider" = String, Path, description = "`default`, or the id of a workspace's own"), ("code" = Option<String>, Query, description = "From the provider"), ("state" = Option<String>, Query, description = "As it was sent there"),
        ("error" = Option<String>, Query, description = "Why the provider did not sign the person in"), ("iss" = Option<String>, Query, description = "Which provider answers")),
    responses((status = 200, body = SignInAnswer), (status = 303, description = "For browsers: to the app, or to the page of signing in with `error`"),
        (status = 400, description = "IDP_CALLBACK_ERROR, AUTH_PROVIDER_MISMATCH, INVITATION_INVALID, INVITATION_EMAIL_MISMATCH", body = Problem),
        (status = 401, description = "SSO_STATE_INVALID, SSO_STATE_EXPIRED, SSO_STATE_USED, PKCE_FAILED, IDP_TOKEN_INVALID, NONCE_INVALID, AUTHENTICATION_FAILED, INVITATION_EXPIRED", body = Problem),
        (status = 403, description = "USER_SUSPENDED", body = Problem), (status = 404, description = "No such provider", body = Problem), (status = 409, description = "ACCOUNT_CONFLICT, AUTH_PROVIDER_MISMATCH", body = Problem),
        (status = 429, description = "RATE_LIMITED", body = Problem), (status = 503, description = "The provider does not answer", body = Problem)))]
async fn callback(extract::State(app): extract::State<App>, address: ClientAddress, Path(word): Path<String>, headers: HeaderMap, Query(query): Query<HashMap<String, String>>) -> Result<Response, ApiError> {
    app.limits.check(Rule::SsoCallback, address.group())?;
    let provider = provider::find(&mut app.platform().read().await?, &app, &word).await?;
    let state = query.get("state").filter(|text| text.len() <= limits::PARAMETER).map(|text| State::of(text));
    let wants_json = headers.get_all(header::ACCEPT).iter().any(|value| value.to_str().is_ok_and(|text| text.contains("application/json")));
    match finish(&app, &provider, state.as_ref(), &headers, &query).await {
        Ok(opened) => came_in(&app, state.as_ref(), opened, wants_json).await,
        Err(error) => {
            report(&app, &provider, &error).await?;
            if wants_json { Err(error) } else { see_other(HeaderMap::new(), &format!("{}/app/sign-in?error={}", app.config.public_url(), error.code)) }
        }
    }
}

/// Steps 2 to 15 of the specification.
async fn finish(app: &App, provider: &Provider, state: Option<&State>, headers: &HeaderMap, query: &HashMap<String, String>) -> Result<Opened, ApiError> {
    if query.contains_key("error") {
        return Err(ApiError::invalid("IDP_CALLBACK_ERROR", "The identity provider did not sign you in.").with_hint("Begin again, or ask whoever looks after your account there."));
    }
    let state = state.ok_or_else(state::invalid)?;
    let kept = state.take(app, headers, &provider.word).await?;
    let is_same = kept.issuer == provider.issuer && kept.client_id == provider.client_id;
    // RFC 9207: an answer that names another issuer was meant for another sign-in.
    if !is_same || query.get("iss").is_some_and(|issuer| *issuer != provider.issuer) {
        return Err(state::invalid());
    }
    let code = query.get("code").filter(|code| !code.is_empty() && code.len() <= limits::PARAMETER);
    let code = code.ok_or_else(|| state::refused("PKCE_FAILED", "The identity provider sent no code."))?;
    let identity = token::identity(app, provider, state, code).await?;
    arrive::arrive(app, provider, &kept, &identity).await
}

/// The answer to somebody who came in.
async fn came_in(app: &App, state: Option<&State>, opened: Opened, wants_json: bool) -> Result<Response, ApiError> {
    let page = match opened.next {
        Next::Workspace => "/app",
        Next::PickWorkspace => "/app/pick-workspace",
        Next::CreateWorkspace => "/app/create-workspace",
    };
    let mut answer = sessions::answer(app, opened, StatusCode::OK).await?;
    if let Some(state) = state {
        state.forget(app, answer.headers_mut());
    }
    if wants_json {
        return Ok(answer);
    }
    let mut headers = HeaderMap::new();
    for cookie in answer.headers().get_all(header::SET_COOKIE) {
        headers.append(header::SET_COOKIE, cookie.clone());
    }
    see_other(headers, &format!("{}{page}", app.config.public_url()))
}

/// Whoever was refused is written down, with the reason and nothing of what they sent.
async fn report(app: &App, provider: &Provider, error: &ApiError) -> Result<(), ApiError> {
    if error.status.is_server_error() {
        return Ok(());
    }
    let subject = Facts::current().ip.unwrap_or_else(|| provider.word.clone());
    let mut tx = app.platform().begin().await?;
    security_events::record(&mut tx, None, Kind::SsoRefused, &subject, &json!({"reason": error.code, "provider": provider.word}), app.clock.now()).await?;
    Ok(tx.commit().await?)
}

pub(super) fn see_other(mut headers: HeaderMap, to: &str) -> Result<Response, ApiError> {
    headers.insert(header::LOCATION, HeaderValue::from_str(to).map_err(ApiError::internal)?);
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}
