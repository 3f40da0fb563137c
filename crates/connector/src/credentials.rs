//! What a connection holds, kept out of every log and message.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde_json::Value;

use crate::limits;
use crate::schema::{Auth, Connector};

/// Fields of a token answer that are no secret.
const PUBLIC: [&str; 3] = ["expires_at", "token_type", "scope"];

/// A secret text: never shown by `Debug`, wiped when dropped. The same type that the egress splices.
pub use millrace_egress::SecretString as SecretText;

/// The fields of one connection, for example `access_token`, `refresh_token`, `expires_at` (milliseconds since 1970).
#[derive(Clone, Default)]
pub struct Credentials {
    fields: BTreeMap<String, SecretText>,
}

impl Credentials {
    /// No fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// From a connection file or a stored value: an object whose members are text, numbers or booleans; `null` members
    /// are left out. Anything else names the member that is wrong.
    pub fn from_json(value: &Value) -> Result<Self, String> {
        let members = value.as_object().ok_or("a connection is a JSON object")?;
        let mut out = Self::new();
        for (name, value) in members {
            if value.is_null() {
                continue;
            }
            let text = crate::json_path::scalar_text(value).ok_or_else(|| format!("`{name}` must be text"))?;
            out.set(name, text);
        }
        Ok(out)
    }

    /// The stored form. It holds the secrets: seal it before it goes anywhere.
    pub fn to_json(&self) -> Value {
        Value::Object(self.fields.iter().map(|(k, v)| (k.clone(), Value::String(v.expose().to_owned()))).collect())
    }

    /// Sets a field.
    pub fn set(&mut self, name: &str, value: impl Into<SecretText>) -> &mut Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// A field's text.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(SecretText::expose)
    }

    /// The names of the fields; names are not secret.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.keys().map(String::as_str)
    }

    /// When the access token ends, in milliseconds since 1970, if known.
    pub fn expires_at_ms(&self) -> Option<i64> {
        self.get("expires_at").and_then(|text| text.parse().ok())
    }

    /// Whether the access token has ended or ends within the renewal margin.
    pub fn expires_soon(&self, now_ms: i64) -> bool {
        self.expires_at_ms().is_some_and(|at| at - now_ms < limits::RENEW_AHEAD_MS)
    }

    /// The fields with their values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &SecretText)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl PartialEq for Credentials {
    fn eq(&self, other: &Self) -> bool {
        self.fields.len() == other.fields.len()
            && self.fields.iter().all(|(name, value)| other.get(name) == Some(value.expose()))
    }
}

impl Eq for Credentials {}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("fields", &self.fields.keys().collect::<Vec<_>>()).finish()
    }
}

impl<K: AsRef<str>, V: Into<SecretText>> FromIterator<(K, V)> for Credentials {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut out = Self::new();
        for (name, value) in pairs {
            out.set(name.as_ref(), value);
        }
        out
    }
}

impl Connector {
    /// Whether a connection field is to be masked everywhere. Fields that the file does not mention are.
    pub fn is_secret(&self, field: &str) -> bool {
        match self.auth.iter().find_map(|auth| auth.fields.get(field)) {
            Some(field) => field.secret,
            None => !PUBLIC.contains(&field),
        }
    }

    /// The way to sign in that these fields are complete for, in the order of the file.
    pub fn auth_for(&self, credentials: &Credentials) -> Option<&Auth> {
        self.auth_among(None, credentials)
    }

    /// The same among the ways of these names.
    pub(crate) fn auth_among(&self, names: Option<&[String]>, credentials: &Credentials) -> Option<&Auth> {
        let complete = |auth: &Auth| {
            auth.required_fields().iter().all(|field| credentials.get(field).is_some_and(|v| !v.is_empty()))
        };
        let taken = |auth: &Auth| names.is_none_or(|names| names.contains(&auth.name));
        self.auth.iter().find(|auth| taken(auth) && complete(auth))
    }

    /// Checks a connection's fields: the way to sign in they are for, or a sentence that names what is missing.
    pub fn check_connection(&self, credentials: &Credentials) -> Result<&Auth, String> {
        self.auth_for(credentials).ok_or_else(|| {
            let ways: Vec<String> = self
                .auth
                .iter()
                .map(|auth| format!("{} ({})", auth.required_fields().join(", "), auth.kind.as_str()))
                .collect();
            format!("a {} connection needs {}", self.title, ways.join(" or "))
        })
    }
}

/// Why a connection has no usable credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// The connection does not exist or lacks fields.
    #[error("the connection is missing or incomplete: {0}")]
    Missing(String),
    /// The token ended and cannot be renewed: a person must connect again.
    #[error("the connection has expired and must be made again: {0}")]
    Expired(String),
    /// Renewal failed for now.
    #[error("the connection could not be renewed right now: {0}")]
    Unavailable(String),
}

/// A tenant's connection to a service, as the server stores it.
#[async_trait]
pub trait Connection: Send + Sync {
    /// Stable id: the key of rate limits and locks.
    fn id(&self) -> &str;
    /// The current credentials.
    async fn credentials(&self) -> Result<Credentials, ConnectionError>;
    /// New credentials, because `stale` was refused or has ended. The server makes it single-flight: when the stored
    /// credentials are already others than `stale`, it returns those.
    async fn refresh(&self, stale: &Credentials) -> Result<Credentials, ConnectionError>;
}
