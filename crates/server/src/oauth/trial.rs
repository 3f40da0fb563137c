//! A consent that tests an app: there and back as a connection would be made, and in the end nothing but what was found is kept. The
//! tokens are thrown away, and given back where the provider takes them.

use std::collections::HashMap;

use http::HeaderMap;
use millrace_clock::Timestamp;
use millrace_connector::oauth::{self, OAuthError, Tokens};
use millrace_connector::{Connector, Credentials};
use url::Url;

use super::state::{Kept, Purpose, State};
use super::{begin, finish, limits};
use crate::app::App;
use crate::http::ApiError;
use crate::identity::Caller;
use crate::oauth_apps::model::{Health, Kind, LastTest, Opened};
use crate::oauth_apps::{health, rule, service as apps};

/// A test that a person goes on with.
pub(crate) struct Consent {
    /// Where.
    pub url: Url,
    /// Until when it counts.
    pub expires_at: Timestamp,
    state: State,
}

impl Consent {
    /// Gives the browser its cookie.
    pub fn remember(&self, app: &App, headers: &mut HeaderMap) {
        self.state.remember(app, headers);
    }
}

/// Begins; nothing for an app that asks no people, and for one that may not be used.
///
/// # Errors
/// 400 `INVALID_RETURN_TO`; 429 `RATE_LIMITED`; the database failed.
pub(crate) async fn begin(app: &App, caller: &Caller, connector: &Connector, opened: &Opened, return_to: Option<&str>, loopback_port: Option<u16>) -> Result<Option<Consent>, ApiError> {
    let return_to = return_to.map(|to| begin::own_address(app, to)).transpose()?;
    if opened.app.kind != Kind::Oauth || rule::may_renew(&opened.app).is_err() {
        return Ok(None);
    }
    let (state, expires_at) = (State::generate(), app.clock.now().plus(limits::TEST_TTL));
    let url = begin::address(app, connector, opened, &state, &opened.app.scopes)?;
    let kept = Kept {
        tenant: caller.tenant.clone(),
        by: caller.by.clone(),
        purpose: Purpose::Test,
        provider: connector.service.clone(),
        app: opened.app.id.clone(),
        installation: None,
        service: connector.service.clone(),
        connection: None,
        scopes: opened.app.scopes.clone(),
        redirect_uri: opened.app.redirect_uri.clone(),
        return_to,
        loopback_port,
        expires_at,
        is_used: false,
    };
    begin::write_down(app, &state, &kept).await?;
    Ok(Some(Consent { url, expires_at, state }))
}

/// What came of it, and what that says of the app's health, if anything.
struct Found {
    error: Option<String>,
    scopes: Vec<String>,
    revoked: bool,
    health: Option<Health>,
}

impl Found {
    fn failed(error: &str, health: Option<Health>) -> Self {
        let error = error.chars().filter(|c| !c.is_control()).take(limits::SAID).collect::<String>();
        Self { error: Some(error.trim().to_owned()), scopes: Vec::new(), revoked: false, health }
    }
}

/// Exchanges the code that a person brought back, or takes down why there is none.
///
/// # Errors
/// 400 `INVALID_STATE`; 409 with the codes of [`crate::oauth_apps::Refusal`]; the database failed.
pub(super) async fn finish(app: &App, state: &State, kept: &Kept, connector: &Connector, query: &HashMap<String, String>) -> Result<LastTest, ApiError> {
    finish::still_may(app, kept).await?;
    let opened = apps::by_id(app, &kept.app).await?.ok_or_else(|| apps::refused(rule::Refusal::CredentialsMismatch, &connector.title))?;
    rule::may_renew(&opened.app).map_err(|refusal| apps::refused(refusal, &connector.title))?;
    let code = query.get("code").filter(|code| !code.is_empty() && code.len() <= limits::PARAMETER);
    let found = match (query.get("error"), code) {
        (Some(error), _) => Found::failed(&format!("{error} {}", query.get("error_description").map_or("", String::as_str)), of_refusal(error)),
        (None, None) => Found::failed("it sent no code", None),
        (None, Some(code)) => exchange(app, state, kept, connector, &opened, code).await?,
    };
    let test = LastTest {
        app: opened.app.id.clone(),
        at: app.clock.now().to_string(),
        success: found.error.is_none(),
        error: found.error,
        scopes: found.scopes,
        revoked: found.revoked,
    };
    health::tested(app, &opened.app, &test, found.health).await?;
    Ok(test)
}

/// A person who says no says nothing about the app.
fn of_refusal(code: &str) -> Option<Health> {
    match code {
        "access_denied" | "login_required" | "consent_required" | "interaction_required" | "account_selection_required" => None,
        "server_error" | "temporarily_unavailable" => Some(Health::Degraded),
        _ => Some(Health::Unhealthy),
    }
}

async fn exchange(app: &App, state: &State, kept: &Kept, connector: &Connector, opened: &Opened, code: &str) -> Result<Found, ApiError> {
    let (verifier, now_ms) = (state.verifier(&app.keyring), app.clock.now().millis());
    Ok(match oauth::exchange_code(&app.egress, connector, &opened.client(), code, &kept.redirect_uri, Some(&verifier), now_ms).await {
        Ok(Tokens { credentials, .. }) => {
            let revoked = give_back(app, connector, opened, &credentials).await?;
            let scopes = finish::granted(&credentials).unwrap_or_else(|| connector.native_scopes(&kept.scopes));
            Found { error: None, scopes, revoked, health: Some(Health::Healthy) }
        }
        // About the code, which anybody can make up: not about the app.
        Err(OAuthError::Refused { code, detail, .. }) if code == "invalid_grant" => Found::failed(&format!("{code} {detail}"), None),
        Err(OAuthError::Refused { code, detail, .. }) => Found::failed(&format!("{code} {detail}"), Some(Health::Unhealthy)),
        Err(OAuthError::Unavailable { detail, .. }) => Found::failed(&detail, Some(Health::Degraded)),
        Err(OAuthError::Misconfigured(text)) => Found::failed(&text, Some(Health::Unhealthy)),
    })
}

/// Gives the tokens back. Not while the app has accounts connected: some providers end all that a person granted to a client
/// together, and the person who tests may be one of those whose account works.
async fn give_back(app: &App, connector: &Connector, opened: &Opened, tokens: &Credentials) -> Result<bool, ApiError> {
    if health::serves(app, &opened.app).await? {
        return Ok(false);
    }
    Ok(match oauth::revoke(&app.egress, connector, &opened.client(), tokens).await {
        Ok(done) => done,
        Err(error) => {
            tracing::warn!(app = %opened.app.id, %error, "the tokens of a test were not taken back; they are forgotten");
            false
        }
    })
}
