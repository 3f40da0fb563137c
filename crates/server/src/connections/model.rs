//! What a connection is.

use std::collections::BTreeMap;

use millrace_clock::Timestamp;
use millrace_ids::{ConnectionId, InstallationId, OAuthAppId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

/// Whether a connection can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConnectionStatus)]
pub enum Status {
    /// As far as we know.
    Active,
    /// The provider ended it: a person must connect again.
    Expired,
}

impl Status {
    /// The word in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
        }
    }
}

impl std::str::FromStr for Status {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::Active, Self::Expired].into_iter().find(|s| s.as_str() == text).ok_or_else(|| format!("`{text}` is not a connection's status"))
    }
}

/// A connection without its secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The service, as the connector file spells it.
    pub service: String,
    /// A name for people.
    pub name: String,
    /// How it signs in: `oauth2`, `token`, `api_key`, `basic`, `server_to_server`.
    pub auth_kind: String,
    /// What may be shown of its fields.
    pub public: PublicFields,
    /// Whether it can be used.
    pub status: Status,
    /// When its present token ends, if known; renewal happens by itself.
    pub expires_at: Option<Timestamp>,
    /// What made it.
    pub origin: Origin,
    /// What the last look at it found, if there was one.
    pub checked: Option<Checked>,
    /// Counts changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What may be shown of a connection's fields.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicFields {
    /// The names of all fields, sorted.
    pub fields: Vec<String>,
    /// The values of those that the connector file says are not secret.
    #[serde(default)]
    pub values: BTreeMap<String, String>,
}

/// Whose app or fields connect an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = CredentialSource)]
pub enum Source {
    /// The platform's app.
    System,
    /// The developer's app.
    Developer,
    /// The installing organisation's own app, or fields that it brought.
    Organization,
}

impl Source {
    /// The word in storage and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Developer => "developer",
            Self::Organization => "organization",
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for Source {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        [Self::System, Self::Developer, Self::Organization].into_iter().find(|s| s.as_str() == text).ok_or_else(|| format!("`{text}` is no source of credentials"))
    }
}

/// What made a connection. It is renewed by the same app and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Whose app, or that the workspace brought the fields.
    pub source: Source,
    /// The app; none: the workspace brought the fields.
    pub app: Option<OAuthAppId>,
    /// The person who connected it.
    pub user: Option<UserId>,
    /// What the provider calls the account.
    pub account_label: Option<String>,
    /// Scopes that were granted, as far as the provider said.
    pub scopes: Vec<String>,
}

impl Origin {
    /// Fields that the workspace brought.
    pub fn brought(user: Option<&UserId>) -> Self {
        Self { source: Source::Organization, app: None, user: user.cloned(), account_label: None, scopes: Vec::new() }
    }
}

/// What a look at a connection found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// When.
    pub at: Timestamp,
    /// `healthy`, `degraded`, `unhealthy`.
    pub health: String,
    /// What the provider said when it refused.
    pub error: Option<String>,
}

/// Who uses a connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Uses {
    /// How many installations.
    pub count: i64,
    /// The newest of them with their names, at most `limits::USERS_SHOWN`.
    pub newest: Vec<(InstallationId, String)>,
}

/// A connection to be made.
#[derive(Debug, Clone)]
pub struct NewConnection {
    /// The service, in any spelling that the registry knows.
    pub service: String,
    /// A name for people; the service's title without one.
    pub name: Option<String>,
    /// The fields, secrets in the clear.
    pub fields: Map<String, Value>,
}
