//! Access tokens: JWTs with one algorithm, one issuer and one audience. What is in them reflects the session's row and
//! decides nothing but which row that is.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use millrace_clock::Timestamp;
use millrace_ids::{SessionId, SigningKeyId, TenantId, UserId};
use serde::{Deserialize, Serialize};

use super::limits::{ACCESS_TOKEN, ACCESS_TTL, CLOCKS};

/// Who issues: every node of every installation; installations differ by their keys.
const ISSUER: &str = "millrace";
/// What for: this API. A token of the same key for anything else is refused.
const AUDIENCE: &str = "millrace-api";

/// What an access token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Claims {
    pub iss: String,
    pub aud: String,
    pub sub: UserId,
    pub sid: SessionId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<TenantId>,
    /// `tenant`, or `pre_tenant` before a workspace was chosen.
    pub scope: String,
    /// Seconds since 1970.
    pub iat: i64,
    /// Seconds since 1970.
    pub exp: i64,
    /// Not good before, in seconds since 1970. Ours never say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nbf: Option<i64>,
}

impl Claims {
    /// Claims of a session, good from `now`.
    pub(super) fn new(user: &UserId, session: &SessionId, tenant: Option<&TenantId>, now: Timestamp) -> Self {
        Self {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: user.clone(),
            sid: session.clone(),
            tenant_id: tenant.cloned(),
            scope: if tenant.is_some() { "tenant" } else { "pre_tenant" }.to_owned(),
            iat: now.seconds(),
            exp: now.plus(ACCESS_TTL).seconds(),
            nbf: None,
        }
    }
}

/// Signs claims. Fails only when the key is not one.
pub(super) fn sign(claims: &Claims, id: &SigningKeyId, key: &EncodingKey) -> Result<String, jsonwebtoken::errors::Error> {
    let header = Header { kid: Some(id.to_string()), ..Header::new(Algorithm::EdDSA) };
    jsonwebtoken::encode(&header, claims, key)
}

/// The key that a token names, when it looks like one of ours at all. Other keys that a header may name (`jwk`, `jku`,
/// `x5u`, …) are never looked at.
pub(super) fn key_of(token: &str) -> Option<SigningKeyId> {
    if token.len() > ACCESS_TOKEN {
        return None;
    }
    let header = jsonwebtoken::decode_header(token).ok()?;
    if header.alg != Algorithm::EdDSA {
        return None;
    }
    header.kid?.parse().ok()
}

/// The claims of a token that this key signed, for us, and that holds at `now`.
pub(super) fn verify(token: &str, key: &DecodingKey, now: Timestamp) -> Option<Claims> {
    let mut rules = Validation::new(Algorithm::EdDSA);
    rules.set_issuer(&[ISSUER]);
    rules.set_audience(&[AUDIENCE]);
    rules.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
    // The library asks the operating system for the time; ours comes from the clock.
    rules.validate_exp = false;
    let claims = jsonwebtoken::decode::<Claims>(token, key, &rules).ok()?.claims;
    holds(&claims, now).then_some(claims)
}

/// Whether claims hold at `now`, and are those of an access token: a key signs for one purpose only.
fn holds(claims: &Claims, now: Timestamp) -> bool {
    // Another node may have signed it, whose clock is a little ahead.
    let soon = now.plus(CLOCKS).seconds();
    let has_begun = claims.iat <= soon && claims.nbf.is_none_or(|nbf| nbf <= soon);
    now.seconds() < claims.exp && has_begun && matches!(claims.scope.as_str(), "tenant" | "pre_tenant")
}
