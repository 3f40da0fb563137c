//! Values that fit a schema.

use serde_json::{Map, Value, json};

use crate::document::{Document, items, members, text};
use crate::limits;
use crate::schemas;

/// Makes samples; counts, so that no schema makes it run for ever.
pub(crate) struct Sampler<'a> {
    document: &'a Document,
    left: usize,
}

impl<'a> Sampler<'a> {
    pub fn new(document: &'a Document) -> Self {
        Self { document, left: limits::SAMPLE_VALUES }
    }

    /// A value of the schema. Optional members are there near the top.
    pub fn value(&mut self, schema: &Value) -> Value {
        self.at(schema, 0)
    }

    fn at(&mut self, schema: &Value, depth: usize) -> Value {
        let Some(at) = self.document.resolve(schema) else { return json!("text") };
        if self.left == 0 || depth > limits::SAMPLE_DEPTH * 2 {
            return Value::Null;
        }
        self.left -= 1;
        if let Some(value) = at.get("const") {
            return value.clone();
        }
        if let Some(value) = items(at, "enum").iter().find(|v| !v.is_null() && v.as_str() != Some("")).or_else(|| items(at, "enum").first()) {
            return value.clone();
        }
        let all = items(at, "allOf");
        if !all.is_empty() {
            return self.merged(at, all, depth);
        }
        for word in ["oneOf", "anyOf"] {
            let variants = items(at, word);
            let first = variants.iter().find(|one| schemas::kinds(one) != ["null"]).or_else(|| variants.first());
            if let Some(first) = first {
                let value = self.at(first, depth + 1);
                return if at.get("properties").is_some() { merge(self.object(at, depth), value) } else { value };
            }
        }
        let kinds = schemas::kinds(at);
        match kinds.iter().find(|kind| **kind != "null").or_else(|| kinds.first()) {
            Some(&"object") => self.object(at, depth),
            Some(&"array") => self.list(at, depth),
            Some(&"string") => self.text(at),
            Some(&"integer") => number(at, true),
            Some(&"number") => number(at, false),
            Some(&"boolean") => own(at, Value::is_boolean).unwrap_or(json!(true)),
            Some(&"null") => Value::Null,
            Some(_) => json!("text"),
            None => own(at, |v| !v.is_null()).filter(|v| size(v) < limits::SAMPLE_VALUES).unwrap_or(json!("text")),
        }
    }

    fn merged(&mut self, at: &Value, all: &[Value], depth: usize) -> Value {
        let mut value = if at.get("properties").is_some() { self.object(at, depth) } else { Value::Null };
        for one in all {
            let part = self.at(one, depth + 1);
            value = if value.is_null() { part } else { merge(value, part) };
        }
        for word in ["oneOf", "anyOf"] {
            if let Some(first) = items(at, word).first() {
                let part = self.at(first, depth + 1);
                value = if value.is_null() { part } else { merge(value, part) };
            }
        }
        value
    }

    fn object(&mut self, at: &Value, depth: usize) -> Value {
        let required = items(at, "required");
        let mut out = Map::new();
        for (name, schema) in members(at, "properties") {
            let needed = required.iter().any(|one| one.as_str() == Some(name));
            if (needed || depth < 3) && out.len() < limits::MEMBERS {
                out.insert(name.clone(), self.at(schema, depth + 1));
            }
        }
        // What is required and nowhere described may be anything.
        for name in required.iter().filter_map(Value::as_str).filter(|name| !name.is_empty()) {
            if !out.contains_key(name) && at.get("properties").is_some() && out.len() < limits::MEMBERS {
                out.insert(name.to_owned(), json!("text"));
            }
        }
        if out.is_empty()
            && let Some(values) = at.get("additionalProperties").filter(|v| v.is_object() && depth < limits::SAMPLE_DEPTH)
        {
            out.insert("key".to_owned(), self.at(values, depth + 1));
        }
        Value::Object(out)
    }

    fn list(&mut self, at: &Value, depth: usize) -> Value {
        match at.get("items") {
            Some(one) if depth < limits::SAMPLE_DEPTH => json!([self.at(one, depth + 1)]),
            _ => json!([]),
        }
    }

    fn text(&self, at: &Value) -> Value {
        if let Some(value) = own(at, |v| v.as_str().is_some_and(|t| !t.is_empty() && t.len() < 200 && !t.chars().any(char::is_control))) {
            return value;
        }
        let text = match text(at, "format") {
            "date-time" => "2024-05-20T10:00:00Z",
            "date" => "2024-05-20",
            "time" => "10:00:00Z",
            "uuid" => "0b6a3c1e-5d6f-4a7b-8c9d-0e1f2a3b4c5d",
            "email" => "ada@example.com",
            "uri" | "url" | "iri" => "https://example.com/",
            "hostname" => "example.com",
            "ipv4" => "192.0.2.1",
            "ipv6" => "2001:db8::1",
            "byte" => "dGV4dA==",
            _ => "text",
        };
        let least = at.get("minLength").and_then(Value::as_u64).unwrap_or(0).min(200) as usize;
        json!(text.chars().cycle().take(text.len().max(least)).collect::<String>())
    }
}

/// An example or default of the document's own that is of the right kind.
fn own(at: &Value, right: impl Fn(&Value) -> bool) -> Option<Value> {
    let listed = items(at, "examples").first();
    at.get("example").into_iter().chain(listed).chain(at.get("default")).find(|value| right(value)).cloned()
}

fn number(at: &Value, whole: bool) -> Value {
    let right = |v: &Value| v.is_number() && (!whole || v.is_i64());
    let inside = |v: &Value| v.as_f64().is_some_and(|n| n.abs() < 9e15);
    if let Some(value) = own(at, |v| right(v) && inside(v)) {
        return value;
    }
    let least = ["minimum", "exclusiveMinimum"].iter().find_map(|word| at.get(word).and_then(Value::as_f64)).unwrap_or(1.0).clamp(-9e15, 9e15);
    if whole || least.fract() == 0.0 { json!(least.ceil().max(if least > 0.0 { 1.0 } else { least }) as i64) } else { json!(least) }
}

/// Members of two objects; the first one's stand. An object stands against anything else: parts of `allOf` that only
/// say what is required have no kind. Of other values the first stands.
fn merge(a: Value, b: Value) -> Value {
    match (a, b) {
        (Value::Object(mut first), Value::Object(second)) => {
            for (name, value) in second {
                match first.get_mut(&name) {
                    Some(own) if own.is_object() => *own = merge(own.take(), value),
                    Some(_) => {}
                    None => {
                        first.insert(name, value);
                    }
                }
            }
            Value::Object(first)
        }
        (a, b) => if b.is_object() { b } else { a },
    }
}

/// Values in a value.
fn size(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(size).sum::<usize>(),
        Value::Object(members) => 1 + members.values().map(size).sum::<usize>(),
        _ => 1,
    }
}
