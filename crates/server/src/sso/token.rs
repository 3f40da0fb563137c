//! The code for a token, and what the token must be to be believed.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Method, header};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use millrace_egress::Request;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use subtle::ConstantTimeEq as _;
use url::form_urlencoded::{Serializer, byte_serialize};
use zeroize::Zeroizing;

use super::discovery::{self, Metadata, ProviderError};
use super::limits;
use super::model::{Identity, Provider};
use super::state::{State, refused};
use crate::app::App;
use crate::http::ApiError;

/// What may sign: key pairs only. With a shared secret, whoever knows a public key could sign; with none, anybody.
const ALGORITHMS: [Algorithm; 9] = [
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

/// Names of a sign-in with several factors: OpenID's of old (PAPE), and REFEDS's.
const MULTI_FACTOR: [&str; 2] = ["http://schemas.openid.net/pape/policies/2007/06/multi-factor", "https://refeds.org/profile/mfa"];
/// The event that makes a token a logout token.
const LOGOUT_EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    access_token: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    azp: Option<String>,
    sub: String,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    nonce: Option<String>,
    amr: Option<Value>,
    acr: Option<Value>,
    sid: Option<String>,
    #[serde(flatten)]
    person: Person,
}

/// What a provider says when it ends its own sessions (OpenID Connect Back-Channel Logout 1.0).
#[derive(Debug, Deserialize)]
pub(super) struct Logout {
    pub sub: Option<String>,
    pub sid: Option<String>,
    pub iat: i64,
    exp: Option<i64>,
    jti: String,
    events: HashMap<String, Value>,
    /// Must be absent: with one it would be an ID token.
    nonce: Option<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What is said about the person: in the token, or where it says nothing, at the userinfo endpoint.
#[derive(Debug, Deserialize)]
struct Person {
    email: Option<String>,
    email_verified: Option<Value>,
    name: Option<String>,
}

#[derive(Debug, Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    person: Person,
}

/// Exchanges a code and answers whom the provider means.
///
/// # Errors
/// 401 `PKCE_FAILED`, `IDP_TOKEN_INVALID`, `NONCE_INVALID`, `AUTHENTICATION_FAILED`; 503 `UNAVAILABLE` when the provider does not answer.
pub(super) async fn identity(app: &App, provider: &Provider, state: &State, code: &str) -> Result<Identity, ApiError> {
    let metadata = discovery::metadata(app, &provider.issuer).await.map_err(unreachable)?;
    let tokens = exchange(app, provider, &metadata, state, code).await?;
    let claims = verify(app, provider, &tokens.id_token).await?;
    let nonce = state.nonce(&app.keyring);
    let same: bool = claims.nonce.as_deref().unwrap_or_default().as_bytes().ct_eq(nonce.as_bytes()).into();
    if !same {
        return Err(refused("NONCE_INVALID", "The identity provider's token belongs to another sign-in."));
    }
    let person = match (&claims.person.email, &metadata.userinfo, &tokens.access_token) {
        (None, Some(address), Some(token)) => {
            let told: UserInfo = discovery::get(&app.egress, address.clone(), Some(token)).await.map_err(unreachable)?;
            // What is said of somebody else must not become this person's.
            if told.sub != claims.sub {
                return Err(bad_token("the userinfo endpoint speaks of somebody else"));
            }
            told.person
        }
        _ => claims.person,
    };
    // Some providers say it as text.
    let is_verified = matches!(&person.email_verified, Some(Value::Bool(true))) || person.email_verified.as_ref().and_then(Value::as_str) == Some("true");
    let email = person.email.filter(|_| is_verified).and_then(|email| email.parse().ok()).ok_or_else(authentication_failed)?;
    let name = person.name.unwrap_or_default().chars().filter(|c| !c.is_control()).take(limits::PERSON).collect();
    let session = claims.sid.filter(|sid| sid.len() <= limits::SUBJECT && is_word(sid));
    let multi_factor = says_multi_factor(claims.amr.as_ref(), claims.acr.as_ref());
    Ok(Identity { subject: claims.sub, email, name, multi_factor, session })
}

/// Whether a provider says that it asked for more than one factor: in `amr` with the word of RFC 8176, or in `acr` with a name
/// that providers agree on. A level of a provider's own says nothing here.
fn says_multi_factor(amr: Option<&Value>, acr: Option<&Value>) -> bool {
    let methods = amr.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let class = acr.and_then(Value::as_str);
    methods.into_iter().any(|method| method == "mfa") || class.is_some_and(|class| MULTI_FACTOR.contains(&class))
}

async fn exchange(app: &App, provider: &Provider, metadata: &Metadata, state: &State, code: &str) -> Result<Tokens, ApiError> {
    let mut request = Request::new(Method::POST, metadata.token.clone());
    request.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    request.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
    let in_header = provider.client_secret.as_ref().filter(|_| !metadata.secret_in_body);
    if let Some(secret) = in_header {
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = Zeroizing::new(format!("{}:{}", encoded(&provider.client_id), encoded(secret.expose())));
        let mut value = HeaderValue::from_str(&format!("Basic {}", STANDARD.encode(pair.as_bytes()))).map_err(ApiError::internal)?;
        value.set_sensitive(true);
        request.headers.insert(header::AUTHORIZATION, value);
    }
    request.body = form(app, provider, state, code, in_header.is_none()).into();
    let (status, body) = discovery::send(&app.egress, request).await.map_err(unreachable)?;
    if status >= 500 {
        return Err(unreachable(ProviderError::Unreachable(format!("the token endpoint answered with status {status}"))));
    }
    let failed = |_| {
        tracing::info!(provider = provider.word, status, "an identity provider did not exchange a code");
        refused("PKCE_FAILED", "The identity provider did not accept the code.")
    };
    if status == 200 { serde_json::from_slice(&body).map_err(failed) } else { Err(failed(serde::de::Error::custom(status))) }
}

