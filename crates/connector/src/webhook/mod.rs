//! Incoming webhooks: is it really the provider, and what does it say?
//!
//! The order is fixed: headers are read, the signature over the raw body is compared in constant time, and only then
//! is the body parsed. What a provider signs and how it names things is data in its connector file.

mod body;
mod event;
mod handshake;
mod headers;
mod matching;
mod sign;
mod verify;

pub(crate) use body::depth;
pub use matching::{match_trigger, resolve_template};
pub use sign::sign;

use std::sync::{Arc, LazyLock};

use http::HeaderMap;
use serde_json::Value;

use crate::credentials::SecretText;
use crate::schema::{Connector, Webhook};

/// The scheme of path hooks, in the same words as connector files.
const PATH_HOOK: &str = include_str!("path_hook.yaml");

static PATH_HOOK_WEBHOOK: LazyLock<Arc<Webhook>> = LazyLock::new(|| {
    let webhook: Webhook = serde_norway::from_str(PATH_HOOK).expect("path_hook.yaml is part of this program and tested");
    Arc::new(webhook)
});

/// How deliveries to one address are checked and read.
#[derive(Debug, Clone)]
pub struct Verification {
    webhook: Arc<Webhook>,
    signed: bool,
    service: Option<String>,
}

impl Verification {
    /// A service's own scheme; `None` when the service sends no webhooks.
    pub fn service(connector: &Connector) -> Option<Self> {
        let webhook = connector.webhook.clone()?;
        Some(Self { webhook: Arc::new(webhook), signed: true, service: Some(connector.service.clone()) })
    }

    /// A path hook: `X-Webhook-Signature: sha256=<hex HMAC-SHA256 of the raw body>`, or Standard Webhooks
    /// (`webhook-id`, `webhook-timestamp`, `webhook-signature: v1,<base64>`) when its headers are present.
    pub fn path_hook() -> Self {
        Self { webhook: Arc::clone(&PATH_HOOK_WEBHOOK), signed: true, service: None }
    }

    /// The same reading without any check. Only for a trigger whose owner explicitly chose it.
    pub fn without_signature(self) -> Self {
        Self { signed: false, ..self }
    }

    /// Whether signatures are checked.
    pub fn is_signed(&self) -> bool {
        self.signed
    }

    /// The service whose scheme this is; `None` for path hooks.
    pub fn service_name(&self) -> Option<&str> {
        self.service.as_deref()
    }
}

/// A delivery as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct Incoming<'a> {
    /// Request headers, repeated ones included.
    pub headers: &'a HeaderMap,
    /// The body's bytes exactly as received.
    pub body: &'a [u8],
    /// The query without `?`, if any. Nothing in it is trusted.
    pub query: Option<&'a str>,
    /// Our clock, in seconds since 1970.
    pub now_s: i64,
}

/// What a valid delivery is.
#[derive(Debug, Clone)]
pub enum Received {
    /// Something happened: maybe a run starts.
    Event(Event),
    /// The provider wants an answer and nothing else.
    Handshake(HandshakeReply),
}

/// Something happened at the provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The provider's id of this delivery; without one the caller hashes the raw body.
    pub delivery_id: Option<String>,
    /// The event's name as workflows write it, for example `meeting.ended`.
    pub event: String,
    /// The name in the provider's own words, where it differs: Slack's `message` for `message.received`.
    pub provider_event: String,
    /// `trigger.data` (spec §3).
    pub data: Value,
    /// When the provider says it happened, in milliseconds since 1970.
    pub timestamp_ms: Option<i64>,
    /// The delivery holds only an id: `data` is to be replaced by what this operation returns.
    pub fetch: Option<FetchCall>,
}

/// An operation that supplies an event's data.
#[derive(Debug, Clone, PartialEq)]
pub struct FetchCall {
    /// Operation of the same service.
    pub operation: String,
    /// Its arguments.
    pub args: Vec<Value>,
}

/// The answer to a handshake.
#[derive(Debug, Clone)]
pub struct HandshakeReply {
    /// HTTP status.
    pub status: u16,
    /// Value of `Content-Type`.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
    /// The secret that the provider announced (Notion's verification token). Store it as pending and show it to the
    /// installation's owner: whoever knows the address could have sent it.
    pub captured_secret: Option<SecretText>,
}

/// Why a delivery was refused. Messages hold nothing from the request but header names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The address has no secret yet, so nothing can be checked.
    #[error("this webhook has no signing secret yet; set it before the provider sends events")]
    SecretMissing,
    /// No signature, or one that does not fit the body.
    #[error("the signature is missing or does not fit: {0}")]
    SignatureInvalid(String),
    /// Signed too long ago, or in the future.
    #[error("the delivery was signed {age_s} s ago; at most {tolerance_s} s are accepted")]
    TimestampStale {
        /// Seconds since it was signed; negative = in the future.
        age_s: i64,
        /// Seconds accepted either way.
        tolerance_s: i64,
    },
    /// The delivery cannot be read.
    #[error("the delivery cannot be read: {0}")]
    Malformed(String),
}

impl WebhookError {
    /// The stable code that users see.
    pub fn code(&self) -> &'static str {
        match self {
            Self::SecretMissing => "WEBHOOK_SECRET_MISSING",
            Self::SignatureInvalid(_) => "WEBHOOK_SIGNATURE_INVALID",
            Self::TimestampStale { .. } => "WEBHOOK_TIMESTAMP_STALE",
            Self::Malformed(_) => "WEBHOOK_MALFORMED",
        }
    }

    /// The HTTP status that fits: 401 for whatever concerns the signature, 400 for what cannot be read.
    pub fn status(&self) -> u16 {
        match self {
            Self::Malformed(_) => 400,
            _ => 401,
        }
    }
}

/// Checks a delivery and reads it.
pub fn receive(
    verification: &Verification,
    secret: Option<&SecretText>,
    request: &Incoming<'_>,
) -> Result<Received, WebhookError> {
    let webhook = &*verification.webhook;
    let secret = secret.filter(|secret| !secret.expose().is_empty());
    let proof = if verification.signed { verify::check(webhook, secret, request)? } else { verify::Proof::NotAsked };
    let parsed = body::parse(webhook, request)?;
    if let Some(reply) = handshake::answer(webhook, secret, proof, &parsed, request.headers)? {
        return Ok(Received::Handshake(reply));
    }
    match proof {
        verify::Proof::Unsigned if secret.is_none() => return Err(WebhookError::SecretMissing),
        verify::Proof::Unsigned => {
            return Err(WebhookError::SignatureInvalid(format!("there is no {} header", webhook.verify[0].header)));
        }
        verify::Proof::Signed { scheme } => verify::check_body_time(&webhook.verify[scheme], &parsed.root, request.now_s)?,
        verify::Proof::NotAsked => {}
    }
    event::read(webhook, request, &parsed).map(Received::Event)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    #[test]
    fn the_path_hook_follows_the_rules_of_connector_files() {
        assert_eq!(crate::schema::check::check_webhook_alone(&super::PATH_HOOK_WEBHOOK), Ok(()));
    }
}
