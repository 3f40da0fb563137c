//! And back: the code becomes tokens, and those a connection.

use std::collections::HashMap;

use millrace_connector::oauth::{self, OAuthError, Tokens};
use millrace_connector::{Connector, Credentials};
use serde_json::Value;

use super::begin::CONSENT;
use super::limits;
use super::state::{Kept, State, invalid};
use super::store;
use crate::app::App;
use crate::connections::{self, Connection, Grant, Origin};
use crate::http::ApiError;
use crate::identity::{Caller, Permission, Permissions, Role};
use crate::installations;
use crate::oauth_apps::model::Opened;
use crate::oauth_apps::{rule, service as apps, slot};
use crate::workflows::LoadedVersion;

/// Uses a state up, once.
///
/// # Errors
/// 400 `INVALID_STATE`.
pub(super) async fn spend(app: &App, state: &State, kept: &Kept) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&kept.tenant).begin().await?;
    let first = store::spend(&mut tx, &state.hash(&app.keyring), now).await?;
    tx.commit().await?;
    if !first {
        return Err(invalid("This answer was used before."));
    }
    if now >= kept.expires_at {
        return Err(invalid("This took too long."));
    }
    Ok(())
}

/// What a provider says instead of a code, in bounds.
pub(super) fn told(query: &HashMap<String, String>, title: &str) -> Option<ApiError> {
    let said = |name: &str| query.get(name).map(|text| text.chars().filter(|c| !c.is_control()).take(limits::SAID).collect::<String>());
    let code = said("error")?;
    let more = said("error_description").map_or_else(String::new, |text| format!(": {text}"));
    Some(ApiError::invalid("OAUTH_REFUSED", format!("{title} did not connect the account ({code}{more}).")).with_hint("Begin again, and agree to what is asked for."))
}

/// The connection that the code becomes.
///
/// # Errors
/// 400 `OAUTH_REFUSED`, `INVALID_STATE`; 409 with the codes of [`crate::oauth_apps::Refusal`]; 503.
pub(super) async fn finish(app: &App, state: &State, kept: &Kept, connector: &Connector, code: &str) -> Result<Connection, ApiError> {
    still_may(app, kept).await?;
    let opened = apps::by_id(app, &kept.app).await?.ok_or_else(|| apps::refused(rule::Refusal::CredentialsMismatch, &connector.title))?;
    rule::may_renew(&opened.app).map_err(|refusal| apps::refused(refusal, &connector.title))?;
    let version = match &kept.installation {
        Some(id) => Some(is_still_the_one(app, kept, id, connector).await?),
        None => None,
    };
    let verifier = state.verifier(&app.keyring);
    let now_ms = app.clock.now().millis();
    let tokens = oauth::exchange_code(&app.egress, connector, &opened.client(), code, &kept.redirect_uri, Some(&verifier), now_ms).await.map_err(|error| refused(connector, &error))?;
    let mut attempts = 0;
    let made = loop {
        attempts += 1;
        match keep(app, kept, connector, &opened, &tokens, version.as_deref()).await {
            // The code is spent: what others changed meanwhile must not cost the person their consent.
            Err(error) if attempts < limits::ATTEMPTS && ["INSTALLATION_CHANGED", "CONNECTION_CHANGED"].contains(&error.code.as_str()) => {}
            done => break done?,
        }
    };
    app.connections.forget(&kept.tenant, &made.id);
    app.snapshots.forget(|(tenant, _), _| *tenant == kept.tenant);
    Ok(made)
}

