//! Requests that only want an answer: URL validation, challenges, verification tokens.

use http::HeaderMap;
use serde_json::{Map, Value};

use super::body::Parsed;
use super::verify::{Proof, hmac_sha256_hex};
use super::{HandshakeReply, WebhookError};
use crate::credentials::SecretText;
use crate::json_path;
use crate::limits;
use crate::schema::{Handshake, ReplyMember, Webhook};

/// The answer, when the delivery is a handshake that may be answered.
pub(super) fn answer(
    webhook: &Webhook,
    secret: Option<&SecretText>,
    proof: Proof,
    parsed: &Parsed,
    headers: &HeaderMap,
) -> Result<Option<HandshakeReply>, WebhookError> {
    for handshake in &webhook.handshakes {
        if !parsed.holds(&handshake.when, headers) {
            continue;
        }
        if let Some(path) = &handshake.captures_secret {
            // With a secret in place this would let a stranger replace it.
            if secret.is_some() {
                continue;
            }
            return reply(handshake, None, parsed, Some(path)).map(Some);
        }
        if proof == Proof::Unsigned && !handshake.unsigned {
            continue;
        }
        return reply(handshake, secret, parsed, None).map(Some);
    }
    Ok(None)
}

fn reply(
    handshake: &Handshake,
    secret: Option<&SecretText>,
    parsed: &Parsed,
    capture: Option<&String>,
) -> Result<HandshakeReply, WebhookError> {
    let captured_secret = match capture {
        None => None,
        Some(path) => Some(SecretText::new(text_at(parsed, path, limits::HANDSHAKE_ECHO)?)),
    };
    let (content_type, body) = match &handshake.reply.text {
        Some(member) => ("text/plain; charset=utf-8", fill(member, secret, parsed)?.into_bytes()),
        None => {
            let mut members = Map::new();
            for (name, member) in &handshake.reply.json {
                members.insert(name.clone(), Value::String(fill(member, secret, parsed)?));
            }
            ("application/json", Value::Object(members).to_string().into_bytes())
        }
    };
    Ok(HandshakeReply { status: 200, content_type, body, captured_secret })
}

fn fill(member: &ReplyMember, secret: Option<&SecretText>, parsed: &Parsed) -> Result<String, WebhookError> {
    if let Some(path) = &member.echo {
        return text_at(parsed, path, limits::HANDSHAKE_ECHO);
    }
    let path = member.hmac_sha256_hex.as_deref().unwrap_or_default();
    let secret = secret.ok_or(WebhookError::SecretMissing)?;
    let token = text_at(parsed, path, limits::HANDSHAKE_TOKEN)?;
    // Only a bare token is signed: anything richer could be the signed string of a forged delivery (`v0:…:{…}`).
    if !token.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_') {
        return Err(WebhookError::Malformed(format!("the text at {path} is not a plain token")));
    }
    Ok(hmac_sha256_hex(secret, token.as_bytes()))
}

fn text_at(parsed: &Parsed, path: &str, longest: usize) -> Result<String, WebhookError> {
    json_path::get(&parsed.root, path)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty() && text.len() <= longest)
        .map(str::to_owned)
        .ok_or_else(|| WebhookError::Malformed(format!("there is no usable text at {path}")))
}
