//! OAuth 2 with a service: where a person grants access, and the token endpoint. Locks and storage are the server's.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Method};
use millrace_egress::{Egress, HostList, Redirect, Request, Scope};
use serde_json::{Map, Value};
use url::Url;

use crate::answer::{Parsed, parse};
use crate::credentials::{Credentials, SecretText};
use crate::json_path;
use crate::schema::{Auth, AuthKind, ClientAuth, Connector, TokenBody};
use crate::template::Template;

/// An OAuth application: the platform's or the organisation's own.
#[derive(Debug, Clone)]
pub struct OAuthClient {
    /// Client id; not a secret.
    pub id: String,
    /// Client secret.
    pub secret: SecretText,
}

/// What a token endpoint gave.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// `access_token`, `refresh_token` if one came, `expires_at` (milliseconds since 1970) if known, `scope`,
    /// `token_type`, and the fields that the connector file takes from the answer.
    pub credentials: Credentials,
    /// When the access token ends, in milliseconds since 1970, if known.
    pub expires_at_ms: Option<i64>,
}

impl Tokens {
    /// The connection after renewal: new fields replace old ones, and what the provider did not repeat (a refresh token
    /// that does not rotate, account ids) stays.
    pub fn applied_to(&self, old: &Credentials) -> Credentials {
        let mut out: Credentials = old
            .iter()
            // An end that belongs to the old token must not outlive it.
            .filter(|(name, _)| *name != "expires_at")
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect();
        for (name, value) in self.credentials.iter() {
            out.set(name, value.clone());
        }
        out
    }
}

/// Why there are no tokens.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OAuthError {
    /// The provider refused: `invalid_grant` and the like. Trying again will not help.
    #[error("{service} refused: {code}{}", if detail.is_empty() { String::new() } else { format!(" ({detail})") })]
    Refused {
        /// The service.
        service: String,
        /// The provider's code, for example `invalid_grant`.
        code: String,
        /// The provider's explanation.
        detail: String,
    },
    /// No usable answer for now.
    #[error("{service} could not be asked for a token: {detail}")]
    Unavailable {
        /// The service.
        service: String,
        /// What happened.
        detail: String,
    },
    /// The connection or the connector file does not allow this.
    #[error("{0}")]
    Misconfigured(String),
}

impl OAuthError {
    /// Whether the grant is dead: a person must connect again. The refresh token may have been used by another node,
    /// so read the stored connection once more before saying so.
    pub fn grant_is_dead(&self) -> bool {
        matches!(self, Self::Refused { code, .. }
            if ["invalid_grant", "invalid_refresh_token", "bad_refresh_token", "token_revoked"].contains(&code.as_str()))
    }
}

/// The address at which a person grants access. `challenge` is the S256 PKCE challenge: sent whenever there is
/// one (a provider that knows nothing of it ignores it, RFC 6749 §3.1), and needed where the connector says `pkce: true`; `scopes` are what the workflow declared (friendly names are translated).
pub fn authorize_url<S: AsRef<str>>(
    connector: &Connector,
    client_id: &str,
    redirect_uri: &str,
    state: &str,
    scopes: &[S],
    challenge: Option<&str>,
) -> Result<Url, OAuthError> {
    let auth = oauth2(connector)?;
    let address = auth.authorize_url.as_deref().unwrap_or_default();
    let mut url = Url::parse(address).map_err(|e| OAuthError::Misconfigured(format!("authorize_url: {e}")))?;
    let asked = connector.native_scopes(scopes);
    let asked = if asked.is_empty() { auth.scopes.clone() } else { asked };
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code").append_pair("client_id", client_id);
        query.append_pair("redirect_uri", redirect_uri).append_pair("state", state);
        if !asked.is_empty() {
            query.append_pair("scope", &asked.join(&auth.scope_separator));
        }
        for (name, value) in &auth.authorize_params {
            query.append_pair(name, value);
        }
        match (auth.pkce, challenge) {
            (true, None) => {
                return Err(OAuthError::Misconfigured(format!("{} needs a PKCE challenge", connector.title)));
            }
            (_, Some(challenge)) => {
                query.append_pair("code_challenge", challenge).append_pair("code_challenge_method", "S256");
            }
            (false, None) => {}
        }
    }
    Ok(url)
}