/// In one transaction: the connection is made, or made anew, and given to the installation; webhooks of all that use it are signed
/// with the secret that came with it.
async fn keep(app: &App, kept: &Kept, connector: &Connector, opened: &Opened, tokens: &Tokens, version: Option<&LoadedVersion>) -> Result<Connection, ApiError> {
    let mut credentials = tokens.credentials.clone();
    if let Some(secret) = &opened.secrets.webhook_secret {
        credentials.set("webhook_secret", secret.as_str());
    }
    let brings = installations::link::secret_of(&credentials);
    let again = kept.connection.as_ref().zip(brings.as_ref().map(|secret| secret.as_str()));
    let linking = installations::link::prepare(app, &kept.tenant, kept.installation.as_ref(), again).await?;
    let origin = Origin {
        source: opened.app.owner,
        app: Some(opened.app.id.clone()),
        user: kept.by.user().cloned(),
        account_label: label(&credentials),
        scopes: granted(&tokens.credentials).unwrap_or_else(|| kept.scopes.clone()),
    };
    let grant = Grant { service: connector.service.clone(), auth_kind: CONSENT.as_str(), origin, credentials };
    let mut tx = app.of(&kept.tenant).begin().await?;
    linking.begin(&mut tx, app).await?;
    let (made, holds) = connections::keep(&mut tx, app, &kept.tenant, &kept.by, grant, kept.connection.as_ref()).await?;
    // What signs deliveries counts from the same moment as the connection.
    let secret = installations::link::secret_of(&holds);
    let linked = linking.finish(&mut tx, app, &kept.by, version.map(|version| &*version.definition), connector, (&made.id, secret.as_ref().map(|s| s.as_str()))).await?;
    tx.commit().await?;
    linked.forget(app, &kept.tenant);
    Ok(made)
}

/// The scopes that a provider says it granted, if it does.
pub(super) fn granted(tokens: &Credentials) -> Option<Vec<String>> {
    Some(tokens.get("scope")?.split([' ', ',']).filter(|s| !s.is_empty()).map(str::to_owned).collect())
}

/// Whoever began may have lost the right since.
pub(super) async fn still_may(app: &App, kept: &Kept) -> Result<(), ApiError> {
    let permissions = if kept.by.user().is_some() { Permissions::NONE } else { Permissions::of(&[Permission::ConnectionsManage]) };
    let caller = Caller { tenant: kept.tenant.clone(), by: kept.by.clone(), role: Role::Member, permissions };
    if caller.still_may(app, Permission::ConnectionsManage).await? { Ok(()) } else { Err(invalid("Whoever began this may not connect accounts of the workspace any more.")) }
}

/// The app may have been replaced while the person was away.
async fn is_still_the_one(app: &App, kept: &Kept, id: &millrace_ids::InstallationId, connector: &Connector) -> Result<std::sync::Arc<LoadedVersion>, ApiError> {
    let (terms, version) = slot::of_installation(app, &kept.tenant, id).await?;
    let present = terms.resolve(app, connector).await?.map_err(|refusal| apps::refused(refusal, &connector.title))?;
    if present.app.id != kept.app {
        return Err(apps::refused(rule::Refusal::CredentialsMismatch, &connector.title));
    }
    Ok(version)
}

fn refused(connector: &Connector, error: &OAuthError) -> ApiError {
    match error {
        OAuthError::Refused { code, detail, .. } => {
            let said: String = format!("{code} {detail}").chars().filter(|c| !c.is_control()).take(limits::SAID).collect();
            ApiError::invalid("OAUTH_REFUSED", format!("{} did not exchange the code ({}).", connector.title, said.trim())).with_hint("Begin again. If it happens again, test the app.")
        }
        OAuthError::Unavailable { .. } => ApiError::unavailable(format!("{} does not answer; begin again in a while.", connector.title)),
        OAuthError::Misconfigured(text) => ApiError::invalid("OAUTH_REFUSED", format!("{text}.")),
    }
}

/// What a provider calls the account, where its answer says.
fn label(credentials: &Credentials) -> Option<String> {
    let said = ["account_label", "account_name", "workspace_name", "team_name", "hub_domain", "email"].iter().find_map(|name| credentials.get(name)).map(str::to_owned);
    let label = said.or_else(|| email_of(credentials.get("id_token")?))?;
    let clean: String = label.chars().filter(|c| !c.is_control()).take(120).collect();
    Some(clean.trim().to_owned()).filter(|text| !text.is_empty())
}

/// It came from the token endpoint over TLS and is shown to people only: its signature is nobody's concern here.
fn email_of(token: &str) -> Option<String> {
    use base64::Engine as _;
    let claims = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Some(claims.get("email")?.as_str()?.to_owned())
}
