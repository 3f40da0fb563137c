//! Whether apps work, and whether what they made does: asked for by a person, and each quarter of an hour by the server.

use std::time::Instant;

use async_trait::async_trait;
use millrace_clock::Timestamp;
use millrace_connector::executor::RawCall;
use millrace_connector::schema::AuthKind;
use millrace_connector::oauth::{self, OAuthError};
use millrace_connector::{Connection as _, ConnectionError, Connector, Credentials, ErrorCode, OperationCall, SecretText};
use millrace_db::Tx;
use serde::Serialize;
use utoipa::ToSchema;

use super::limits;
use super::model::{App, Health, Kind, LastTest, Opened};
use super::{service, store};
use crate::app::Parts;
use crate::connections;
use crate::http::ApiError;
use crate::mail::Template;
use crate::memberships;

/// What a test of an app found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OAuthAppTest)]
pub(super) struct Tested {
    /// Whether the provider takes it.
    success: bool,
    /// How long the provider took, in milliseconds.
    latency_ms: u64,
    /// What it said when it refused, or did not answer.
    error: Option<String>,
    /// Scopes that it named.
    scopes: Option<Vec<String>>,
    /// The app's health from now on.
    health_status: Health,
}

/// What a provider said.
struct Found {
    health: Health,
    error: Option<String>,
    scopes: Option<Vec<String>>,
}

impl Found {
    fn healthy(scopes: Option<&str>) -> Self {
        Self { health: Health::Healthy, error: None, scopes: scopes.map(|text| text.split([' ', ',']).filter(|s| !s.is_empty()).map(str::to_owned).collect()) }
    }

    fn not(health: Health, error: &str) -> Self {
        Self { health, error: Some(error.chars().map(|c| if c.is_control() { ' ' } else { c }).take(limits::ERROR_CHARS).collect()), scopes: None }
    }
}

/// Asks the provider and writes down what it says.
pub(super) async fn test(parts: &Parts, opened: &Opened) -> Result<Tested, ApiError> {
    let begun = Instant::now();
    let found = ask(parts, opened).await;
    let latency_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
    write(parts, &opened.app, &found).await?;
    Ok(Tested { success: found.health == Health::Healthy, latency_ms, error: found.error, scopes: found.scopes, health_status: found.health })
}

async fn ask(parts: &Parts, opened: &Opened) -> Found {
    let Some(connector) = parts.registry.get(&opened.app.provider).cloned() else { return Found::not(Health::Unknown, "there is no connector for it") };
    let now_ms = parts.clock.now().millis();
    match opened.app.kind {
        // A refresh token that nobody gave out: a provider that knows the client refuses the token, any other one the client.
        Kind::Oauth => match oauth::refresh(&parts.egress, &connector, &opened.client(), &SecretText::from("not-a-token"), now_ms).await {
            Ok(_) => Found::healthy(None),
            Err(OAuthError::Refused { code, detail, .. }) if is_about_client(&code) => Found::not(Health::Unhealthy, &format!("{code} {detail}")),
            Err(OAuthError::Refused { .. }) => Found::healthy(None),
            Err(other) => of_error(&other),
        },
        // The provider gives the app's own account a token, or says why not.
        Kind::S2s => ask_for_token(parts, &connector, &opened.fields(), now_ms).await,
        // A key for which the provider gives out tokens is asked about in the same way.
        Kind::Static if gets_tokens(&connector, &opened.fields()) => ask_for_token(parts, &connector, &opened.fields(), now_ms).await,
        Kind::Static => match &connector.check {
            Some(operation) => ask_by_operation(parts, &connector.service, operation, opened.fields(), now_ms).await,
            None => ask_with_key(parts, &connector.service, opened.fields(), now_ms).await,
        },
    }
}

