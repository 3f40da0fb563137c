//! Deliveries to webhook addresses: verified over the raw body before anything is parsed, matched, and turned into one
//! durable run each. This is the hot path: the address comes from memory, and the only write is the run itself.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use millrace_connector::SecretText;
use millrace_connector::webhook::{self, Event, HandshakeReply, Incoming, Received, Verification, WebhookError, match_trigger};
use millrace_engine::NewRun;
use millrace_ids::{InstallationId, RunId, TenantId, TriggerId, VersionId};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::fresh::{Found, Fresh};
use super::model::{Rules, SecretSource};
use super::{limits, register, store};
use crate::app::{App, Parts};
use crate::http::ApiError;
use crate::observe::trace;

/// Webhook addresses in memory, at most a second old.
pub type Addresses = Fresh<TriggerId, Address>;

/// Bodies from this size on are checked and parsed away from the tasks that serve other callers.
const LARGE_BODY: usize = 256 * 1024;

/// A webhook address, ready to receive.
#[derive(Debug)]
pub struct Address {
    /// The trigger's id.
    pub id: TriggerId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The installation whose runs it starts.
    pub installation: InstallationId,
    version: VersionId,
    /// The installation's revision, to which its runs are pinned.
    revision: i64,
    service: Option<String>,
    path: Option<String>,
    active: bool,
    /// Whether the workspace is open.
    is_open: bool,
    verification: Verification,
    secret: Option<SecretText>,
    /// Our own secret, which a provider that announces one does not know.
    generated: bool,
    /// As `match_trigger` reads them.
    rules: Vec<Value>,
}

/// What a delivery came to.
#[derive(Debug, Clone)]
pub enum Intake {
    /// A run is stored; or the delivery had come before, and this is its run.
    Started {
        /// The run.
        run: RunId,
        /// Whether the delivery had come before.
        duplicate: bool,
    },
    /// The provider wanted an answer and nothing else.
    Handshake(HandshakeReply),
    /// Valid, and nothing starts.
    Ignored {
        /// Why, as a stable word.
        reason: &'static str,
    },
}

/// The address behind an id; `None` when there is none.
///
/// # Errors
/// The database failed, or a stored secret does not open.
pub async fn address(parts: &Parts, id: &TriggerId) -> Result<Option<Arc<Address>>, ApiError> {
    let ticket = match parts.addresses.get(id) {
        Found::Known(known) => return Ok(known),
        Found::Look(ticket) => ticket,
    };
    let found = match store::by_address(parts.platform(), id).await? {
        Some(found) => Some(Arc::new(Address::of(parts, &found)?)),
        None => None,
    };
    parts.addresses.store(ticket, id.clone(), found.clone());
    Ok(found)
}

impl Address {
    fn of(parts: &Parts, found: &store::Bound) -> Result<Self, ApiError> {
        let (trigger, revision) = (&found.trigger, found.revision);
        let connector = trigger.service.as_deref().and_then(|service| parts.registry.get(service));
        let own = connector.and_then(|c| Verification::service(c)).unwrap_or_else(Verification::path_hook);
        let rules = match &trigger.rules {
            Rules::Webhook { any_of } => any_of.iter().map(|rule| json!({"events": rule.events, "filter": rule.filter})).collect(),
            _ => Vec::new(),
        };
        Ok(Self {
            id: trigger.id.clone(),
            tenant: trigger.tenant.clone(),
            installation: trigger.installation.clone(),
            version: trigger.version.clone(),
            revision,
            service: trigger.service.clone(),
            path: trigger.path.clone(),
            active: trigger.active,
            is_open: found.is_open,
            verification: if trigger.verified { own } else { own.without_signature() },
            secret: register::open_secret(parts, trigger)?.map(|secret| SecretText::new(secret.to_string())),
            generated: trigger.secret_source == Some(SecretSource::Generated),
            rules,
        })
    }

    fn wants(&self, event: &Event) -> bool {
        // Filters were filled in when the trigger was registered: nothing is left to look up.
        let none = Value::Null;
        self.rules.iter().any(|rule| match_trigger(rule, &event.event, &event.data, &none) || match_trigger(rule, &event.provider_event, &event.data, &none))
    }
}

