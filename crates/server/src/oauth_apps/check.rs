//! Pure rules: whether the fields of an app make sense for its provider, and which kind of app they are.

use std::collections::BTreeMap;

use millrace_connector::schema::AuthKind;
use millrace_connector::{Connector, spelling};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::limits;
use super::model::{Kind, Secrets};
use crate::http::ApiError;

/// The fields of an app, checked.
#[derive(Debug)]
pub(super) struct Fields {
    pub kind: Kind,
    pub client_id: String,
    pub secrets: Secrets,
}

/// Fields that an app may have besides those that its connector's file lists.
const COMMON: [&str; 9] = ["client_id", "client_secret", "webhook_secret", "account_id", "access_token", "api_key", "refresh_token", "private_key", "signing_secret"];

/// Lays what is given on what is there, and says what kind of app it is. An empty text removes a field.
///
/// # Errors
/// 400 `INVALID_OAUTH_APP` or `MISSING_FIELD`, with every field that is wrong.
pub(super) fn fields(connector: &Connector, present: Option<(&str, &Secrets)>, given: &Map<String, Value>, wanted: Option<Kind>) -> Result<Fields, ApiError> {
    let mut all: BTreeMap<String, Zeroizing<String>> = BTreeMap::new();
    if let Some((client_id, secrets)) = present {
        all.extend(secrets.extra.clone());
        all.insert("client_id".to_owned(), Zeroizing::new(client_id.to_owned()));
        all.extend(secrets.client_secret.clone().map(|s| ("client_secret".to_owned(), s)));
        all.extend(secrets.webhook_secret.clone().map(|s| ("webhook_secret".to_owned(), s)));
    }
    let mut problems: Vec<(String, &'static str, String)> = Vec::new();
    for (name, value) in given {
        let shown: String = name.chars().take(64).collect();
        let Some(own) = canonical(connector, name) else {
            problems.push((shown, "UNKNOWN_FIELD", format!("is no field of an app for {}", connector.title)));
            continue;
        };
        match value {
            Value::Null => drop(all.remove(&own)),
            Value::String(text) if text.trim().is_empty() => drop(all.remove(&own)),
            Value::String(text) if text.len() > limits::FIELD_BYTES => problems.push((shown, "TOO_LONG", format!("may have {} bytes", limits::FIELD_BYTES))),
            // It travels in headers and addresses.
            Value::String(text) if own != "private_key" && text.trim().chars().any(char::is_control) => problems.push((shown, "INVALID_VALUE", "may not hold control characters".to_owned())),
            Value::String(text) => drop(all.insert(own, Zeroizing::new(text.trim().to_owned()))),
            Value::Number(number) => drop(all.insert(own, Zeroizing::new(number.to_string()))),
            Value::Bool(_) | Value::Array(_) | Value::Object(_) => problems.push((shown, "INVALID_VALUE", "is a text".to_owned())),
        }
    }
    all.retain(|_, value| !value.is_empty());
    if all.len() > limits::FIELDS {
        problems.push(("fields".to_owned(), "INVALID_VALUE", format!("an app has {} fields at most", limits::FIELDS)));
    }
    if !problems.is_empty() {
        let error = ApiError::invalid("INVALID_OAUTH_APP", format!("These are no credentials for {}.", connector.title));
        return Err(problems.into_iter().fold(error, |error, (field, code, message)| error.with_field(field, code, message)));
    }
    let kind = kind(connector, &all, wanted)?;
    let mut take = |name: &str| all.remove(name);
    let (client_id, client_secret, webhook_secret) = (take("client_id"), take("client_secret"), take("webhook_secret"));
    Ok(Fields { kind, client_id: client_id.map(|text| text.to_string()).unwrap_or_default(), secrets: Secrets { client_secret, webhook_secret, extra: all } })
}

/// `clientId` means `client_id`; what neither the connector nor anybody knows is nothing.
fn canonical(connector: &Connector, given: &str) -> Option<String> {
    let snake = spelling::to_snake(given).replace('-', "_");
    let listed = connector.auth.iter().flat_map(|auth| auth.fields.keys()).map(String::as_str);
    COMMON.into_iter().chain(listed).find(|known| *known == given || *known == snake).map(str::to_owned)
}

/// What the connector calls the one key or token that people paste.
pub(super) fn key_field(connector: &Connector) -> &'static str {
    let takes = |name: &str| connector.auth.iter().any(|auth| auth.kind != AuthKind::Oauth2 && auth.required_fields().contains(&name));
    if takes("api_key") { "api_key" } else { "access_token" }
}

