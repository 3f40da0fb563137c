//! Which connections an installation uses: made on the spot, or existing ones named by id or by service.

use std::collections::BTreeMap;

use millrace_connector::{Credentials, Registry};
use millrace_db::Tx;
use millrace_ids::{ConnectionId, TenantId};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::store::Links;
use crate::app::Parts;
use crate::connections::{NewConnection, service as connections};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::workflows::definition::{BUILT_IN_SERVICES, Definition};

/// What a request says about connections: service → fields, a connection's id, the service's name, or null.
pub type Given = Map<String, Value>;

/// Fields of a connection that may hold a webhook's signing secret, in the order they are looked at.
const SECRET_FIELDS: [&str; 3] = ["webhook_secret", "signing_secret", "webhook_secret_token"];

/// Signing secrets that connections hold, by service as declared.
pub type SigningSecrets = BTreeMap<String, Zeroizing<String>>;

/// What a request says about one service, looked up and ready to be stored.
#[derive(Debug)]
pub struct Wanted {
    /// The service as declared.
    service: String,
    /// The name that the request used, for messages.
    name: String,
    link: Link,
}

#[derive(Debug)]
enum Link {
    Remove,
    Existing(ConnectionId),
    New(Map<String, Value>),
}

/// Looks up what a request says, before any transaction.
///
/// # Errors
/// 400 `UNKNOWN_SERVICE` when the workflow declares no such service, `INVALID_CONNECTION`; 404 for a connection that is not
/// the tenant's; 409 `CONNECTION_MISSING` for a service's name without a connection.
pub async fn look_up(parts: &Parts, tenant: &TenantId, definition: &Definition, given: &Given) -> Result<Vec<Wanted>, ApiError> {
    let mut wanted = Vec::with_capacity(given.len());
    for (name, value) in given {
        let service = declared(&parts.registry, definition, name)?;
        let link = match value {
            Value::Null => Link::Remove,
            Value::Object(fields) => Link::New(fields.clone()),
            Value::String(text) => Link::Existing(existing(parts, tenant, &service, name, text).await?),
            _ => return Err(invalid(name, "must be the fields of a connection, a connection's id, or the service's name for an existing connection")),
        };
        wanted.push(Wanted { service, name: name.clone(), link });
    }
    Ok(wanted)
}

/// Lays what was looked up on the present links; new connections are made in the caller's transaction.
///
/// # Errors
/// What making a connection refuses.
pub async fn link(tx: &mut Tx, parts: &Parts, tenant: &TenantId, by: &Actor, links: &mut Links, wanted: Vec<Wanted>) -> Result<(), ApiError> {
    for Wanted { service, name, link } in wanted {
        match link {
            Link::Remove => {
                links.remove(&service);
            }
            Link::Existing(id) => {
                links.insert(service, id);
            }
            Link::New(fields) => {
                let new = NewConnection { service: service.clone(), name: None, fields };
                let made = connections::create_in(tx, parts, tenant, by, &new).await.map_err(|e| placed(e, &name))?;
                links.insert(service, made.id);
            }
        }
    }
    Ok(())
}

/// Connections that are there already and are wanted, by service as declared.
pub fn existing_of(wanted: &[Wanted]) -> impl Iterator<Item = (&String, &ConnectionId)> {
    wanted.iter().filter_map(|w| if let Link::Existing(id) = &w.link { Some((&w.service, id)) } else { None })
}

/// The declared service that a request means, in the spelling of the declaration.
fn declared(registry: &Registry, definition: &Definition, name: &str) -> Result<String, ApiError> {
    let meant = |service: &str| service == name || matches!((registry.get(service), registry.get(name)), (Some(a), Some(b)) if a.service == b.service);
    if let Some(found) = definition.integrations.iter().find(|i| meant(&i.service)) {
        return Ok(found.service.clone());
    }
    let shown: String = name.chars().take(64).collect();
    let known: Vec<&str> = definition.integrations.iter().map(|i| i.service.as_str()).collect();
    let message = match known.as_slice() {
        [] => "the workflow uses no services".to_owned(),
        known => format!("the workflow uses {}", known.join(", ")),
    };
    let field = format!("connections.{shown}");
    Err(ApiError::invalid("UNKNOWN_SERVICE", format!("`{shown}` is not a service of this workflow: {message}.")).with_field(field, "UNKNOWN_SERVICE", message))
}

async fn existing(parts: &Parts, tenant: &TenantId, service: &str, name: &str, text: &str) -> Result<ConnectionId, ApiError> {
    let own = parts.registry.get(service).map_or(service, |c| c.service.as_str());
    if let Ok(id) = text.parse::<ConnectionId>() {
        let found = connections::get(parts, tenant, &id).await?;
        if found.service != own {
            return Err(invalid(name, &format!("is a connection to {}, not to {own}", found.service)));
        }
        return Ok(id);
    }
    let same = parts.registry.get(text).is_some_and(|c| c.service == own);
    if !same {
        return Err(invalid(name, "names neither a connection nor its service"));
    }
    // Newest first: the account that was connected last is the one meant.
    let newest = connections::list(parts, tenant, Some(own), None, 1).await?.into_iter().next();
    newest.map(|c| c.id).ok_or_else(|| {
        let message = format!("there is no connection to {own} yet");
        ApiError::conflict("CONNECTION_MISSING", format!("{message}.")).with_field(format!("connections.{name}"), "CONNECTION_MISSING", message)
    })
}

