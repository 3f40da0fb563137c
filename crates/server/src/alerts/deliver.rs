//! Sends messages to webhooks: leased, so that no other node tries meanwhile, and tried again with growing pauses. A receiver that got
//! one whose sender died before writing that down gets it again under the same `webhook-id`.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use millrace_clock::Timestamp;
use millrace_db::DbError;
use millrace_egress::{HostList, Redirect, Request, Scope, SecretSet};

use super::channel::{self, Address, SECRET};
use super::limits::{ATTEMPT, ATTEMPTS, BATCH, LEASE, PAUSE, PAUSE_MOST};
use super::store::{self, Outgoing};
use crate::app::Parts;

/// Why a message did not arrive.
#[derive(Debug)]
enum Refused {
    /// Another attempt may fare better.
    ForNow(String),
    ForGood(String),
}

/// Sends what is due now, a batch at a time.
pub(super) async fn send_due(parts: &Parts, me: &str) -> Result<(), DbError> {
    while !parts.stopping.is_cancelled() {
        let now = parts.clock.now();
        let mut tx = parts.platform().begin().await?;
        let taken = store::take(&mut tx, me, now, now.plus(LEASE), BATCH).await?;
        tx.commit().await?;
        if taken.is_empty() {
            return Ok(());
        }
        let sent = futures::future::join_all(taken.iter().map(|one| attempt(parts, one))).await;
        let now = parts.clock.now();
        let mut tx = parts.platform().begin().await?;
        for (one, outcome) in taken.iter().zip(sent) {
            let (again, error) = match outcome {
                Ok(()) => (None, None),
                Err(Refused::ForGood(error)) => (None, Some(error)),
                Err(Refused::ForNow(error)) => (again(one.attempts, now), Some(error)),
            };
            if !store::settle(&mut tx, one, me, again, error.as_deref(), now).await? {
                tracing::warn!(delivery = %one.id, "an attempt outlived its lease; another node may have sent the message, too");
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

/// When to try again, if ever.
fn again(attempts: i64, now: Timestamp) -> Option<Timestamp> {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(16);
    (attempts < ATTEMPTS).then(|| now.plus(PAUSE.saturating_mul(1 << doublings).min(PAUSE_MOST)))
}

async fn attempt(parts: &Parts, one: &Outgoing) -> Result<(), Refused> {
    let sealed = one.sealed.as_deref().ok_or_else(|| Refused::ForGood("it has no address".to_owned()))?;
    let address = channel::open(parts, &one.tenant, &one.channel, sealed).map_err(Refused::ForNow)?;
    let request = request(one, &address, parts.clock.now()).map_err(Refused::ForGood)?;
    let hosts = HostList::of_url(&request.url).map_err(|e| Refused::ForGood(e.to_string()))?;
    let scope = Scope { hosts: Some(hosts), secrets: SecretSet::new(), share: Some(parts.egress.share(one.tenant.as_str())) };
    match parts.egress.send(request, &scope).await {
        Ok(answer) if (200..300).contains(&answer.status) => Ok(()),
        Ok(answer) if answer.status >= 500 || [408, 409, 425, 429].contains(&answer.status) => Err(Refused::ForNow(format!("it answered {}", answer.status))),
        Ok(answer) => Err(Refused::ForGood(format!("it answered {}", answer.status))),
        Err(error) if error.retryable() => Err(Refused::ForNow(error.to_string())),
        Err(error) => Err(Refused::ForGood(error.to_string())),
    }
}

/// The request, signed as Standard Webhooks says where there is a secret.
fn request(one: &Outgoing, address: &Address, now: Timestamp) -> Result<Request, String> {
    let mut request = Request::parse(Method::POST, &address.url).map_err(|e| e.to_string())?;
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(secret) = &address.secret {
        let (id, at) = (one.id.as_str(), now.seconds().to_string());
        let said = [("webhook-id", id), ("webhook-timestamp", &at), ("webhook-signature", &sign(secret, id, &at, &one.body)?)].map(|(name, value)| (name, value.to_owned()));
        for (name, value) in said {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).map_err(|e| e.to_string())?);
        }
    }
    request.headers = headers;
    request.body = Bytes::from(one.body.clone());
    request.timeout = Some(ATTEMPT);
    // A redirect would carry the news to wherever it leads.
    request.redirect = Redirect::Error;
    Ok(request)
}

/// `v1,…`: HMAC-SHA256 over id, time and body.
pub(super) fn sign(secret: &str, id: &str, at: &str, body: &str) -> Result<String, String> {
    let key = secret.strip_prefix(SECRET).and_then(|text| STANDARD.decode(text).ok()).ok_or("its signing secret is of another release")?;
    let mac = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), format!("{id}.{at}.{body}").as_bytes());
    Ok(format!("v1,{}", STANDARD.encode(mac.as_ref())))
}