/// The S256 challenge of a PKCE verifier (RFC 7636).
pub fn pkce_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()))
}

/// Exchanges an authorization code for tokens. `now_ms` dates `expires_at`.
pub async fn exchange_code(
    egress: &Egress,
    connector: &Connector,
    client: &OAuthClient,
    code: &str,
    redirect_uri: &str,
    verifier: Option<&str>,
    now_ms: i64,
) -> Result<Tokens, OAuthError> {
    let auth = oauth2(connector)?;
    let mut form = vec![
        ("grant_type".to_owned(), "authorization_code".to_owned()),
        ("code".to_owned(), code.to_owned()),
        ("redirect_uri".to_owned(), redirect_uri.to_owned()),
    ];
    form.extend(verifier.map(|verifier| ("code_verifier".to_owned(), verifier.to_owned())));
    form.extend(auth.token_params.clone());
    ask(egress, connector, auth, Asking::with(client, form), now_ms).await
}

/// Exchanges a refresh token for new tokens. The caller holds the connection's lock: two of these at once can make a
/// provider revoke the whole grant.
pub async fn refresh(
    egress: &Egress,
    connector: &Connector,
    client: &OAuthClient,
    refresh_token: &SecretText,
    now_ms: i64,
) -> Result<Tokens, OAuthError> {
    let auth = oauth2(connector)?;
    let form = vec![
        ("grant_type".to_owned(), "refresh_token".to_owned()),
        ("refresh_token".to_owned(), refresh_token.expose().to_owned()),
    ];
    ask(egress, connector, auth, Asking::with(client, form), now_ms).await
}

/// Tokens for a server-to-server connection, whose fields hold everything that is needed.
pub async fn server_to_server(
    egress: &Egress,
    connector: &Connector,
    connection: &Credentials,
    now_ms: i64,
) -> Result<Tokens, OAuthError> {
    let auth = connector.auth(AuthKind::ServerToServer).ok_or_else(|| {
        OAuthError::Misconfigured(format!("{} has no server-to-server sign-in", connector.title))
    })?;
    let field = |name: &str| {
        connection
            .get(name)
            .map(str::to_owned)
            .ok_or_else(|| OAuthError::Misconfigured(format!("the {} connection has no `{name}`", connector.title)))
    };
    let client = match auth.client_auth {
        ClientAuth::None => None,
        _ => Some(OAuthClient { id: field("client_id")?, secret: SecretText::new(field("client_secret")?) }),
    };
    let form = filled(auth, &auth.token_params, connection)?;
    let headers = filled(auth, &auth.token_headers, connection)?;
    ask(egress, connector, auth, Asking { client: client.as_ref(), form, headers, connection: Some(connection) }, now_ms).await
}

/// Parameters or headers of a token request; one whose optional field is absent is left out.
fn filled(
    auth: &Auth,
    templates: &BTreeMap<String, String>,
    connection: &Credentials,
) -> Result<Vec<(String, String)>, OAuthError> {
    let mut out = Vec::new();
    for (name, template) in templates {
        let template = Template::parse(template).map_err(OAuthError::Misconfigured)?;
        match template.fill(|name| connection.get(name).map(str::to_owned)) {
            Ok(value) => out.push((name.clone(), value)),
            Err(field) if auth.fields.get(&field).is_some_and(|field| field.optional) => {}
            Err(field) => return Err(OAuthError::Misconfigured(format!("the connection has no `{field}`"))),
        }
    }
    Ok(out)
}