fn invalid(name: &str, message: &str) -> ApiError {
    let shown: String = name.chars().take(64).collect();
    ApiError::invalid("INVALID_CONNECTION", format!("`connections.{shown}` {message}.")).with_field(format!("connections.{shown}"), "INVALID_CONNECTION", message)
}

/// The mistakes of one connection, at their place in the whole request.
fn placed(mut error: ApiError, name: &str) -> ApiError {
    for wrong in &mut error.errors {
        let rest = wrong.field.strip_prefix("fields").unwrap_or(&wrong.field);
        let dot = if rest.is_empty() || rest.starts_with('.') { "" } else { "." };
        wrong.field = format!("connections.{name}{dot}{rest}");
    }
    error
}

/// 409 when a service that runs cannot do without has no connection.
pub fn require(registry: &Registry, definition: &Definition, links: &Links, brought: &[String]) -> Result<(), ApiError> {
    let missing = missing(definition, links);
    if missing.is_empty() {
        return Ok(());
    }
    let own: Vec<&str> = missing.iter().map(String::as_str).filter(|service| is_to_be_brought(registry, definition, service, brought)).collect();
    if !own.is_empty() {
        let error = ApiError::conflict("BYOO_REQUIRED", format!("The workflow needs your organisation's own credentials for {}.", own.join(", ")));
        let said = &definition.byoo.instructions;
        let error = error.with_hint(if said.is_empty() { "Enter them with PUT /api/installations/{id}/byoo/{provider}." } else { said.as_str() });
        return Err(own.iter().fold(error, |error, service| error.with_field(format!("connections.{service}"), "BYOO_REQUIRED", "enter your own credentials")));
    }
    let detail = format!("The workflow needs a connection to {}.", missing.join(", "));
    let error = ApiError::conflict("CONNECTION_MISSING", detail).with_hint("Connect the account: give its fields in `connections`, or the id of an existing connection.");
    Err(missing.iter().fold(error, |error, service| {
        let message = match registry.get(service) {
            Some(connector) => format!("connect {}", connector.title),
            None => format!("there is no connector for `{service}` on this server"),
        };
        error.with_field(format!("connections.{service}"), "CONNECTION_MISSING", message)
    }))
}

/// Whether organisations bring their own app for this service, and this one has not.
pub fn is_to_be_brought(registry: &Registry, definition: &Definition, service: &str, brought: &[String]) -> bool {
    registry.get(service).is_some_and(|connector| definition.byoo.lists(connector) && !brought.contains(&connector.service))
}

/// Services that runs cannot do without and that have no connection.
pub fn missing(definition: &Definition, links: &Links) -> Vec<String> {
    definition.required_services().filter(|s| !BUILT_IN_SERVICES.contains(s) && !links.contains_key(*s)).map(str::to_owned).collect()
}

/// The signing secrets that the connections of an installation hold, once what is wanted is laid on the present links.
pub async fn signing_secrets(parts: &Parts, tenant: &TenantId, links: &Links, wanted: &[Wanted]) -> SigningSecrets {
    let mut secrets = SigningSecrets::new();
    let kept = links.iter().filter(|(service, _)| !wanted.iter().any(|w| w.service == **service));
    let existing = wanted.iter().filter_map(|w| if let Link::Existing(id) = &w.link { Some((&w.service, id)) } else { None });
    for (service, id) in kept.chain(existing) {
        // An expired connection still stands: its webhooks keep the secret they have.
        let Ok(credentials) = connections::credentials(parts, tenant, id).await else { continue };
        secrets.extend(secret_of(&credentials).map(|secret| (service.clone(), secret)));
    }
    for w in wanted {
        let Link::New(fields) = &w.link else { continue };
        secrets.extend(secret_in(fields).map(|secret| (w.service.clone(), secret)));
    }
    secrets
}

/// The signing secret that a connection with these fields holds.
pub fn secret_of(fields: &Credentials) -> Option<Zeroizing<String>> {
    secret_among(|name| fields.get(name))
}

/// As [`secret_of`], of what a request says.
pub fn secret_in(fields: &Map<String, Value>) -> Option<Zeroizing<String>> {
    secret_among(|name| fields.get(name).and_then(Value::as_str))
}

fn secret_among<'a>(field: impl Fn(&str) -> Option<&'a str>) -> Option<Zeroizing<String>> {
    let found = SECRET_FIELDS.iter().find_map(|name| field(name).map(str::trim).filter(|s| !s.is_empty()));
    found.map(|secret| Zeroizing::new(secret.to_owned()))
}
