//! Percent-encoding, query values and form bodies.

use serde_json::{Map, Value};

use crate::schema::{Nested, PathEncoding};

/// Everything but letters, digits and `-._~` percent-encoded.
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || b"-._~".contains(&b) {
            out.push(b as char);
        } else {
            out.push_str(&format!("%{b:02X}"));
        }
    }
    out
}

/// A path parameter, or why it cannot be one.
pub(super) fn path_segment(text: &str, encoding: PathEncoding) -> Result<String, &'static str> {
    // URL parsers resolve `.` and `..`, however they are encoded: such a value would address something else.
    if text.split('/').any(|segment| segment == "." || segment == "..") {
        return Err("`.` and `..` are not allowed in a path");
    }
    if text.is_empty() {
        return Err("it must not be empty");
    }
    Ok(match encoding {
        PathEncoding::Once => percent(text),
        PathEncoding::TwiceIfSlashes if text.starts_with('/') || text.contains("//") => percent(&percent(text)),
        PathEncoding::TwiceIfSlashes => percent(text),
        PathEncoding::KeepSlashes => text.split('/').map(percent).collect::<Vec<_>>().join("/"),
    })
}

/// Adds a query parameter. Lists are joined or repeated (or written with brackets, as objects then are), objects as
/// `nested` says; `null` adds nothing.
pub(super) fn add_query(
    query: &mut Vec<(String, String)>,
    name: &str,
    value: &Value,
    join: Option<&str>,
    nested: Nested,
) {
    match (value, join) {
        (Value::Null, _) => {}
        (Value::Array(items), Some(join)) => {
            let texts: Vec<String> = items.iter().filter(|item| !item.is_null()).map(text).collect();
            query.push((name.to_owned(), texts.join(join)));
        }
        (Value::Array(_) | Value::Object(_), None) if nested == Nested::Brackets => add_form(query, name, value, false),
        (Value::Object(members), None) if nested == Nested::Members => {
            for (name, value) in members {
                add_query(query, name, value, None, Nested::Json);
            }
        }
        (Value::Array(items), None) => {
            for item in items.iter().filter(|item| !item.is_null()) {
                query.push((name.to_owned(), text(item)));
            }
        }
        (value, _) => query.push((name.to_owned(), text(value))),
    }
}

/// A body as form fields: `a[b]=…`, `items[0][price]=…`, or `items=…&items=…` where lists are repeated; `null` becomes empty text, which is how a form clears a value.
pub(super) fn form_fields(body: &Map<String, Value>, repeat: bool) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    for (name, value) in body {
        add_form(&mut fields, name, value, repeat);
    }
    fields
}

fn add_form(fields: &mut Vec<(String, String)>, name: &str, value: &Value, repeat: bool) {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                add_form(fields, &format!("{name}[{key}]"), value, repeat);
            }
        }
        Value::Array(items) => {
            for (i, value) in items.iter().enumerate() {
                let place = if repeat { name.to_owned() } else { format!("{name}[{i}]") };
                add_form(fields, &place, value, repeat);
            }
        }
        scalar => fields.push((name.to_owned(), text(scalar))),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
