//! Signatures over the raw body.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::headers::single;
use super::{Incoming, WebhookError};
use crate::credentials::SecretText;
use crate::json_path;
use crate::schema::{Digest, DigestEncoding, Scheme, SecretSpec, SignatureFormat, TimeUnit, Webhook};
use crate::template::Template;

/// What is known about who sent a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    /// A signature was present and held; which scheme's.
    Signed { scheme: usize },
    /// No signature header at all: only handshakes that may come unsigned are answered.
    Unsigned,
    /// The trigger's owner chose to check nothing.
    NotAsked,
}

/// Looks for a signature header and checks it. A signature that is present must hold, whatever the delivery is.
pub(super) fn check(
    webhook: &Webhook,
    secret: Option<&SecretText>,
    request: &Incoming<'_>,
) -> Result<Proof, WebhookError> {
    for (scheme, description) in webhook.verify.iter().enumerate() {
        let Some(header) = single(request.headers, &description.header)? else { continue };
        let secret = secret.ok_or(WebhookError::SecretMissing)?;
        check_one(description, &webhook.secret, secret, header, request)?;
        return Ok(Proof::Signed { scheme });
    }
    // Without a chance of an unsigned handshake nothing more needs to be read.
    if webhook.handshakes.iter().any(|handshake| handshake.unsigned || handshake.captures_secret.is_some()) {
        return Ok(Proof::Unsigned);
    }
    match secret {
        None => Err(WebhookError::SecretMissing),
        Some(_) => Err(WebhookError::SignatureInvalid(format!("there is no {} header", webhook.verify[0].header))),
    }
}

fn check_one(
    scheme: &Scheme,
    spec: &SecretSpec,
    secret: &SecretText,
    header: &str,
    request: &Incoming<'_>,
) -> Result<(), WebhookError> {
    if scheme.format == SignatureFormat::Token {
        return match verify_slices_are_equal(secret.expose().as_bytes(), header.as_bytes()) {
            Ok(()) => Ok(()),
            Err(_) => Err(WebhookError::SignatureInvalid(format!("{} is not this webhook's", scheme.header))),
        };
    }
    let timestamp = read_timestamp(scheme, header, request)?;
    let key = hmac::Key::new(algorithm(scheme.digest), &key_bytes(spec, secret));
    let wanted = tag(&key, scheme, timestamp.as_deref(), request)?;
    // Every candidate is compared, so that the time taken does not tell which one was close.
    let mut held = false;
    for given in candidates(scheme, header).into_iter().filter_map(|text| decode(scheme.encoding, text)) {
        held |= verify_slices_are_equal(wanted.as_ref(), &given).is_ok();
    }
    if !held {
        return Err(WebhookError::SignatureInvalid(format!("{} does not fit the body", scheme.header)));
    }
    match (timestamp, &scheme.timestamp) {
        (Some(text), Some(source)) => check_age(scheme, &Value::String(text), source.unit, request.now_s),
        _ => Ok(()),
    }
}

/// The digest with which a delivery is signed.
pub(super) fn signature(
    scheme: &Scheme,
    spec: &SecretSpec,
    secret: &SecretText,
    timestamp: Option<&str>,
    request: &Incoming<'_>,
) -> Result<hmac::Tag, WebhookError> {
    let key = hmac::Key::new(algorithm(scheme.digest), &key_bytes(spec, secret));
    tag(&key, scheme, timestamp, request)
}

/// A time that stands in the signed body is looked at once the body may be trusted.
pub(super) fn check_body_time(scheme: &Scheme, root: &Value, now_s: i64) -> Result<(), WebhookError> {
    let Some(source) = &scheme.timestamp else { return Ok(()) };
    let Some(path) = &source.path else { return Ok(()) };
    let value = json_path::get_some(root, path)
        .ok_or_else(|| WebhookError::SignatureInvalid(format!("there is no time of signing at {path}")))?;
    check_age(scheme, value, source.unit, now_s)
}

fn check_age(scheme: &Scheme, value: &Value, unit: TimeUnit, now_s: i64) -> Result<(), WebhookError> {
    let at_ms = instant_ms(value, unit)
        .ok_or_else(|| WebhookError::SignatureInvalid("the time of signing is not a time".to_owned()))?;
    let age_s = now_s.saturating_sub(at_ms.div_euclid(1000));
    let tolerance_s = scheme.tolerance_s.unwrap_or(i64::MAX);
    if age_s.saturating_abs() > tolerance_s {
        return Err(WebhookError::TimestampStale { age_s, tolerance_s });
    }
    Ok(())
}

