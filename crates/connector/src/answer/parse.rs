//! Bodies, and the headers that say when to come back.

use std::time::Duration;

use http::HeaderMap;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use jiff::fmt::rfc2822;
use serde_json::Value;

use super::action::RateLimitInfo;
use super::failure::excerpt;
use crate::limits;

/// A body as far as it could be read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Parsed {
    /// JSON.
    Json(Value),
    /// Nothing.
    Empty,
    /// Not JSON: what it seems to be, for a message.
    Other(String),
}

impl Parsed {
    /// The JSON, or `null`.
    pub fn value(&self) -> &Value {
        match self {
            Self::Json(value) => value,
            Self::Empty | Self::Other(_) => &Value::Null,
        }
    }
}

/// Reads a body as JSON, whatever its content type claims.
pub(crate) fn parse(headers: &HeaderMap, body: &[u8]) -> Parsed {
    let trimmed = body.trim_ascii();
    if trimmed.is_empty() {
        return Parsed::Empty;
    }
    if crate::webhook::depth(trimmed) > limits::ANSWER_DEPTH {
        return Parsed::Other("JSON that nests too deep".to_owned());
    }
    match serde_json::from_slice(trimmed) {
        Ok(value) => Parsed::Json(value),
        Err(_) => Parsed::Other(describe(headers, trimmed)),
    }
}

fn describe(headers: &HeaderMap, body: &[u8]) -> String {
    let kind = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("no content type");
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * limits::MESSAGE_CHARS)]);
    if text.starts_with('<') {
        let title = text.split_once("<title>").and_then(|(_, rest)| rest.split_once("</title>"));
        return match title {
            Some((title, _)) => format!("a web page titled \"{}\" instead of JSON", excerpt(title)),
            None => format!("a web page ({kind}) instead of JSON"),
        };
    }
    if text.starts_with(['{', '[']) {
        return "JSON that is broken or cut off".to_owned();
    }
    format!("something that is not JSON ({kind}): {}", excerpt(&text))
}

/// `Retry-After` in seconds or as an HTTP date, relative to now.
pub(crate) fn retry_after(headers: &HeaderMap, now_ms: i64) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        return (seconds.is_finite() && (0.0..1e9).contains(&seconds)).then(|| Duration::from_secs_f64(seconds));
    }
    // HTTP dates end in `GMT`, which RFC 2822 knows as an obsolete zone.
    let at = rfc2822::parse(text).ok()?.timestamp().as_millisecond();
    Some(Duration::from_millis(u64::try_from(at - now_ms).unwrap_or(0)))
}

/// What the usual rate-limit headers say.
pub(crate) fn rate_limit_info(headers: &HeaderMap) -> Option<RateLimitInfo> {
    let read = |what: &str| {
        ["x-ratelimit-", "x-rate-limit-", "ratelimit-"].iter().find_map(|prefix| {
            let text = headers.get(format!("{prefix}{what}"))?.to_str().ok()?;
            // Some services append their windows: `100, 100;w=60`.
            text.split([',', ';']).next()?.trim().parse::<f64>().ok().map(|number| number as i64)
        })
    };
    let info = RateLimitInfo { remaining: read("remaining"), reset: read("reset"), limit: read("limit") };
    (info.remaining.is_some() || info.limit.is_some()).then_some(info)
}
