//! Signing as a service does: for tests that deliver what the service would.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Incoming, Verification, WebhookError, verify};
use crate::credentials::SecretText;
use crate::schema::{DigestEncoding, Scheme, SignatureFormat, TimeUnit};

/// Adds the headers with which the service (or the sender of a path hook) would sign this delivery now. Headers that are there
/// stay: a test may state a time of signing of its own.
///
/// # Errors
/// A header that is part of what is signed is missing, or the secret cannot stand in a header.
pub fn sign(verification: &Verification, secret: &SecretText, headers: &mut HeaderMap, body: &[u8], now_s: i64) -> Result<(), WebhookError> {
    if !verification.signed {
        return Ok(());
    }
    let Some(scheme) = verification.webhook.verify.first() else { return Ok(()) };
    let at = time_of_signing(scheme, headers, now_s)?;
    let request = Incoming { headers, body, query: None, now_s };
    let value = match scheme.format {
        SignatureFormat::Token => secret.expose().to_owned(),
        format => {
            let tag = verify::signature(scheme, &verification.webhook.secret, secret, at.as_deref(), &request)?;
            let digest = match scheme.encoding {
                DigestEncoding::Hex => hex::encode(tag),
                DigestEncoding::Base64 => STANDARD.encode(tag),
            };
            match format {
                SignatureFormat::Pairs => pairs(scheme, at.as_deref(), &digest),
                _ => format!("{}{digest}", scheme.prefix),
            }
        }
    };
    put(headers, &scheme.header, &value)
}

fn pairs(scheme: &Scheme, at: Option<&str>, digest: &str) -> String {
    let time = scheme.timestamp.as_ref().and_then(|source| source.key.as_ref()).zip(at).map(|(key, at)| format!("{key}={at},"));
    format!("{}{}={digest}", time.unwrap_or_default(), scheme.signature_key)
}

/// The time that is signed with, put into its own header where it has one. A time that stands in the body is the body's.
fn time_of_signing(scheme: &Scheme, headers: &mut HeaderMap, now_s: i64) -> Result<Option<String>, WebhookError> {
    let Some(source) = &scheme.timestamp else { return Ok(None) };
    if source.path.is_some() {
        return Ok(None);
    }
    let now = match source.unit {
        TimeUnit::S => now_s.to_string(),
        TimeUnit::Ms => (now_s * 1000).to_string(),
        TimeUnit::Iso => jiff::Timestamp::from_second(now_s).map(|at| at.to_string()).unwrap_or_default(),
    };
    let Some(name) = &source.header else { return Ok(Some(now)) };
    if let Some(own) = headers.get(name.as_str()).and_then(|value| value.to_str().ok()) {
        return Ok(Some(own.to_owned()));
    }
    put(headers, name, &now)?;
    Ok(Some(now))
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), WebhookError> {
    let unusable = |what: &str| WebhookError::Malformed(format!("`{name}` cannot be a header: {what}"));
    let own = HeaderName::try_from(name).map_err(|e| unusable(&e.to_string()))?;
    headers.entry(own).or_insert(HeaderValue::from_str(value).map_err(|e| unusable(&e.to_string()))?);
    Ok(())
}
