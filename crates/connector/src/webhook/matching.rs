//! Does an event concern a trigger? Pure look-ups, never an expression.

use serde_json::Value;

use crate::json_path;

/// Whether a webhook trigger (`{event?, events?, filter?, …}`) wants this event.
///
/// `event` and `events` together name all wanted events, exactly as written; with neither, every event is wanted.
/// `filter` compares members of `data` (its keys may be dotted paths) with values in which `{{inputs.x}}` stands for
/// the installation's input.
pub fn match_trigger(trigger: &Value, event: &str, data: &Value, inputs: &Value) -> bool {
    let single = trigger.get("event").and_then(Value::as_str);
    let several = trigger.get("events").and_then(Value::as_array);
    let named = single.is_some() || several.is_some_and(|list| !list.is_empty());
    let listed = several.is_some_and(|list| list.iter().any(|name| name.as_str() == Some(event)));
    if named && single != Some(event) && !listed {
        return false;
    }
    match trigger.get("filter") {
        Some(Value::Object(filter)) => filter.iter().all(|(key, wanted)| {
            let wanted = substitute(wanted, inputs);
            let found = data.get(key).or_else(|| json_path::get(data, key)).unwrap_or(&Value::Null);
            equal(found, &wanted)
        }),
        _ => true,
    }
}

/// Shallow equality. A template always yields text, so a number or boolean also equals its spelling.
fn equal(found: &Value, wanted: &Value) -> bool {
    if found == wanted {
        return true;
    }
    match (found, wanted) {
        (Value::Number(_) | Value::Bool(_), Value::String(text)) => json_path::scalar_text(found).as_ref() == Some(text),
        _ => false,
    }
}

fn substitute(value: &Value, inputs: &Value) -> Value {
    let Value::String(text) = value else { return value.clone() };
    // A value that is one placeholder takes the input's own type.
    if let Some(path) = only_placeholder(text) {
        return input_at(inputs, path).cloned().unwrap_or_else(|| Value::String(String::new()));
    }
    Value::String(resolve_template(text, inputs))
}

fn only_placeholder(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{")).then_some(inner.trim())
}

fn input_at<'a>(inputs: &'a Value, path: &str) -> Option<&'a Value> {
    let path = path.strip_prefix("inputs.").or_else(|| path.strip_prefix("config."))?;
    inputs.get(path).or_else(|| json_path::get_some(inputs, path))
}

/// Replaces every `{{inputs.path}}` by the input's text; anything else between double braces becomes empty.
pub fn resolve_template(text: &str, inputs: &Value) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find("{{") {
        let Some(close) = rest[open..].find("}}") else { break };
        out.push_str(&rest[..open]);
        let path = rest[open + 2..open + close].trim();
        out.push_str(&input_at(inputs, path).and_then(json_path::scalar_text).unwrap_or_default());
        rest = &rest[open + close + 2..];
    }
    out.push_str(rest);
    out
}
