//! Schemas as types.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

use super::comment::comment;
use crate::document::{Document, flag, items, members, text};
use crate::limits;
use crate::names;
use crate::schemas;

/// Names that mean something else in TypeScript, or in the file.
const TAKEN: [&str; 24] = [
    "ActionResult", "Loose", "Without", "Promise", "Record", "Omit", "Pick", "Partial", "Response", "PropertyKey", "MillraceServices", "Array", "String", "Number",
    "Boolean", "Object", "Function", "Symbol", "Any", "Unknown", "Never", "Null", "Undefined", "Void",
];

/// The types of a document: those with a name are declared once each.
pub(super) struct Types<'a> {
    document: &'a Document,
    /// Reference → name.
    named: BTreeMap<String, String>,
    /// Names in small letters.
    taken: BTreeSet<String>,
    /// References that are not declared yet.
    waiting: Vec<String>,
    /// Alias references that a reference leads to without an object or list between.
    direct: BTreeMap<String, BTreeSet<String>>,
}

/// A name as a member's key.
pub(super) fn key(name: &str) -> String {
    if names::is_identifier(name) { name.to_owned() } else { literal(name) }
}

/// A text literal. JSON's spelling is TypeScript's; the two line separators of Unicode are escaped for old readers.
pub(super) fn literal(text: &str) -> String {
    Value::from(text).to_string().replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// A type that may stand before `[]`.
pub(super) fn grouped(kind: &str) -> String {
    let simple = kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$');
    if simple { kind.to_owned() } else { format!("({kind})") }
}

impl<'a> Types<'a> {
    pub fn new(document: &'a Document) -> Self {
        let taken = TAKEN.iter().map(|name| name.to_lowercase()).collect();
        Self { document, named: BTreeMap::new(), taken, waiting: Vec::new(), direct: BTreeMap::new() }
    }

    /// A name that no other type has.
    pub fn own_name(&mut self, wanted: &str) -> String {
        let base: String = wanted.chars().take(limits::NAME_CHARS).collect();
        let base = match base.chars().next() {
            None => "Type".to_owned(),
            Some(c) if c.is_ascii_digit() => format!("_{base}"),
            Some(_) => base,
        };
        let numbered = (2..).map(|i| format!("{base}{i}"));
        let name = std::iter::once(base.clone()).chain(numbered).find(|name| !self.taken.contains(&name.to_lowercase())).unwrap_or(base);
        self.taken.insert(name.to_lowercase());
        name
    }

    /// Types declared.
    pub fn count(&self) -> usize {
        self.named.len()
    }

    /// The type of a schema.
    pub fn of(&mut self, schema: &Value) -> String {
        self.at(schema, 0, None)
    }

    /// Declares everything that was named, and what those name.
    pub fn declare_all(&mut self, out: &mut String) {
        while let Some(reference) = self.waiting.pop() {
            if out.len() > limits::TYPES_BYTES {
                return;
            }
            let name = self.named.get(&reference).cloned().unwrap_or_default();
            let schema = self.document.target(&reference).unwrap_or(&Value::Null);
            out.push('\n');
            out.push_str(&comment("", text(schema, "description"), flag(schema, "deprecated")));
            if is_plain_object(schema) {
                let _ = writeln!(out, "export interface {name} {{\n{}}}", self.body(schema, 0, "\n"));
            } else {
                let kind = self.at(schema, 0, Some(&reference));
                let _ = writeln!(out, "export type {name} = {kind};");
            }
        }
    }

    /// `alias` is the type being declared, as long as nothing stands between it and this place.
    fn at(&mut self, schema: &Value, depth: usize, alias: Option<&str>) -> String {
        if depth > limits::TYPE_DEPTH {
            return "unknown".to_owned();
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            return self.reference(reference, alias);
        }
        let base = self.without_null(schema, depth, alias);
        let null = flag(schema, "nullable") || flag(schema, "x-nullable");
        if null && base != "unknown" && !base.split(" | ").any(|part| part == "null") { format!("{base} | null") } else { base }
    }

    fn reference(&mut self, reference: &str, alias: Option<&str>) -> String {
        if self.document.target(reference).is_none_or(|target| !target.is_object()) {
            return "unknown".to_owned();
        }
        if alias.is_some_and(|alias| alias == reference || self.leads_to(reference, alias)) {
            // `type A = B; type B = A` has no meaning.
            return "unknown".to_owned();
        }
        if let Some(name) = self.named.get(reference) {
            return name.clone();
        }
        let steps: Vec<&str> = reference.trim_start_matches('#').split('/').collect();
        let known = reference.starts_with("#/components/") || reference.starts_with("#/definitions/");
        let last = steps.last().copied().unwrap_or_default();
        let wanted = if known && steps.len() <= 4 { names::pascal(last) } else { names::pascal(&steps[steps.len().saturating_sub(3)..].join(" ")) };
        let name = self.own_name(&wanted);
        self.named.insert(reference.to_owned(), name.clone());
        self.waiting.push(reference.to_owned());
        name
    }

    /// Whether an alias leads to another one without an object or a list between them.
    fn leads_to(&mut self, from: &str, to: &str) -> bool {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut waiting = vec![from.to_owned()];
        while let Some(reference) = waiting.pop() {
            if reference == to {
                return true;
            }
            if seen.len() > limits::MEMBERS || !seen.insert(reference.clone()) {
                continue;
            }
            if !self.direct.contains_key(&reference) {
                let mut found = BTreeSet::new();
                direct(self.document.target(&reference).unwrap_or(&Value::Null), 0, &mut found);
                self.direct.insert(reference.clone(), found);
            }
            waiting.extend(self.direct[&reference].iter().cloned());
        }
        false
    }

    fn without_null(&mut self, schema: &Value, depth: usize, alias: Option<&str>) -> String {
        match schema {
            Value::Bool(false) => return "never".to_owned(),
            Value::Object(_) => {}
            _ => return "unknown".to_owned(),
        }
        if let Some(value) = schema.get("const").and_then(constant) {
            return value;
        }
        let listed = items(schema, "enum");
        if !listed.is_empty() && listed.len() <= limits::VARIANTS {
            let mut all: Vec<String> = listed.iter().filter_map(constant).collect();
            dedup(&mut all);
            if !all.is_empty() {
                return all.join(" | ");
            }
        }
        let mut parts: Vec<String> = Vec::new();
        if schema.get("properties").is_some() && is_combined(schema) {
            parts.push(format!("{{ {} }}", self.body(schema, depth, " ")));
        }
        for one in items(schema, "allOf").iter().take(limits::VARIANTS) {
            parts.push(self.at(one, depth + 1, alias));
        }
        for word in ["oneOf", "anyOf"] {
            let variants = items(schema, word);
            if variants.is_empty() {
                continue;
            }
            // Variants that only say which members must be there are no types.
            let real: Vec<&Value> = variants.iter().filter(|one| !only_requires(one)).collect();
            if real.is_empty() {
                continue;
            }
            if real.len() > limits::VARIANTS {
                parts.push("unknown".to_owned());
                continue;
            }
            let mut kinds: Vec<String> = real.iter().map(|one| self.at(one, depth + 1, alias)).collect();
            dedup(&mut kinds);
            let unknown = kinds.iter().any(|kind| kind == "unknown");
            parts.push(if unknown { "unknown".to_owned() } else { kinds.join(" | ") });
        }
        parts.retain(|part| part != "unknown");
        dedup(&mut parts);
        match parts.len() {
            0 if is_combined(schema) && schema.get("properties").is_none() && schemas::kinds(schema).is_empty() => "unknown".to_owned(),
            0 => self.by_kind(schema, depth),
            1 => parts.remove(0),
            _ => parts.iter().map(|part| if part.contains(" | ") { format!("({part})") } else { part.clone() }).collect::<Vec<_>>().join(" & "),
        }
    }

    fn by_kind(&mut self, schema: &Value, depth: usize) -> String {
        let mut kinds: Vec<String> = schemas::kinds(schema).iter().map(|kind| match *kind {
            "string" => "string".to_owned(),
            "integer" | "number" => "number".to_owned(),
            "boolean" => "boolean".to_owned(),
            "null" => "null".to_owned(),
            "array" => match schema.get("items") {
                Some(one) => format!("{}[]", grouped(&self.at(one, depth + 1, None))),
                None => "unknown[]".to_owned(),
            },
            "object" => self.object(schema, depth),
            _ => "unknown".to_owned(),
        }).collect();
        dedup(&mut kinds);
        if kinds.is_empty() || kinds.iter().any(|kind| kind == "unknown") { "unknown".to_owned() } else { kinds.join(" | ") }
    }

    fn object(&mut self, schema: &Value, depth: usize) -> String {
        if !members(schema, "properties").is_empty() {
            return format!("{{ {}}}", self.body(schema, depth, " "));
        }
        match schema.get("additionalProperties") {
            Some(values @ Value::Object(one)) if !one.is_empty() => format!("{{ [key: string]: {} }}", self.at(values, depth + 1, None)),
            Some(Value::Bool(false)) => "{ [key: string]: never }".to_owned(),
            _ => "{ [key: string]: unknown }".to_owned(),
        }
    }

    /// The members of an object, each on a line with its comment, or all on one.
    fn body(&mut self, schema: &Value, depth: usize, between: &str) -> String {
        let required = items(schema, "required");
        let mut out = String::new();
        for (name, one) in members(schema, "properties").iter().take(limits::MEMBERS) {
            let needed = required.iter().any(|r| r.as_str() == Some(name));
            let kind = self.at(one, depth + 1, None);
            if between == "\n" {
                out.push_str(&comment("  ", text(one, "description"), flag(one, "deprecated")));
                out.push_str("  ");
            }
            let _ = write!(out, "{}{}: {kind};{between}", key(name), if needed { "" } else { "?" });
        }
        if open(schema) {
            let _ = write!(out, "{}[key: string]: unknown;{between}", if between == "\n" { "  " } else { "" });
        }
        out
    }
}

/// Whether an object says that it has members beyond those it names.
fn open(schema: &Value) -> bool {
    matches!(schema.get("additionalProperties"), Some(Value::Bool(true) | Value::Object(_)))
}

fn is_combined(schema: &Value) -> bool {
    ["allOf", "oneOf", "anyOf"].iter().any(|word| !items(schema, word).is_empty())
}

fn is_plain_object(schema: &Value) -> bool {
    let kinds = schemas::kinds(schema);
    kinds == ["object"] && !members(schema, "properties").is_empty() && !is_combined(schema) && schema.get("$ref").is_none()
        && schema.get("enum").is_none() && schema.get("const").is_none() && !flag(schema, "nullable") && !flag(schema, "x-nullable")
}

fn only_requires(schema: &Value) -> bool {
    schema.as_object().is_some_and(|members| !members.is_empty() && members.keys().all(|name| ["required", "not", "title", "description"].contains(&name.as_str())))
}

fn constant(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(literal(text)),
        Value::Number(_) | Value::Bool(_) | Value::Null => Some(value.to_string()),
        _ => None,
    }
}

fn dedup(all: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    all.retain(|one| seen.insert(one.clone()));
}

/// References that a schema reaches without an object or a list between.
fn direct(schema: &Value, depth: usize, out: &mut BTreeSet<String>) {
    if depth > limits::SCHEMA_DEPTH {
        return;
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        out.insert(reference.to_owned());
        return;
    }
    for word in ["allOf", "oneOf", "anyOf"] {
        items(schema, word).iter().for_each(|one| direct(one, depth + 1, out));
    }
}
