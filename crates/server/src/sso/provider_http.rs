//! `/api/v1/workspace/sso`: a workspace's own identity provider, configured by its admin.

use axum::extract::State;
use http::StatusCode;
use millrace_ids::IdentityProviderId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::StoredProvider;
use super::{discovery, limits, model, provider, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::config::{ClientSecret, is_issuer};
use crate::http::{ApiError, Json, Problem};
use crate::identity::{PersonMay, need};
use crate::rate_limits::Rule;
use crate::sessions;
use crate::tenants::{self, AuthMode};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(show, configure, remove))
}

/// A workspace's identity provider. Its secret is never shown.
#[derive(Debug, Serialize, ToSchema)]
struct SsoAnswer {
    id: IdentityProviderId,
    /// What people know it as.
    name: String,
    /// Its address.
    issuer: String,
    /// How it calls this server.
    client_id: String,
    /// Whether it knows this server by a secret.
    has_client_secret: bool,
    /// What must be registered there as the address to come back to.
    redirect_uri: String,
    /// Where people begin.
    login_url: String,
    created_at: String,
    updated_at: String,
}

/// An identity provider to be used.
#[derive(Deserialize, ToSchema)]
struct SsoRequest {
    /// What people know it as; 1 to 100 characters.
    name: String,
    /// Its https address, as its discovery document names it.
    issuer: String,
    /// How it calls this server.
    client_id: String,
    /// Absent: the one from before stays while issuer and client are the same. Empty: none, for a public client.
    #[schema(value_type = Option<String>)]
    client_secret: Option<ClientSecret>,
}

fn answer(app: &App, stored: StoredProvider) -> SsoAnswer {
    let word = stored.id.as_str();
    SsoAnswer {
        redirect_uri: model::redirect_uri(app, word),
        login_url: format!("{}/api/v1/auth/sso/{word}/login", app.config.public_url()),
        has_client_secret: stored.sealed_secret.is_some(),
        id: stored.id,
        name: stored.name,
        issuer: stored.issuer,
        client_id: stored.client_id,
        created_at: stored.created_at.to_string(),
        updated_at: stored.updated_at.to_string(),
    }
}

fn none() -> ApiError {
    ApiError::not_found("identity provider")
}

/// This workspace's identity provider
#[utoipa::path(get, path = "/api/v1/workspace/sso", tag = "workspaces", operation_id = "show_sso",
    responses((status = 200, body = SsoAnswer), (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "Not allowed", body = Problem), (status = 404, description = "It has none", body = Problem)))]
async fn show(State(app): State<App>, caller: PersonMay<need::WorkspaceManage>) -> Result<Json<SsoAnswer>, ApiError> {
    let stored = store::provider(&mut app.of(&caller.tenant).read().await?, &caller.tenant).await?.ok_or_else(none)?;
    Ok(Json(answer(&app, stored)))
}

/// Configure an identity provider
///
/// Its discovery document is read at once. It is believed for addresses of the workspace's verified domains, and no others.
#[utoipa::path(put, path = "/api/v1/workspace/sso", tag = "workspaces", operation_id = "configure_sso", request_body = SsoRequest,
    responses((status = 200, body = SsoAnswer), (status = 400, description = "INVALID_REQUEST, INVALID_ISSUER", body = Problem), (status = 401, description = "Not signed in", body = Problem),
        (status = 403, description = "Not allowed", body = Problem), (status = 429, description = "RATE_LIMITED", body = Problem)))]