/// A provider's time in milliseconds since 1970.
pub(super) fn instant_ms(value: &Value, unit: TimeUnit) -> Option<i64> {
    match unit {
        TimeUnit::Iso => value.as_str()?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond),
        TimeUnit::S => whole_number(value)?.checked_mul(1000),
        TimeUnit::Ms => whole_number(value),
    }
}

/// A whole number as a number or as plain digits: a `+`, a space or an exponent would be read differently elsewhere.
fn whole_number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => text.parse().ok(),
        _ => None,
    }
}

fn read_timestamp(scheme: &Scheme, header: &str, request: &Incoming<'_>) -> Result<Option<String>, WebhookError> {
    let Some(source) = &scheme.timestamp else { return Ok(None) };
    if let Some(name) = &source.header {
        let text = single(request.headers, name)?
            .ok_or_else(|| WebhookError::SignatureInvalid(format!("there is no {name} header")))?;
        return Ok(Some(text.to_owned()));
    }
    let Some(key) = &source.key else { return Ok(None) };
    let mut found = pairs(header).filter(|(k, _)| k == key).map(|(_, v)| v);
    match (found.next(), found.next()) {
        (Some(text), None) => Ok(Some(text.to_owned())),
        (Some(_), Some(_)) => Err(WebhookError::Malformed(format!("{} names `{key}` twice", scheme.header))),
        (None, _) => Err(WebhookError::SignatureInvalid(format!("{} has no `{key}`", scheme.header))),
    }
}

fn pairs(header: &str) -> impl Iterator<Item = (&str, &str)> {
    header.split(',').filter_map(|part| part.trim().split_once('='))
}

/// The digests that the header offers; several while a provider rotates its secret.
fn candidates<'a>(scheme: &Scheme, header: &'a str) -> Vec<&'a str> {
    match scheme.format {
        // Compared as a whole, before anything is computed.
        SignatureFormat::Token => Vec::new(),
        SignatureFormat::Plain => header.strip_prefix(scheme.prefix.as_str()).into_iter().collect(),
        SignatureFormat::Pairs => {
            pairs(header).filter(|(key, _)| *key == scheme.signature_key).map(|(_, value)| value).collect()
        }
        SignatureFormat::List => {
            header.split_ascii_whitespace().filter_map(|part| part.strip_prefix(scheme.prefix.as_str())).collect()
        }
    }
}

fn decode(encoding: DigestEncoding, text: &str) -> Option<Vec<u8>> {
    match encoding {
        DigestEncoding::Hex => hex::decode(text).ok(),
        DigestEncoding::Base64 => STANDARD.decode(text).ok(),
    }
}

/// The digest over the signed string, whose pieces are never put together: a body may be large.
fn tag(
    key: &hmac::Key,
    scheme: &Scheme,
    timestamp: Option<&str>,
    request: &Incoming<'_>,
) -> Result<hmac::Tag, WebhookError> {
    let template = Template::parse(&scheme.signed).map_err(WebhookError::Malformed)?;
    let mut context = hmac::Context::with_key(key);
    template.each(|piece| {
        match piece {
            Ok(text) => context.update(text.as_bytes()),
            Err("body") => context.update(request.body),
            Err("timestamp") => context.update(timestamp.unwrap_or_default().as_bytes()),
            Err(name) => {
                let header = name.strip_prefix("header.").unwrap_or(name);
                let text = single(request.headers, header)?
                    .ok_or_else(|| WebhookError::SignatureInvalid(format!("there is no {header} header")))?;
                context.update(text.as_bytes());
            }
        }
        Ok(())
    })?;
    Ok(context.sign())
}

fn algorithm(digest: Digest) -> hmac::Algorithm {
    match digest {
        Digest::HmacSha256 => hmac::HMAC_SHA256,
        Digest::HmacSha512 => hmac::HMAC_SHA512,
        Digest::HmacSha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
    }
}

fn key_bytes(spec: &SecretSpec, secret: &SecretText) -> Vec<u8> {
    let text = secret.expose();
    match spec.base64_after.as_ref().and_then(|prefix| text.strip_prefix(prefix.as_str())) {
        None => text.as_bytes().to_vec(),
        // A secret that only looks like the encoded form is used as it is: it is what its owner typed.
        Some(encoded) => STANDARD.decode(encoded).unwrap_or_else(|_| text.as_bytes().to_vec()),
    }
}

/// Hex HMAC-SHA256, as handshakes answer with.
pub(super) fn hmac_sha256_hex(secret: &SecretText, message: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    hex::encode(hmac::sign(&key, message))
}