/// The richest kind that these fields are complete for, or the one that is asked for.
fn kind(connector: &Connector, all: &BTreeMap<String, Zeroizing<String>>, wanted: Option<Kind>) -> Result<Kind, ApiError> {
    let mut missing: Vec<Vec<&str>> = Vec::new();
    for kind in [Kind::S2s, Kind::Oauth, Kind::Static].into_iter().filter(|kind| wanted.is_none_or(|w| w == *kind)) {
        for required in ways(connector, kind) {
            let absent: Vec<&str> = required.into_iter().filter(|name| !all.contains_key(*name)).collect();
            if absent.is_empty() {
                return Ok(kind);
            }
            missing.push(absent);
        }
    }
    let Some(nearest) = missing.into_iter().min_by_key(Vec::len) else {
        let detail = format!("{} has no sign-in of this kind.", connector.title);
        return Err(ApiError::invalid("INVALID_OAUTH_APP", detail).with_field("kind", "INVALID_VALUE", "is not what the service knows"));
    };
    let error = ApiError::invalid("MISSING_FIELD", format!("The credentials for {} are not complete.", connector.title));
    Err(nearest.into_iter().fold(error, |error, name| error.with_field(name, "MISSING_FIELD", "is required")))
}

/// The sets of fields each of which makes an app of this kind.
fn ways(connector: &Connector, kind: Kind) -> Vec<Vec<&str>> {
    let own = |kinds: &[AuthKind]| connector.auth.iter().filter(|auth| kinds.contains(&auth.kind)).map(|auth| auth.required_fields()).collect::<Vec<_>>();
    match kind {
        Kind::Oauth => connector.auth(AuthKind::Oauth2).map(|_| vec!["client_id", "client_secret"]).into_iter().collect(),
        Kind::S2s => own(&[AuthKind::ServerToServer]),
        Kind::Static => own(&[AuthKind::Token, AuthKind::ApiKey, AuthKind::Basic]),
    }
}

/// The kind of connection that a static app makes.
pub(super) fn auth_kind(connector: &Connector, fields: &millrace_connector::Credentials) -> AuthKind {
    let complete = |auth: &&millrace_connector::schema::Auth| auth.required_fields().iter().all(|name| fields.get(name).is_some());
    connector.auth.iter().filter(|auth| !matches!(auth.kind, AuthKind::Oauth2 | AuthKind::ServerToServer)).find(complete).map_or(AuthKind::Token, |auth| auth.kind)
}

/// Scopes as an app may name them.
///
/// # Errors
/// 400 `INVALID_OAUTH_APP`.
pub(super) fn scopes(given: Vec<String>) -> Result<Vec<String>, ApiError> {
    let wrong = |message: String| ApiError::invalid("INVALID_OAUTH_APP", format!("`scopes` {message}.")).with_field("scopes", "INVALID_VALUE", message);
    if given.len() > limits::SCOPES {
        return Err(wrong(format!("has {} entries at most", limits::SCOPES)));
    }
    if given.iter().any(|scope| scope.is_empty() || scope.chars().count() > limits::SCOPE_CHARS || scope.chars().any(|c| c.is_control() || c.is_whitespace())) {
        return Err(wrong(format!("are words of {} characters at most", limits::SCOPE_CHARS)));
    }
    Ok(given)
}

/// A text for people.
///
/// # Errors
/// 400 `INVALID_OAUTH_APP`.
pub(super) fn note(field: &'static str, given: Option<String>) -> Result<Option<String>, ApiError> {
    let text = given.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > limits::NOTE_CHARS) {
        let message = format!("may have {} characters", limits::NOTE_CHARS);
        return Err(ApiError::invalid("INVALID_OAUTH_APP", format!("`{field}` {message}.")).with_field(field, "TOO_LONG", message));
    }
    Ok(text)
}