fn form(app: &App, provider: &Provider, state: &State, code: &str, names_client: bool) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code").append_pair("code", code).append_pair("redirect_uri", &provider.redirect_uri(app));
    form.append_pair("code_verifier", &state.verifier(&app.keyring));
    if names_client {
        form.append_pair("client_id", &provider.client_id);
        if let Some(secret) = &provider.client_secret {
            form.append_pair("client_secret", secret.expose());
        }
    }
    form.finish()
}

/// What a provider ends, if the token is one that says so.
///
/// # Errors
/// Why it does not, in words for the log; 503 when the provider's keys cannot be read.
pub(super) async fn logout(app: &App, provider: &Provider, token: &str) -> Result<Logout, ApiError> {
    let told: Logout = signed(app, provider, token, &["iss", "aud"]).await?;
    let now = app.clock.now().seconds();
    let holds_now = told.iat <= now + limits::LEEWAY_S && told.exp.unwrap_or(told.iat.saturating_add(limits::LOGOUT_S)).saturating_add(limits::LEEWAY_S) > now;
    let fits = |text: &Option<String>| text.as_ref().is_none_or(|text| text.len() <= limits::SUBJECT * 4 && is_word(text));
    let whole = told.events.contains_key(LOGOUT_EVENT) && told.nonce.is_none() && !told.jti.is_empty() && (told.sub.is_some() || told.sid.is_some());
    if holds_now && whole && fits(&told.sub) && fits(&told.sid) { Ok(told) } else { Err(bad_token("it is no logout token, or does not hold now")) }
}

/// The claims of a token that this provider signed, for us, and that holds now.
async fn verify(app: &App, provider: &Provider, token: &str) -> Result<Claims, ApiError> {
    let claims: Claims = signed(app, provider, token, &["iss", "aud", "sub", "exp"]).await?;
    let now = app.clock.now().seconds();
    if now >= claims.exp.saturating_add(limits::LEEWAY_S) || claims.iat > now + limits::LEEWAY_S || claims.nbf.is_some_and(|from| from > now + limits::LEEWAY_S) {
        return Err(bad_token("it does not hold now"));
    }
    let several = matches!(&claims.aud, Audience::Several(all) if all.len() > 1);
    let is_for_us = match (&claims.aud, &claims.azp) {
        (_, Some(party)) => *party == provider.client_id,
        (Audience::One(one), None) => *one == provider.client_id,
        (Audience::Several(_), None) => !several,
    };
    let sub_fits = claims.sub.chars().count() <= limits::SUBJECT && is_word(&claims.sub);
    if claims.iss != provider.issuer || !is_for_us || !sub_fits {
        return Err(bad_token("it is for somebody else"));
    }
    Ok(claims)
}

/// Whether a name that a provider gave can be kept: whoever runs one writes what they like, and no column holds a NUL.
fn is_word(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(char::is_control)
}

/// What a token says that this provider signed for this client; whether it holds now is for the caller to see.
async fn signed<T: DeserializeOwned>(app: &App, provider: &Provider, token: &str, required: &[&str]) -> Result<T, ApiError> {
    if token.len() > limits::TOKEN_BYTES {
        return Err(bad_token("it is too long"));
    }
    let header = jsonwebtoken::decode_header(token).map_err(|_| bad_token("its header is not one"))?;
    if !ALGORITHMS.contains(&header.alg) {
        return Err(bad_token("it is not signed with a key pair"));
    }
    let keys = discovery::keys(app, &provider.issuer, header.kid.as_deref()).await.map_err(unreachable)?;
    let mut rules = Validation::new(header.alg);
    rules.set_issuer(&[&provider.issuer]);
    rules.set_audience(&[&provider.client_id]);
    rules.set_required_spec_claims(required);
    // The library asks the operating system for the time; ours comes from the clock.
    (rules.validate_exp, rules.validate_nbf) = (false, false);
    let read = |key: &Jwk| {
        let fits = key.common.key_algorithm.is_none_or(|own| own.to_string() == format!("{:?}", header.alg));
        let key = DecodingKey::from_jwk(key).ok().filter(|_| fits)?;
        jsonwebtoken::decode::<T>(token, &key, &rules).ok()
    };
    Ok(keys.iter().find_map(read).ok_or_else(|| bad_token("no key of the provider signed it for this server"))?.claims)
}

/// 401: which of the reasons is in the log only.
fn bad_token(reason: &str) -> ApiError {
    tracing::info!(reason, "an ID token was refused");
    refused("IDP_TOKEN_INVALID", "The identity provider's token is not valid here.")
}

/// 401: the provider does not vouch for the person's address.
pub(super) fn authentication_failed() -> ApiError {
    refused("AUTHENTICATION_FAILED", "Signing in failed.")
}

/// 503: the provider does not do its part.
pub(super) fn unreachable(error: ProviderError) -> ApiError {
    tracing::warn!(%error, "an identity provider cannot be used");
    ApiError::unavailable("The identity provider does not answer as it should; try again.")
}