/// Renews a connection in whichever way its fields allow: server-to-server, or its refresh token with `client`.
/// The result is the whole new connection.
pub async fn renew(
    egress: &Egress,
    connector: &Connector,
    client: Option<&OAuthClient>,
    connection: &Credentials,
    now_ms: i64,
) -> Result<Credentials, OAuthError> {
    let has = |auth: &Auth| auth.required_fields().iter().all(|field| connection.get(field).is_some());
    if connector.auth(AuthKind::ServerToServer).is_some_and(has) {
        let tokens = server_to_server(egress, connector, connection, now_ms).await?;
        return Ok(tokens.applied_to(connection));
    }
    let Some(token) = connection.get("refresh_token") else {
        let message = format!("the {} connection has no refresh token; connect it again", connector.title);
        return Err(OAuthError::Misconfigured(message));
    };
    let Some(client) = client else {
        return Err(OAuthError::Misconfigured(format!("there is no OAuth application for {}", connector.title)));
    };
    let tokens = refresh(egress, connector, client, &SecretText::new(token.to_owned()), now_ms).await?;
    Ok(tokens.applied_to(connection))
}

/// Gives tokens back to the provider (RFC 7009): the refresh token, with which the others end, or else the access token. `false`
/// where the provider has no such endpoint.
pub async fn revoke(egress: &Egress, connector: &Connector, client: &OAuthClient, tokens: &Credentials) -> Result<bool, OAuthError> {
    let auth = oauth2(connector)?;
    let Some(address) = auth.revoke_url.as_deref() else { return Ok(false) };
    let (kind, token) = match (tokens.get("refresh_token"), tokens.get("access_token")) {
        (Some(token), _) => ("refresh_token", token),
        (None, Some(token)) => ("access_token", token),
        (None, None) => return Ok(false),
    };
    let form = vec![("token".to_owned(), token.to_owned()), ("token_type_hint".to_owned(), kind.to_owned())];
    let (request, mut scope) = drafted(connector, auth, address, Asking::with(client, form))?;
    scope.secrets.hide(SecretText::new(token.to_owned()));
    let unavailable = |detail: String| OAuthError::Unavailable { service: connector.title.clone(), detail };
    let response = egress.send(request, &scope).await.map_err(|e| unavailable(e.to_string()))?;
    match response.status {
        200..=299 => Ok(true),
        status @ (429 | 500..=599) => Err(unavailable(format!("it answered {status}"))),
        status => Err(OAuthError::Refused { service: connector.title.clone(), code: format!("status {status}"), detail: String::new() }),
    }
}

fn oauth2(connector: &Connector) -> Result<&Auth, OAuthError> {
    connector
        .auth(AuthKind::Oauth2)
        .ok_or_else(|| OAuthError::Misconfigured(format!("{} has no OAuth 2 sign-in", connector.title)))
}

/// What a token request is made from.
struct Asking<'a> {
    client: Option<&'a OAuthClient>,
    form: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    /// A connection whose secrets are in the form or the headers.
    connection: Option<&'a Credentials>,
}

impl<'a> Asking<'a> {
    fn with(client: &'a OAuthClient, form: Vec<(String, String)>) -> Self {
        Self { client: Some(client), form, headers: Vec::new(), connection: None }
    }
}

async fn ask(
    egress: &Egress,
    connector: &Connector,
    auth: &Auth,
    asking: Asking<'_>,
    now_ms: i64,
) -> Result<Tokens, OAuthError> {
    let unavailable = |detail: String| OAuthError::Unavailable { service: connector.title.clone(), detail };
    let (request, scope) = drafted(connector, auth, auth.token_url.as_deref().unwrap_or_default(), asking)?;
    let response = egress.send(request, &scope).await.map_err(|e| unavailable(e.to_string()))?;
    match parse(&response.headers, &response.body) {
        Parsed::Json(body) => read(connector, auth, response.status, &body, now_ms),
        Parsed::Empty => Err(unavailable(format!("it answered {} with an empty body", response.status))),
        Parsed::Other(what) => Err(unavailable(format!("it answered {} with {what}", response.status))),
    }
}

