//! From bytes to JSON, within limits.

use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::headers::single;
use super::{Incoming, WebhookError};
use crate::limits;
use crate::schema::{Webhook, When};

/// A parsed delivery.
pub(super) struct Parsed {
    /// The JSON that the provider sent, or the form's fields.
    pub root: Value,
    /// Whether it came as a form.
    pub form: bool,
}

impl Parsed {
    /// Whether a condition holds.
    pub fn holds(&self, when: &When, headers: &HeaderMap) -> bool {
        if when.form.is_some_and(|form| form != self.form) {
            return false;
        }
        if let Some(name) = &when.header {
            // A header that occurs twice decides nothing.
            let Ok(Some(text)) = single(headers, name) else { return false };
            let is = |wanted: &Value| wanted.as_str() == Some(text);
            return when.equals.as_ref().is_none_or(is) && (when.any_of.is_empty() || when.any_of.iter().any(is));
        }
        let Some(path) = &when.path else { return true };
        let Some(value) = crate::json_path::get_some(&self.root, path) else { return false };
        let listed = when.any_of.is_empty() || when.any_of.contains(value);
        when.equals.as_ref().is_none_or(|wanted| wanted == value) && listed
    }
}

pub(super) fn parse(webhook: &Webhook, request: &Incoming<'_>) -> Result<Parsed, WebhookError> {
    let content_type = single(request.headers, CONTENT_TYPE.as_str())?.unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/x-www-form-urlencoded"
        && let Some(field) = &webhook.form_json_field
    {
        return parse_form(field, request.body);
    }
    if request.body.is_empty() && webhook.empty_body {
        return Ok(Parsed { root: Value::Object(Map::new()), form: false });
    }
    if essence.starts_with("multipart/") {
        return Err(WebhookError::Malformed(format!("{essence} is not accepted, send JSON")));
    }
    Ok(Parsed { root: parse_json(request.body)?, form: false })
}

fn parse_form(field: &str, body: &[u8]) -> Result<Parsed, WebhookError> {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(body) {
        if fields.insert(name.to_string(), Value::String(value.into_owned())).is_some() {
            return Err(WebhookError::Malformed("a form field occurs more than once".to_owned()));
        }
    }
    let root = match fields.get(field) {
        Some(Value::String(json)) => parse_json(json.as_bytes())?,
        _ => Value::Object(fields),
    };
    Ok(Parsed { root, form: true })
}

fn parse_json(bytes: &[u8]) -> Result<Value, WebhookError> {
    if bytes.is_empty() {
        return Err(WebhookError::Malformed("the body is empty".to_owned()));
    }
    if depth(bytes) > limits::WEBHOOK_DEPTH {
        return Err(WebhookError::Malformed(format!("the JSON nests deeper than {}", limits::WEBHOOK_DEPTH)));
    }
    // The parser's own message could repeat bytes of the body; line and column cannot.
    serde_json::from_slice(bytes).map_err(|e| {
        WebhookError::Malformed(format!("the body is not JSON (line {}, column {})", e.line(), e.column()))
    })
}

/// How deep brackets nest outside strings; a scan, so that no depth can exhaust the stack.
pub(crate) fn depth(bytes: &[u8]) -> usize {
    let (mut at, mut deepest, mut in_string, mut escaped) = (0usize, 0usize, false, false);
    for &b in bytes {
        if in_string {
            match b {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match b {
            b'"' => in_string = true,
            b'[' | b'{' => {
                at += 1;
                deepest = deepest.max(at);
            }
            b']' | b'}' => at = at.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