async fn ask_for_token(parts: &Parts, connector: &Connector, fields: &Credentials, now_ms: i64) -> Found {
    match oauth::server_to_server(&parts.egress, connector, fields, now_ms).await {
        Ok(tokens) => Found::healthy(tokens.credentials.get("scope")),
        Err(OAuthError::Refused { code, detail, .. }) => Found::not(Health::Unhealthy, &format!("{code} {detail}")),
        Err(other) => of_error(&other),
    }
}

fn gets_tokens(connector: &Connector, fields: &Credentials) -> bool {
    connector.auth(AuthKind::ServerToServer).is_some_and(|auth| auth.required_fields().iter().all(|name| fields.get(name).is_some()))
}

/// The operation that the service lets every key call: what is refused for the sake of the key is about the key, and a key that may do
/// less than this is a good one.
async fn ask_by_operation(parts: &Parts, service: &str, operation: &str, fields: Credentials, now_ms: i64) -> Found {
    let key = Key(fields);
    let asked = OperationCall {
        service,
        operation,
        args: &[],
        connection: &key,
        idempotency_key: "",
        correlation_id: "",
        at_most_once: true,
        now_ms,
        budget: Some(limits::ANSWER),
        scope: None,
    };
    let answer = parts.connectors.call(asked).await;
    let Some(error) = answer.error.filter(|_| !answer.success) else { return Found::healthy(None) };
    match error.code {
        ErrorCode::AuthMissing | ErrorCode::AuthInvalid | ErrorCode::AuthExpired => Found::not(Health::Unhealthy, &error.message),
        ErrorCode::AuthInsufficientScope | ErrorCode::PermissionDenied => Found::healthy(None),
        ErrorCode::NetworkError | ErrorCode::ProviderDown | ErrorCode::Timeout | ErrorCode::RateLimited | ErrorCode::QuotaExceeded => Found::not(Health::Degraded, &error.message),
        _ => Found::not(Health::Unknown, &error.message),
    }
}

fn is_about_client(code: &str) -> bool {
    ["invalid_client", "unauthorized_client", "bad_client", "incorrect_client_credentials", "status 401"].contains(&code)
}

fn of_error(error: &OAuthError) -> Found {
    match error {
        OAuthError::Unavailable { detail, .. } => Found::not(Health::Degraded, detail),
        OAuthError::Refused { code, .. } => Found::not(Health::Unhealthy, code),
        OAuthError::Misconfigured(text) => Found::not(Health::Unhealthy, text),
    }
}

/// A key as a connection.
struct Key(Credentials);

#[async_trait]
impl millrace_connector::Connection for Key {
    fn id(&self) -> &str {
        "a key that is tested"
    }

    async fn credentials(&self) -> Result<Credentials, ConnectionError> {
        Ok(self.0.clone())
    }

    async fn refresh(&self, _: &Credentials) -> Result<Credentials, ConnectionError> {
        Err(ConnectionError::Expired("a key is not renewed".to_owned()))
    }
}

/// The service's own address with the key: whatever is there, 401 and 403 are about the key.
async fn ask_with_key(parts: &Parts, service: &str, fields: Credentials, now_ms: i64) -> Found {
    let key = Key(fields);
    let call = RawCall {
        service,
        path: "/",
        method: "GET",
        headers: &[],
        body: None,
        connection: &key,
        idempotency_key: "",
        correlation_id: "",
        at_most_once: true,
        now_ms,
        budget: Some(limits::ANSWER),
        scope: None,
    };
    match parts.connectors.request(call).await {
        Ok(answer) if [401, 403].contains(&answer.status) => Found::not(Health::Unhealthy, &format!("it answered {}", answer.status)),
        Ok(answer) if answer.status >= 500 => Found::not(Health::Degraded, &format!("it answered {}", answer.status)),
        Ok(_) => Found::healthy(None),
        Err(failure) => Found::not(Health::Degraded, failure.to_json()["error"]["message"].as_str().unwrap_or("it did not answer")),
    }
}

