//! Pure rules: whether the fields of a new connection make sense for its service.

use std::collections::BTreeMap;
use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_connector::schema::{Auth, AuthKind};
use millrace_connector::{Connector, Credentials, Registry, spelling};
use serde_json::{Map, Value};

use super::limits;
use super::model::{NewConnection, PublicFields};
use crate::http::ApiError;

/// A checked connection, ready to be sealed.
#[derive(Debug)]
pub(super) struct Checked {
    pub connector: Arc<Connector>,
    pub name: String,
    pub auth_kind: &'static str,
    pub credentials: Credentials,
    pub public: PublicFields,
}

/// Checks a new connection against what its service needs.
pub(super) fn check(registry: &Registry, new: &NewConnection, now: Timestamp) -> Result<Checked, ApiError> {
    let connector = registry.get(&new.service).cloned().ok_or_else(|| unknown_service(registry, &new.service))?;
    let name = new.name.as_deref().map(str::trim).filter(|n| !n.is_empty()).unwrap_or(&connector.title).to_owned();
    if name.chars().count() > limits::NAME {
        let message = format!("may have {} characters", limits::NAME);
        return Err(ApiError::invalid("INVALID_CONNECTION", format!("The name {message}.")).with_field("name", "TOO_LONG", message));
    }
    let credentials = credentials(&connector, &new.fields, now)?;
    let auth = connector.auth_for(&credentials).ok_or_else(|| missing_fields(&connector, &credentials))?;
    let auth_kind = kind(&connector, auth, &credentials).as_str();
    let public = public(&connector, &credentials);
    Ok(Checked { name, auth_kind, public, credentials, connector })
}

/// The way to sign in that these fields are for. Several may be complete: an application's own account says the most, and
/// an access token without a refresh token is one that somebody pasted.
fn kind(connector: &Connector, first: &Auth, credentials: &Credentials) -> AuthKind {
    let has = |name: &str| credentials.get(name).is_some_and(|value| !value.is_empty());
    let complete = |kind: AuthKind| connector.auth(kind).is_some_and(|auth| auth.required_fields().iter().all(|name| has(name)));
    if complete(AuthKind::ServerToServer) {
        AuthKind::ServerToServer
    } else if first.kind == AuthKind::Oauth2 && !has("refresh_token") && complete(AuthKind::Token) {
        AuthKind::Token
    } else {
        first.kind
    }
}

/// What may be shown of these fields.
pub(super) fn public(connector: &Connector, credentials: &Credentials) -> PublicFields {
    let is_open = |name: &str| {
        let mut described = connector.auth.iter().filter_map(|auth| auth.fields.get(name)).peekable();
        described.peek().is_some() && described.all(|field| !field.secret)
    };
    let fields: Vec<String> = credentials.names().map(str::to_owned).collect();
    let values: BTreeMap<String, String> =
        fields.iter().filter(|name| is_open(name)).filter_map(|name| Some((name.clone(), credentials.get(name)?.to_owned()))).collect();
    PublicFields { fields, values }
}

fn unknown_service(registry: &Registry, service: &str) -> ApiError {
    let shown: String = service.chars().take(64).collect();
    let known: Vec<&str> = registry.all().map(|connector| connector.service.as_str()).collect();
    ApiError::invalid("UNKNOWN_SERVICE", format!("There is no connector for `{shown}`."))
        .with_field("service", "UNKNOWN_SERVICE", "names no connector")
        .with_hint(format!("Known services: {}.", known.join(", ")))
}

fn credentials(connector: &Connector, fields: &Map<String, Value>, now: Timestamp) -> Result<Credentials, ApiError> {
    let wrong = |name: &str, message: String| {
        let field = format!("fields.{name}");
        ApiError::invalid("INVALID_CONNECTION", format!("`{field}` {message}.")).with_field(field, "INVALID_VALUE", message)
    };
    if fields.len() > limits::FIELDS {
        return Err(ApiError::invalid("INVALID_CONNECTION", format!("A connection may have {} fields.", limits::FIELDS)));
    }
    let mut out = Credentials::new();
    for (given, value) in fields {
        let usable = !given.is_empty() && given.len() <= 64 && given.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        if !usable {
            let shown: String = given.chars().take(64).collect();
            return Err(wrong(&shown, "is not a field name: letters, digits, `_` and `-`, at most 64".to_owned()));
        }
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Bool(flag) => flag.to_string(),
            Value::Array(_) | Value::Object(_) => return Err(wrong(given, "must be text".to_owned())),
        };
        if text.len() > limits::FIELD_BYTES {
            return Err(wrong(given, format!("may have {} bytes", limits::FIELD_BYTES)));
        }
        match canonical(connector, given) {
            "expires_in" => {
                let seconds = text.parse::<i64>().map_err(|_| wrong(given, "must be a number of seconds".to_owned()))?;
                out.set("expires_at", now.millis().saturating_add(seconds.saturating_mul(1_000)).to_string());
            }
            "expires_at" => {
                out.set("expires_at", instant_ms(&text).ok_or_else(|| wrong(given, "must be an instant".to_owned()))?.to_string());
            }
            name => {
                out.set(name, text);
            }
        }
    }
    Ok(out)
}

/// Fields that every connector understands, whatever its file lists.
const COMMON: [&str; 12] = [
    "access_token", "refresh_token", "expires_at", "expires_in", "scope", "token_type", "client_id", "client_secret", "api_key", "username", "password", "webhook_secret",
];

/// `accessToken` means `access_token` where the latter is known; anything else keeps its spelling.
fn canonical<'a>(connector: &'a Connector, given: &'a str) -> &'a str {
    let snake = spelling::to_snake(given).replace('-', "_");
    let listed = connector.auth.iter().flat_map(|auth| auth.fields.keys()).map(String::as_str);
    COMMON.into_iter().chain(listed).find(|known| *known == given || *known == snake).unwrap_or(given)
}

/// Milliseconds since 1970 from RFC 3339, seconds or milliseconds.
fn instant_ms(text: &str) -> Option<i64> {
    /// 1973 in milliseconds, and the year 5138 in seconds: no sensible instant lies on the wrong side.
    const SECONDS_BELOW: i64 = 100_000_000_000;
    match text.parse::<i64>() {
        Ok(number) if number < SECONDS_BELOW => number.checked_mul(1_000),
        Ok(number) => Some(number),
        Err(_) => Timestamp::parse(text).ok().map(Timestamp::millis),
    }
}

/// Names what is missing for the way to sign in that is nearest to complete.
fn missing_fields(connector: &Connector, credentials: &Credentials) -> ApiError {
    let missing = |auth: &Auth| -> Vec<String> {
        let absent = |name: &&str| credentials.get(name).is_none_or(str::is_empty);
        auth.required_fields().into_iter().filter(absent).map(str::to_owned).collect()
    };
    let nearest = connector.auth.iter().map(missing).min_by_key(Vec::len).unwrap_or_default();
    let detail = connector.check_connection(credentials).err().unwrap_or_default();
    let error = ApiError::invalid("MISSING_FIELD", format!("This is not complete: {detail}."));
    nearest.into_iter().fold(error, |error, name| error.with_field(format!("fields.{name}"), "MISSING_FIELD", "is required"))
}
