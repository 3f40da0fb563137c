//! Dotted paths into JSON: `error.errors.0.reason`. In a list, `?x` is the first item that has a member `x`. The empty
//! path is the value itself.

use serde_json::{Map, Value};

/// The value at `path`, or nothing when a step is missing.
pub fn get<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    if path.is_empty() {
        return Some(value);
    }
    path.split('.').try_fold(value, |at, step| match at {
        Value::Object(members) => members.get(step),
        Value::Array(items) => match step.strip_prefix('?') {
            Some(member) => items.iter().find(|item| item.get(member).is_some()),
            None => step.parse::<usize>().ok().and_then(|i| items.get(i)),
        },
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

/// Puts a member, whose name is taken as it is, into the object at a dotted path.
pub fn set_member(target: &mut Map<String, Value>, path: &str, name: &str, value: Value) {
    if !get_in(target, path).is_some_and(Value::is_object) {
        set(target, path, Value::Object(Map::new()));
    }
    let mut at = target;
    for step in path.split('.') {
        match at.get_mut(step) {
            Some(Value::Object(inner)) => at = inner,
            _ => return,
        }
    }
    at.insert(name.to_owned(), value);
}

fn get_in<'a>(members: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    let (head, rest) = path.split_once('.').unwrap_or((path, ""));
    members.get(head).and_then(|value| get(value, rest))
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
        let rows = json!({"rows": [{"a": 1}, {"sum": {"x": 2}}]});
        assert_eq!(text(&rows, "rows.?sum.sum.x").as_deref(), Some("2"));
        assert_eq!(get(&rows, "rows.?none.x"), None);
        let mut m = Map::new();
        set(&mut m, "parent.database_id", json!("d"));
        set(&mut m, "parent.type", json!("database_id"));
        assert_eq!(Value::Object(m.clone()), json!({"parent": {"database_id": "d", "type": "database_id"}}));
        set_member(&mut m, "parent", "a.b", json!(1));
        set_member(&mut m, "new.place", "c", json!(2));
        let expected = json!({"parent": {"database_id": "d", "type": "database_id", "a.b": 1}, "new": {"place": {"c": 2}}});
        assert_eq!(Value::Object(m), expected);
    }
}