async fn configure(State(app): State<App>, caller: PersonMay<need::WorkspaceManage>, Json(body): Json<SsoRequest>) -> Result<Json<SsoAnswer>, ApiError> {
    app.limits.check(Rule::AdminWrite, &caller.tenant)?;
    checked(&body)?;
    if let Err(error) = discovery::metadata(&app, &body.issuer).await {
        // What exactly answers at an address is not for strangers to find out by naming it here.
        tracing::info!(%error, "an issuer was refused");
        return Err(invalid_issuer("no identity provider answers there, or it names itself otherwise"));
    }
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    let before = store::provider(&mut tx, &caller.tenant).await?;
    let moved = before.as_ref().is_some_and(|stored| stored.issuer != body.issuer);
    let id = before.as_ref().map_or_else(IdentityProviderId::generate, |stored| stored.id.clone());
    let sealed_secret = match body.client_secret.as_ref().map(ClientSecret::expose) {
        Some("") => None,
        Some(text) => Some(app.keyring.seal(&caller.tenant, provider::KIND, id.as_str(), text.as_bytes())),
        // A secret is never handed to another issuer than the one it was given for.
        None => before.filter(|stored| stored.issuer == body.issuer && stored.client_id == body.client_id).and_then(|stored| stored.sealed_secret),
    };
    let provider = StoredProvider { id, tenant: caller.tenant.clone(), name: body.name.trim().to_owned(), issuer: body.issuer, client_id: body.client_id, sealed_secret, created_at: now, updated_at: now };
    store::put(&mut tx, &provider, now).await?;
    // Whom another issuer vouched for, this one did not.
    let sessions = if moved { sessions::revoke_of_provider(&mut tx, provider.id.as_str(), None, caller.by.session(), now).await? } else { 0 };
    let entry = Entry::new(Action::SsoConfigured, "identity_provider", &provider.id)
        .meta(json!({"name": provider.name, "issuer": provider.issuer, "client_id": provider.client_id, "sessions": sessions}));
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, entry, now).await?;
    let stored = store::provider(&mut tx, &caller.tenant).await?.ok_or_else(none)?;
    tx.commit().await?;
    if moved {
        app.sessions.forget_all();
    }
    Ok(Json(answer(&app, stored)))
}

fn checked(body: &SsoRequest) -> Result<(), ApiError> {
    let invalid = |field: &str, message: &str| Err(ApiError::invalid("INVALID_REQUEST", format!("`{field}` {message}.")).with_field(field, "INVALID_VALUE", message));
    let name = body.name.trim();
    if name.is_empty() || name.chars().count() > limits::NAME || name.chars().any(char::is_control) {
        return invalid("name", "is 1 to 100 characters");
    }
    let is_setting = |text: &str| text.len() <= limits::SETTING && text.chars().all(|c| !c.is_control());
    if body.client_id.is_empty() || !is_setting(&body.client_id) {
        return invalid("client_id", "is what the provider calls this server");
    }
    if body.client_secret.as_ref().is_some_and(|secret| !is_setting(secret.expose())) {
        return invalid("client_secret", "is one line of text");
    }
    if !is_setting(&body.issuer) || !is_issuer(&body.issuer) {
        return Err(invalid_issuer("is the https address of an identity provider"));
    }
    Ok(())
}

fn invalid_issuer(message: &str) -> ApiError {
    ApiError::invalid("INVALID_ISSUER", "This cannot be used as an identity provider.").with_field("issuer", "INVALID_ISSUER", message).with_hint("It is the address before `/.well-known/openid-configuration`.")
}

/// Remove the identity provider
///
/// People who came by it keep their accounts, and sign in again once there is a provider that they are known at. Sessions that
/// began there end, but for the one that removes it.
#[utoipa::path(delete, path = "/api/v1/workspace/sso", tag = "workspaces", operation_id = "remove_sso",
    responses((status = 204, description = "Removed"), (status = 401, description = "Not signed in", body = Problem), (status = 403, description = "Not allowed", body = Problem), (status = 404, description = "It has none", body = Problem),
        (status = 409, description = "SSO_IN_USE: the workspace lets nobody in otherwise", body = Problem)))]
async fn remove(State(app): State<App>, caller: PersonMay<need::WorkspaceManage>) -> Result<StatusCode, ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    let stored = store::provider(&mut tx, &caller.tenant).await?.ok_or_else(none)?;
    let settings = tenants::workspace_settings(&mut tx, &caller.tenant).await?;
    if app.config.sso.is_none() && settings.is_some_and(|settings| settings.auth_mode == Some(AuthMode::SsoOnly)) {
        let detail = "The people of this workspace sign in there and nowhere else.";
        return Err(ApiError::conflict("SSO_IN_USE", detail).with_hint("Change `auth_mode` of the workspace first: PATCH /api/v1/workspace."));
    }
    store::remove(&mut tx, &caller.tenant).await?;
    let sessions = sessions::revoke_of_provider(&mut tx, stored.id.as_str(), None, caller.by.session(), now).await?;
    let entry = Entry::new(Action::SsoRemoved, "identity_provider", &stored.id).meta(json!({"sessions": sessions}));
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, entry, now).await?;
    tx.commit().await?;
    app.sessions.forget_all();
    Ok(StatusCode::NO_CONTENT)
}
