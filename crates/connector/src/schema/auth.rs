//! Ways to sign in to a service.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How a connection is made and how it signs requests.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Which way.
    pub kind: AuthKind,
    /// The name by which operations choose it (`auth`), where not every operation takes every way.
    #[serde(default)]
    pub name: String,
    /// Shown to people when there is a choice.
    #[serde(default)]
    pub title: String,
    /// Where to find the values, for a person who sets it up.
    #[serde(default)]
    pub help: String,
    /// Fields of a connection of this kind. Without any: `access_token` for tokens, `username` and `password` for basic.
    #[serde(default)]
    pub fields: BTreeMap<String, Field>,
    /// Where the credentials go in a request. Default: `Authorization: Bearer {access_token}`, or basic.
    #[serde(default)]
    pub place: Option<Place>,
    /// OAuth 2: where a person grants access.
    #[serde(default)]
    pub authorize_url: Option<String>,
    /// OAuth 2 and server-to-server: where tokens come from.
    #[serde(default)]
    pub token_url: Option<String>,
    /// OAuth 2: where tokens are given back (RFC 7009); the client shows itself there as at the token endpoint.
    #[serde(default)]
    pub revoke_url: Option<String>,
    /// How the client shows its id and secret at the token endpoint.
    #[serde(default)]
    pub client_auth: ClientAuth,
    /// How the token request is written.
    #[serde(default)]
    pub token_body: TokenBody,
    /// Whether the authorization code flow uses PKCE (S256).
    #[serde(default)]
    pub pkce: bool,
    /// Scopes asked for when a workflow names none.
    #[serde(default)]
    pub scopes: Vec<String>,
    /// What joins scopes in the authorization address (default a space).
    #[serde(default = "space")]
    pub scope_separator: String,
    /// Friendly scope → the provider's own scopes.
    #[serde(default)]
    pub scope_aliases: BTreeMap<String, Vec<String>>,
    /// Further parameters of the authorization address.
    #[serde(default)]
    pub authorize_params: BTreeMap<String, String>,
    /// Further parameters of the token request; `{field}` is filled from the connection (server-to-server), and a parameter
    /// whose optional field is absent is left out.
    #[serde(default)]
    pub token_params: BTreeMap<String, String>,
    /// Headers of the token request; `{field}` is filled from the connection (server-to-server).
    #[serde(default)]
    pub token_headers: BTreeMap<String, String>,
    /// Connection field → path in the token answer, beyond `access_token`, `refresh_token`, `expires_in`, `scope`.
    #[serde(default)]
    pub token_fields: BTreeMap<String, String>,
}

fn space() -> String {
    " ".to_owned()
}

/// The kinds of sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthKind {
    /// Authorization code flow with refresh.
    Oauth2,
    /// A token that a person pastes.
    Token,
    /// A key in a header or in the query; `place` says where.
    ApiKey,
    /// User name and password.
    Basic,
    /// The application's own account: tokens come from `token_url` without a person.
    ServerToServer,
}

impl AuthKind {
    /// The kind as connector files spell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oauth2 => "oauth2",
            Self::Token => "token",
            Self::ApiKey => "api_key",
            Self::Basic => "basic",
            Self::ServerToServer => "server_to_server",
        }
    }
}

/// How a client proves itself at the token endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientAuth {
    /// HTTP basic authentication.
    Basic,
    /// `client_id` and `client_secret` in the body.
    #[default]
    Post,
    /// Not at all: `token_params` and `token_headers` carry everything (server-to-server only).
    None,
}

/// How a token request is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenBody {
    /// `application/x-www-form-urlencoded`, the standard's way.
    #[default]
    Form,
    /// JSON.
    Json,
}

/// One field of a connection.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Shown to people.
    #[serde(default)]
    pub title: String,
    /// Where to find it.
    #[serde(default)]
    pub help: String,
    /// Whether it is masked everywhere. Account ids may say `false`; the default is `true`.
    #[serde(default = "yes")]
    pub secret: bool,
    /// Whether a connection of this kind is complete without it.
    #[serde(default)]
    pub optional: bool,
}

fn yes() -> bool {
    true
}

/// Where credentials go in a request. Values are templates over the connection's fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Header → template.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Query parameter → template.
    #[serde(default)]
    pub query: BTreeMap<String, String>,
    /// HTTP basic authentication.
    #[serde(default)]
    pub basic: Option<BasicPlace>,
}

/// The two halves of HTTP basic authentication, as templates.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BasicPlace {
    /// The part before the colon.
    pub username: String,
    /// The part after it.
    #[serde(default)]
    pub password: String,
}

impl Auth {
    /// The fields a connection of this kind must have.
    pub fn required_fields(&self) -> Vec<&str> {
        if !self.fields.is_empty() {
            return self.fields.iter().filter(|(_, f)| !f.optional).map(|(name, _)| name.as_str()).collect();
        }
        match self.kind {
            AuthKind::Oauth2 | AuthKind::Token => vec!["access_token"],
            AuthKind::ApiKey => vec!["api_key"],
            AuthKind::Basic => vec!["username", "password"],
            AuthKind::ServerToServer => vec![],
        }
    }

    /// Where the credentials go, the default of the kind filled in.
    pub fn place(&self) -> Place {
        if let Some(place) = &self.place {
            return place.clone();
        }
        match self.kind {
            AuthKind::Basic => Place {
                basic: Some(BasicPlace { username: "{username}".to_owned(), password: "{password}".to_owned() }),
                ..Place::default()
            },
            _ => Place {
                headers: BTreeMap::from([("Authorization".to_owned(), "Bearer {access_token}".to_owned())]),
                ..Place::default()
            },
        }
    }
}
