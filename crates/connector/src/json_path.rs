//! Dotted paths into JSON: `error.errors.0.reason`. The empty path is the value itself.

use serde_json::{Map, Value};

/// The value at `path`, or nothing when a step is missing.
pub fn get<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    path.split('.').try_fold(value, |at, step| match at {
        Value::Object(members) => members.get(step),
        Value::Array(items) => step.parse::<usize>().ok().and_then(|i| items.get(i)),
        _ => None,
    })
}

/// As `get`, but a present `null` counts as absent.
pub fn get_some<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    get(value, path).filter(|v| !v.is_null())
}

/// A scalar at `path` as text: strings as they are, numbers and booleans in their JSON spelling.
pub fn text(value: &Value, path: &str) -> Option<String> {
    get_some(value, path).and_then(scalar_text)
}

/// A scalar as text; arrays, objects and null have none.
pub fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        Value::Bool(b) => Some(b.to_string()),
        _ => None,
    }
}

/// Puts `value` at a dotted path, making objects on the way; a scalar that stands in the way is replaced.
pub fn set(target: &mut Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            target.insert(path.to_owned(), value);
        }
        Some((head, rest)) => {
            let slot = target.entry(head.to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if !slot.is_object() {
                *slot = Value::Object(Map::new());
            }
            if let Value::Object(inner) = slot {
                set(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_and_writes() {
        let v = json!({"error": {"errors": [{"reason": "rateLimitExceeded"}], "code": 403}, "n": null});
        assert_eq!(text(&v, "error.errors.0.reason").as_deref(), Some("rateLimitExceeded"));
        assert_eq!(text(&v, "error.code").as_deref(), Some("403"));
        assert_eq!(get_some(&v, "n"), None);
        assert_eq!(get(&v, ""), Some(&v));
        let mut m = Map::new();
        set(&mut m, "parent.database_id", json!("d"));
        set(&mut m, "parent.type", json!("database_id"));
        assert_eq!(Value::Object(m), json!({"parent": {"database_id": "d", "type": "database_id"}}));
    }
}