/// Receives one delivery. When it answers `Started`, the run is durable.
///
/// # Errors
/// 401 for whatever concerns the signature, 400 for what cannot be read, 503 when the database is away.
pub async fn receive(app: &App, address: &Arc<Address>, headers: &HeaderMap, body: Bytes, query: Option<&str>) -> Result<Intake, ApiError> {
    let now_s = app.clock.now().seconds();
    let received = if body.len() < LARGE_BODY {
        check(address, &Incoming { headers, body: &body, query, now_s })
    } else {
        let (address, headers, body, query) = (Arc::clone(address), headers.clone(), body.clone(), query.map(str::to_owned));
        let work = move || check(&address, &Incoming { headers: &headers, body: &body, query: query.as_deref(), now_s });
        tokio::task::spawn_blocking(work).await.map_err(ApiError::internal)?
    };
    let received = received.map_err(|e| refused(&e))?;
    // Refused, not swallowed: providers send again for hours or days, so what comes while a workspace is suspended is not lost.
    if !address.is_open {
        return Err(ApiError::forbidden("WORKSPACE_DEACTIVATED", "The workspace of this address is closed."));
    }
    // Only what is really from the provider counts: a stranger who knows the address must not use up the quota.
    app.quotas.admit_webhook(&address.tenant)?;
    match received {
        Received::Handshake(reply) => {
            if let Some(secret) = &reply.captured_secret {
                announce(app, address, secret).await?;
            }
            Ok(Intake::Handshake(reply))
        }
        Received::Event(_) if !address.active => Ok(Intake::Ignored { reason: "installation_not_active" }),
        Received::Event(event) if !address.wants(&event) => Ok(Intake::Ignored { reason: "event_not_wanted" }),
        Received::Event(event) => {
            app.quotas.admit_run(&address.tenant).await?;
            let started = app.engine.start(new_run(app, address, event, &body)).await?;
            Ok(Intake::Started { run: started.run_id, duplicate: started.duplicate })
        }
    }
}

/// A provider that announces its own secret (Notion) does so before it knows ours: as long as ours is one we made up,
/// the announcement is read as if there were none. What is signed is always held against the secret.
fn check(address: &Address, incoming: &Incoming<'_>) -> Result<Received, WebhookError> {
    let first = webhook::receive(&address.verification, address.secret.as_ref(), incoming);
    if first.is_err() && address.generated && address.verification.is_signed() {
        match webhook::receive(&address.verification, None, incoming) {
            Ok(Received::Handshake(reply)) if reply.captured_secret.is_some() => return Ok(Received::Handshake(reply)),
            _ => {}
        }
    }
    first
}

/// Keeps an announced secret for the owner to confirm: whoever knows the address could have sent it.
async fn announce(app: &App, address: &Address, secret: &SecretText) -> Result<(), ApiError> {
    let sealed = app.keyring.seal(&address.tenant, register::PENDING_AS, address.id.as_str(), secret.expose().as_bytes());
    let mut tx = app.of(&address.tenant).begin().await?;
    store::set_pending(&mut tx, &address.tenant, &address.id, &sealed, app.clock.now()).await?;
    tx.commit().await?;
    tracing::info!(trigger = %address.id, "a provider announced a signing secret; the installation's owner must confirm it");
    Ok(())
}

fn refused(error: &WebhookError) -> ApiError {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
    ApiError::new(status, error.code(), error.to_string())
}

fn new_run(app: &App, address: &Address, event: Event, body: &[u8]) -> NewRun {
    let delivery = delivery_id(event.delivery_id.as_deref(), body);
    let from = address.service.as_deref().or(address.path.as_deref()).unwrap_or_default();
    let label = plain(&format!("webhook {from} {}", event.event));
    let mut trigger = json!({
        "type": "webhook",
        "timestamp": event.timestamp_ms.unwrap_or_else(|| app.clock.now().millis()),
        "id": event.delivery_id.unwrap_or_else(|| delivery.clone()),
        "event": event.event,
        "data": event.data,
    });
    if let Some(service) = &address.service {
        trigger["service"] = Value::from(service.as_str());
    }
    let mut input = json!({ "trigger": trigger });
    if let Some(fetch) = event.fetch {
        // The delivery holds only an id: the run's first act is to fetch what it stands for.
        input["fetch"] = json!({"service": address.service, "operation": fetch.operation, "args": fetch.args});
    }
    let mut run = NewRun::new(address.tenant.clone(), "workflow", address.installation.as_str(), address.version.as_str(), label, input.to_string());
    run.subject_revision = Some(address.revision);
    run.traceparent = trace::current().map(|context| context.to_string());
    run.delivery = Some((address.id.to_string(), delivery));
    run
}

/// What stands in a text column: PostgreSQL refuses the NUL that a JSON text may hold, and lists are read by people.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(limits::LABEL_CHARS).collect()
}

/// The provider's id of a delivery, or the hash of its bytes.
fn delivery_id(given: Option<&str>, body: &[u8]) -> String {
    match given {
        Some(id) if id.len() <= limits::DELIVERY_ID && !id.chars().any(char::is_control) => id.to_owned(),
        Some(id) => format!("id:{}", hex::encode(Sha256::digest(id.as_bytes()))),
        None => format!("body:{}", hex::encode(Sha256::digest(body))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deliveries_are_named_by_their_id_or_their_bytes() {
        assert_eq!(delivery_id(Some("evt_1"), b"x"), "evt_1");
        let long = "x".repeat(limits::DELIVERY_ID + 1);
        assert_eq!(delivery_id(Some(&long), b"").len(), 3 + 64);
        assert!(delivery_id(Some("a\0"), b"").starts_with("id:"));
        assert_eq!(plain("webhook zoom a\0b"), "webhook zoom ab");
        assert_ne!(delivery_id(None, b"a"), delivery_id(None, b"b"));
        assert!(delivery_id(None, b"a").starts_with("body:"));
    }
}
