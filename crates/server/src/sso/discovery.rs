//! What a provider says about itself: its endpoints and its keys, read through the egress client and remembered for a while.

use std::collections::HashMap;
use std::sync::Arc;

use http::{HeaderValue, Method, header};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use millrace_clock::Timestamp;
use millrace_egress::{Egress, Redirect, Request, Scope};
use parking_lot::Mutex;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::limits;
use crate::app::App;
use crate::config::is_endpoint;

/// Why a provider cannot be used now. The text is for operators and admins; it holds no answer of the other side.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProviderError {
    /// It does not answer, or not with what was asked for.
    #[error("{0}")]
    Unreachable(String),
    /// It answers, and is no provider, or another one.
    #[error("{0}")]
    Wrong(String),
}

/// The endpoints that are used here.
#[derive(Debug, Clone)]
pub(super) struct Metadata {
    pub authorization: Url,
    pub token: Url,
    pub userinfo: Option<Url>,
    /// Where a person signs out there.
    pub end_session: Option<Url>,
    jwks: Url,
    /// Whether the client's secret goes into the body rather than a header.
    pub secret_in_body: bool,
}

#[derive(Debug, Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: Option<String>,
    end_session_endpoint: Option<String>,
    jwks_uri: String,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
}

#[derive(Debug, Clone)]
struct Known {
    metadata: Arc<Metadata>,
    read_at: Timestamp,
    keys: Arc<Vec<Jwk>>,
    keys_read_at: Timestamp,
}

/// This node's memory of what identity providers say about themselves.
#[derive(Debug, Default)]
pub struct Providers(Mutex<HashMap<String, Known>>);

impl Providers {
    fn get(&self, issuer: &str, now: Timestamp) -> Option<Known> {
        self.0.lock().get(issuer).filter(|known| now.since(known.read_at) < limits::BELIEVED).cloned()
    }

    fn put(&self, issuer: &str, known: Known) {
        let mut all = self.0.lock();
        if all.len() >= limits::REMEMBERED {
            all.clear();
        }
        all.insert(issuer.to_owned(), known);
    }
}

/// The endpoints of an issuer.
///
/// # Errors
/// It does not answer, or is another one.
pub(super) async fn metadata(app: &App, issuer: &str) -> Result<Arc<Metadata>, ProviderError> {
    known(app, issuer).await.map(|known| known.metadata)
}

/// The keys that may have signed a token with this key id; they are read again when there is none, unless that was done just now.
///
/// # Errors
/// It does not answer.
pub(super) async fn keys(app: &App, issuer: &str, id: Option<&str>) -> Result<Vec<Jwk>, ProviderError> {
    let known = known(app, issuer).await?;
    let now = app.clock.now();
    let found = fitting(&known.keys, id);
    if !found.is_empty() || now.since(known.keys_read_at) < limits::KEYS_EACH {
        return Ok(found);
    }
    let keys = Arc::new(read_keys(&app.egress, &known.metadata.jwks).await?);
    app.providers.put(issuer, Known { keys: keys.clone(), keys_read_at: now, ..known });
    Ok(fitting(&keys, id))
}

/// A token without a key id is of the only key, if there is only one.
fn fitting(keys: &[Jwk], id: Option<&str>) -> Vec<Jwk> {
    match id {
        Some(id) => keys.iter().filter(|key| key.common.key_id.as_deref() == Some(id)).cloned().collect(),
        None if keys.len() == 1 => keys.to_vec(),
        None => Vec::new(),
    }
}

async fn known(app: &App, issuer: &str) -> Result<Known, ProviderError> {
    let now = app.clock.now();
    if let Some(known) = app.providers.get(issuer, now) {
        return Ok(known);
    }
    let metadata = read_metadata(&app.egress, issuer).await?;
    let keys = read_keys(&app.egress, &metadata.jwks).await?;
    let known = Known { metadata: Arc::new(metadata), read_at: now, keys: Arc::new(keys), keys_read_at: now };
    app.providers.put(issuer, known.clone());
    Ok(known)
}

async fn read_metadata(egress: &Egress, issuer: &str) -> Result<Metadata, ProviderError> {
    let wrong = |what: &str| ProviderError::Wrong(format!("the discovery document of {issuer} {what}"));
    let address = Url::parse(&format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))).map_err(|_| wrong("has no address"))?;
    let document: Document = get(egress, address, None).await?;
    // A document of another issuer would make its tokens pass for this one's.
    if document.issuer != issuer {
        return Err(wrong("names another issuer"));
    }
    let endpoint = |text: &str| Url::parse(text).ok().filter(is_endpoint).ok_or_else(|| wrong("names an endpoint that is not https"));
    let methods = document.token_endpoint_auth_methods_supported.unwrap_or_default();
    let has = |method: &str| methods.iter().any(|own| own == method);
    Ok(Metadata {
        authorization: endpoint(&document.authorization_endpoint)?,
        token: endpoint(&document.token_endpoint)?,
        userinfo: document.userinfo_endpoint.as_deref().map(endpoint).transpose()?,
        end_session: document.end_session_endpoint.as_deref().map(endpoint).transpose()?,
        jwks: endpoint(&document.jwks_uri)?,
        secret_in_body: has("client_secret_post") && !has("client_secret_basic"),
    })
}

/// The keys that sign. Those of kinds that are unknown here are left out rather than refused.
async fn read_keys(egress: &Egress, address: &Url) -> Result<Vec<Jwk>, ProviderError> {
    #[derive(Deserialize)]
    struct Set {
        keys: Vec<Value>,
    }
    let set: Set = get(egress, address.clone(), None).await?;
    let keys = set.keys.into_iter().filter_map(|key| serde_json::from_value::<Jwk>(key).ok());
    Ok(keys.filter(|key| key.common.public_key_use.as_ref().is_none_or(|what| *what == PublicKeyUse::Signature)).collect())
}

/// A document of a provider. Redirects are not followed: none of these has a reason to move.
pub(super) async fn get<T: DeserializeOwned>(egress: &Egress, address: Url, bearer: Option<&str>) -> Result<T, ProviderError> {
    let mut request = Request::new(Method::GET, address);
    request.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(token) = bearer {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| ProviderError::Wrong("an access token is not one line of text".to_owned()))?;
        request.headers.insert(header::AUTHORIZATION, value);
    }
    send(egress, request).await.and_then(|(status, body)| match status {
        200 => serde_json::from_slice(&body).map_err(|_| ProviderError::Wrong("an answer of the identity provider is not what was asked for".to_owned())),
        other => Err(ProviderError::Unreachable(format!("the identity provider answered with status {other}"))),
    })
}

/// One request to a provider, within our patience.
pub(super) async fn send(egress: &Egress, mut request: Request) -> Result<(u16, bytes::Bytes), ProviderError> {
    (request.redirect, request.timeout) = (Redirect::Error, Some(limits::ANSWER));
    let answer = egress.send(request, &Scope::public()).await.map_err(|error| ProviderError::Unreachable(error.to_string()))?;
    if answer.body.len() > limits::ANSWER_BYTES {
        return Err(ProviderError::Wrong("an answer of the identity provider is too large".to_owned()));
    }
    Ok((answer.status, answer.body))
}