/// A request of the client's to an address of the provider's, and what it may touch.
fn drafted(connector: &Connector, auth: &Auth, address: &str, asking: Asking<'_>) -> Result<(Request, Scope), OAuthError> {
    let Asking { client, mut form, headers, connection } = asking;
    let mut request = Request::parse(Method::POST, address).map_err(|e| OAuthError::Misconfigured(e.to_string()))?;
    request.redirect = Redirect::Error;
    request.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let unusable = |_| OAuthError::Misconfigured("client id, secret or key has unusable characters".to_owned());
    for (name, text) in &headers {
        let name = name.parse::<HeaderName>().map_err(|e| OAuthError::Misconfigured(e.to_string()))?;
        let mut value = HeaderValue::from_str(text).map_err(unusable)?;
        value.set_sensitive(true);
        request.headers.insert(name, value);
    }
    match (auth.client_auth, client) {
        (ClientAuth::None, _) | (_, None) => {}
        (ClientAuth::Basic, Some(client)) => {
            let pair = STANDARD.encode(format!("{}:{}", client.id, client.secret.expose()));
            let mut value = HeaderValue::from_str(&format!("Basic {pair}")).map_err(unusable)?;
            value.set_sensitive(true);
            request.headers.insert(AUTHORIZATION, value);
        }
        (ClientAuth::Post, Some(client)) => {
            form.push(("client_id".to_owned(), client.id.clone()));
            form.push(("client_secret".to_owned(), client.secret.expose().to_owned()));
        }
    }
    let (kind, body) = write(auth.token_body, &form);
    request.headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    request.body = Bytes::from(body);
    let mut scope = Scope::public();
    scope.hosts = Some(HostList::of_url(&request.url).map_err(|e| OAuthError::Misconfigured(e.to_string()))?);
    if let Some(client) = client {
        scope.secrets.hide(client.secret.clone());
    }
    // Only what was asked with: the answer may well repeat the token that the connection has.
    for (name, secret) in connection.into_iter().flat_map(Credentials::iter) {
        if auth.fields.contains_key(name) && connector.is_secret(name) {
            scope.secrets.hide(secret.clone());
        }
    }
    Ok((request, scope))
}

fn write(kind: TokenBody, form: &[(String, String)]) -> (&'static str, Vec<u8>) {
    match kind {
        TokenBody::Form => {
            let mut out = url::form_urlencoded::Serializer::new(String::new());
            out.extend_pairs(form);
            ("application/x-www-form-urlencoded", out.finish().into_bytes())
        }
        TokenBody::Json => {
            let members: Map<String, Value> =
                form.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
            ("application/json", Value::Object(members).to_string().into_bytes())
        }
    }
}

/// Some services answer 200 and say in the body that they refuse, so the token itself is what counts.
fn read(connector: &Connector, auth: &Auth, status: u16, body: &Value, now_ms: i64) -> Result<Tokens, OAuthError> {
    let service = connector.title.clone();
    let token_path = auth.token_fields.get("access_token").map_or("access_token", String::as_str);
    let token = json_path::text(body, token_path).filter(|_| (200..300).contains(&status));
    let Some(token) = token else {
        let first = |paths: &[&str]| paths.iter().find_map(|path| json_path::text(body, path));
        let code = first(&["error", "error.code", "code", "reason"]).unwrap_or_else(|| format!("status {status}"));
        let detail = first(&["error_description", "error.message", "message", "reason"]).unwrap_or_default();
        let detail = if detail == code { String::new() } else { detail };
        return Err(match status {
            429 | 500..=599 => OAuthError::Unavailable { service, detail: format!("it answered {status} {code}") },
            _ => OAuthError::Refused { service, code, detail },
        });
    };
    let mut credentials = Credentials::new();
    credentials.set("access_token", token);
    let named: BTreeMap<&str, &str> = [("refresh_token", "refresh_token"), ("scope", "scope"), ("token_type", "token_type")]
        .into_iter()
        .chain(auth.token_fields.iter().map(|(name, path)| (name.as_str(), path.as_str())))
        .collect();
    for (name, path) in named {
        if let Some(text) = json_path::text(body, path) {
            credentials.set(name, text);
        }
    }
    // Some services write `86400 second(s)`.
    let seconds = json_path::text(body, "expires_in").and_then(|text| text.split(' ').next()?.parse::<i64>().ok());
    let expires_at_ms = seconds.filter(|s| *s > 0).and_then(|s| s.checked_mul(1000)?.checked_add(now_ms));
    if let Some(at) = expires_at_ms {
        credentials.set("expires_at", at.to_string());
    }
    Ok(Tokens { credentials, expires_at_ms })
}