/// Writes it down.
async fn write(parts: &Parts, app: &App, found: &Found) -> Result<(), ApiError> {
    let now = parts.clock.now();
    let mut tx = parts.platform().begin().await?;
    if store::checked(&mut tx, app, found.health, found.error.as_deref(), now).await? {
        tell(&mut tx, parts, app, found.health, found.error.as_deref(), now).await?;
    }
    Ok(tx.commit().await?)
}

/// Writes down what a test consent ended with.
///
/// # Errors
/// The database failed.
pub(crate) async fn tested(parts: &Parts, app: &App, test: &LastTest, health: Option<Health>) -> Result<(), ApiError> {
    let now = parts.clock.now();
    let mut tx = parts.platform().begin().await?;
    if store::tested(&mut tx, test, health, now).await?
        && let Some(health) = health
    {
        tell(&mut tx, parts, app, health, test.error.as_deref(), now).await?;
    }
    Ok(tx.commit().await?)
}

/// Whether an app has made a connection that still serves.
///
/// # Errors
/// The database failed.
pub(crate) async fn serves(parts: &Parts, app: &App) -> Result<bool, ApiError> {
    Ok(store::serves(parts.platform(), &app.id).await?)
}

/// Tells whoever owns an app that it does not work any more.
async fn tell(tx: &mut Tx, parts: &Parts, app: &App, health: Health, error: Option<&str>, now: Timestamp) -> Result<(), ApiError> {
    let is_news = app.health == Health::Healthy && health == Health::Unhealthy;
    if is_news
        && let Some(tenant) = &app.tenant
    {
        let mail = Template::OauthAppUnhealthy {
            provider: app.provider.clone(),
            error: error.unwrap_or_default().to_owned(),
            at: now,
            apps_url: format!("{}/app/developer/oauth-apps", parts.config.public_url()),
        };
        let key = format!("{}:{}", app.id, app.last_health_check_at.map_or(0, Timestamp::micros));
        for address in memberships::managers(tx, tenant).await? {
            parts.mail.queue(tx, Some(tenant), &address, &mail, &key, now).await?;
        }
    }
    Ok(())
}

/// Looks each minute what is due, until the server stops.
pub(crate) async fn watch(parts: Parts) {
    loop {
        if let Err(error) = look(&parts).await {
            tracing::warn!(%error, "OAuth apps could not be looked at; the next round does it");
        }
        tokio::select! {
            () = parts.stopping.cancelled() => return,
            () = tokio::time::sleep(limits::LOOK_EACH) => {}
        }
    }
}

/// One round: apps in use, and connections whose token ends soon. Answers how many it looked at.
///
/// # Errors
/// The database failed; what was not looked at waits for the next round.
pub(crate) async fn look(parts: &Parts) -> Result<(u64, u64), ApiError> {
    let now = parts.clock.now();
    let since = now.minus(limits::CHECK_EACH);
    let (mut apps, mut accounts) = (0, 0);
    for stored in store::due(parts.platform(), since, limits::AT_ONCE).await? {
        let mut tx = parts.platform().begin().await?;
        let mine = store::checking(&mut tx, &stored.app.id, since, now).await?;
        tx.commit().await?;
        if !mine {
            continue;
        }
        apps += 1;
        match service::open(parts, &stored) {
            Ok(opened) => write(parts, &opened.app, &ask(parts, &opened).await).await?,
            Err(error) => tracing::error!(app = %stored.app.id, %error, "an OAuth app does not open"),
        }
    }
    let due = store::due_connections(parts.platform(), now.plus(limits::RENEW_AHEAD), since, limits::AT_ONCE).await?;
    for (tenant, id) in due {
        if !connections::service::begin_look(parts, &tenant, &id, since, now).await? {
            continue;
        }
        accounts += 1;
        let connection = connections::service::connection(parts, &tenant, &id);
        let renewed = match connection.credentials().await {
            Ok(stale) => connection.refresh(&stale).await.map(drop),
            Err(error) => Err(error),
        };
        connections::service::looked(parts, &tenant, &id, renewed.err(), parts.clock.now()).await?;
    }
    Ok((apps, accounts))
}
