//! Questions about schemas.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::document::{Document, flag, items, members};
use crate::limits;

/// The kinds that a schema's `type` names; without it, what its members imply.
pub(crate) fn kinds(schema: &Value) -> Vec<&str> {
    match schema.get("type") {
        Some(Value::String(kind)) => vec![kind],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ if schema.get("properties").is_some() || schema.get("additionalProperties").is_some() => vec!["object"],
        _ if schema.get("items").is_some() => vec!["array"],
        _ => vec![],
    }
}

/// The schema after references, and through an `allOf` with one part.
pub(crate) fn plain<'a>(document: &'a Document, schema: &'a Value) -> Option<&'a Value> {
    let mut at = document.resolve(schema)?;
    for _ in 0..limits::SCHEMA_DEPTH {
        match items(at, "allOf") {
            [only] if at.get("properties").is_none() && at.get("type").is_none() => at = document.resolve(only)?,
            _ => return Some(at),
        }
    }
    Some(at)
}

/// Whether the value may be `null`.
pub(crate) fn nullable(document: &Document, schema: &Value) -> bool {
    let Some(at) = plain(document, schema) else { return true };
    let own = flag(at, "nullable") || flag(at, "x-nullable") || kinds(at).contains(&"null");
    own || items(at, "enum").contains(&Value::Null)
        || ["oneOf", "anyOf"].iter().any(|word| items(at, word).iter().any(|one| kinds(one) == ["null"]))
}

/// Whether every value of the schema is an object with known members.
pub(crate) fn is_object(document: &Document, schema: &Value) -> bool {
    all_objects(document, schema, 0, &mut 0)
}

/// Counts a step of a question; false when it goes too deep or too far.
fn step(depth: usize, steps: &mut usize) -> bool {
    *steps += 1;
    depth < limits::SCHEMA_DEPTH && *steps < limits::SCHEMAS
}

fn all_objects(document: &Document, schema: &Value, depth: usize, steps: &mut usize) -> bool {
    let Some(at) = document.resolve(schema).filter(|_| step(depth, steps)) else { return false };
    let kinds = kinds(at);
    if !kinds.is_empty() {
        return kinds == ["object"] || kinds == ["object", "null"];
    }
    let all = items(at, "allOf");
    if !all.is_empty() {
        return all.iter().any(|one| all_objects(document, one, depth + 1, steps));
    }
    let variants: Vec<&Value> = items(at, "oneOf").iter().chain(items(at, "anyOf")).collect();
    !variants.is_empty() && variants.iter().all(|one| all_objects(document, one, depth + 1, steps))
}

/// One member of an object.
#[derive(Debug, Clone)]
pub(crate) struct Member<'a> {
    pub name: &'a str,
    pub schema: &'a Value,
    pub required: bool,
}

/// The members of an object, with those of the parts of `allOf`; variants of `oneOf` and `anyOf` give optional ones.
pub(crate) fn object_members<'a>(document: &'a Document, schema: &'a Value) -> Vec<Member<'a>> {
    let mut found: Map<String, Value> = Map::new();
    let mut out = Vec::new();
    collect(document, schema, true, 0, &mut 0, &mut out);
    // The first declaration stands; a later one may add that the member is required.
    let mut merged: Vec<Member<'a>> = Vec::new();
    for member in out {
        match found.get(member.name).and_then(Value::as_u64).and_then(|i| merged.get_mut(i as usize)) {
            Some(known) => known.required |= member.required,
            None => {
                found.insert(member.name.to_owned(), Value::from(merged.len()));
                merged.push(member);
            }
        }
    }
    let mut required = BTreeSet::new();
    required_names(document, schema, 0, &mut 0, &mut required);
    for member in &mut merged {
        member.required |= required.contains(member.name);
    }
    merged
}

fn collect<'a>(document: &'a Document, schema: &'a Value, sure: bool, depth: usize, steps: &mut usize, out: &mut Vec<Member<'a>>) {
    let Some(at) = document.resolve(schema).filter(|_| step(depth, steps)) else { return };
    let required = items(at, "required");
    for (name, schema) in members(at, "properties") {
        if out.len() >= limits::MEMBERS {
            return;
        }
        let required = sure && required.iter().any(|one| one.as_str() == Some(name));
        out.push(Member { name, schema, required });
    }
    for one in items(at, "allOf") {
        collect(document, one, sure, depth + 1, steps, out);
    }
    for word in ["oneOf", "anyOf"] {
        let variants = items(at, word);
        for one in variants.iter().take(limits::VARIANTS) {
            collect(document, one, sure && variants.len() == 1, depth + 1, steps, out);
        }
    }
}

/// Names that `required` lists, in the schema itself and in the parts of `allOf`.
fn required_names<'a>(document: &'a Document, schema: &'a Value, depth: usize, steps: &mut usize, out: &mut BTreeSet<&'a str>) {
    let Some(at) = document.resolve(schema).filter(|_| step(depth, steps)) else { return };
    out.extend(items(at, "required").iter().filter_map(Value::as_str).take(limits::MEMBERS));
    for one in items(at, "allOf") {
        required_names(document, one, depth + 1, steps, out);
    }
}

/// Whether the schema is a list, and of what.
pub(crate) fn list_items<'a>(document: &'a Document, schema: &'a Value) -> Option<&'a Value> {
    let at = plain(document, schema)?;
    let kinds = kinds(at);
    (kinds.contains(&"array") && kinds.iter().all(|kind| ["array", "null"].contains(kind))).then(|| at.get("items").unwrap_or(&Value::Null))
}

/// Whether it is one of these kinds and no other.
pub(crate) fn is_kind(document: &Document, schema: &Value, wanted: &[&str]) -> bool {
    let Some(at) = plain(document, schema) else { return false };
    let kinds: Vec<&str> = kinds(at).into_iter().filter(|kind| *kind != "null").collect();
    if kinds.is_empty() {
        let variants = ["oneOf", "anyOf"].iter().flat_map(|word| items(at, word));
        let real: Vec<&Value> = variants.filter(|one| self::kinds(one) != ["null"]).collect();
        return real.len() == 1 && document.resolve(real[0]).is_some_and(|one| self::kinds(one).iter().all(|kind| wanted.contains(kind)) && !self::kinds(one).is_empty());
    }
    kinds.iter().all(|kind| wanted.contains(kind))
}
