//! Recipes of connector files (`make`): values from look-ups, never from expressions.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::bind::Bound;
use super::convert::write_instant;
use crate::json_path;
use crate::schema::ParamType;
use crate::template::Template;

/// Instructions that an object of a recipe may hold.
const INSTRUCTIONS: [&str; 6] = ["$if", "$each", "$make", "$join", "$of", "$before"];

/// Everything that a recipe can name: parameters, data of earlier operations, the instant.
pub(crate) fn material(bound: &Bound) -> Value {
    let mut names: Map<String, Value> = bound.values.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    names.extend(bound.found.clone());
    for (name, kind) in [("now", ParamType::Datetime), ("today", ParamType::Date)] {
        names.insert(name.to_owned(), write_instant(kind, bound.now_ms).unwrap_or(Value::Null));
    }
    Value::Object(names)
}

/// What a recipe makes; nothing when all that it names is absent.
pub(crate) fn make(recipe: &Value, from: &Value) -> Option<Value> {
    match recipe {
        Value::String(text) => text_of(text, from),
        Value::Array(recipes) => some_list(recipes.iter().flat_map(|recipe| elements(recipe, from)).collect()),
        Value::Object(members) => object_of(members, from),
        other => Some(other.clone()),
    }
}

/// An element of a list; what `$each` makes there are several.
fn elements(recipe: &Value, from: &Value) -> Vec<Value> {
    match make(recipe, from) {
        Some(Value::Array(several)) if recipe.get("$each").is_some() => several,
        made => made.into_iter().collect(),
    }
}

fn some_list(items: Vec<Value>) -> Option<Value> {
    (!items.is_empty()).then_some(Value::Array(items))
}

fn text_of(text: &str, from: &Value) -> Option<Value> {
    let template = Template::parse(text).ok()?;
    match template.only_name() {
        Some(name) => present(from, name).cloned(),
        None => template.fill(|name| present(from, name).and_then(json_path::scalar_text)).ok().map(Value::String),
    }
}

fn object_of(members: &Map<String, Value>, from: &Value) -> Option<Value> {
    if members.get("$if").is_some_and(|condition| !holds(condition, from)) {
        return None;
    }
    if let (Some(Value::String(path)), Some(recipe)) = (members.get("$each"), members.get("$make")) {
        let items = match present(from, path)? {
            Value::Array(items) => items.clone(),
            one => vec![one.clone()],
        };
        return some_list(items.into_iter().filter_map(|item| make(recipe, &with_item(from, item))).collect());
    }
    if let (Some(Value::String(joint)), Some(parts)) = (members.get("$join"), members.get("$of")) {
        return joined(joint, parts, members.get("$before"), from);
    }
    let plain: Vec<_> = members.iter().filter(|(name, _)| name.as_str() != "$if").collect();
    let made: Map<String, Value> =
        plain.iter().filter_map(|(name, recipe)| Some(((*name).clone(), make(recipe, from)?))).collect();
    (plain.is_empty() || !made.is_empty()).then_some(Value::Object(made))
}

fn with_item(from: &Value, item: Value) -> Value {
    let mut names = from.clone();
    if let Value::Object(members) = &mut names {
        members.insert("item".to_owned(), item);
    }
    names
}

fn joined(joint: &str, parts: &Value, before: Option<&Value>, from: &Value) -> Option<Value> {
    let mut texts = Vec::new();
    if let Some(Value::Array(parts)) = make(parts, from) {
        for part in parts {
            match part {
                Value::Array(several) => texts.extend(several.iter().filter_map(json_path::scalar_text)),
                part => texts.extend(json_path::scalar_text(&part)),
            }
        }
    }
    let before = before.and_then(Value::as_str).unwrap_or_default();
    (!texts.is_empty()).then(|| Value::String(format!("{before}{}", texts.join(joint))))
}

fn holds(condition: &Value, from: &Value) -> bool {
    match condition {
        Value::String(path) => present(from, path).is_some(),
        Value::Object(wanted) => wanted.iter().all(|(path, wanted)| {
            let found = json_path::get_some(from, path);
            match wanted {
                Value::Array(several) => found.is_some_and(|found| several.contains(found)),
                one => found == Some(one),
            }
        }),
        _ => false,
    }
}

/// A value that is not null, nor an empty text, nor an empty list.
fn present<'a>(from: &'a Value, path: &str) -> Option<&'a Value> {
    json_path::get_some(from, path).filter(|value| match value {
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => true,
    })
}

/// Checks a recipe: its texts are templates over `names`, its instructions known and complete.
pub(crate) fn check(recipe: &Value, names: &BTreeSet<String>) -> Result<(), String> {
    match recipe {
        Value::String(text) => Template::parse(text)?.names().try_for_each(|name| check_name(name, names)),
        Value::Array(recipes) => recipes.iter().try_for_each(|recipe| check(recipe, names)),
        Value::Object(members) => check_object(members, names),
        _ => Ok(()),
    }
}

fn check_name(path: &str, names: &BTreeSet<String>) -> Result<(), String> {
    let first = path.split('.').next().unwrap_or_default();
    if names.contains(first) { Ok(()) } else { Err(format!("`{first}` is neither a parameter nor data of `first`")) }
}

fn check_object(members: &Map<String, Value>, names: &BTreeSet<String>) -> Result<(), String> {
    if let Some(unknown) = members.keys().find(|name| name.starts_with('$') && !INSTRUCTIONS.contains(&name.as_str())) {
        return Err(format!("`{unknown}` is not one of {}", INSTRUCTIONS.join(", ")));
    }
    match members.get("$if") {
        Some(Value::String(path)) => check_name(path, names)?,
        Some(Value::Object(wanted)) => wanted.keys().try_for_each(|path| check_name(path, names))?,
        Some(_) => return Err("`$if` is a name, or an object of names and values".to_owned()),
        None => {}
    }
    match (members.get("$each"), members.get("$make")) {
        (Some(Value::String(path)), Some(recipe)) => {
            check_name(path, names)?;
            let mut inner = names.clone();
            inner.insert("item".to_owned());
            return check(recipe, &inner);
        }
        (None, None) => {}
        _ => return Err("`$each` (a name) and `$make` go together".to_owned()),
    }
    match (members.get("$join"), members.get("$of")) {
        (Some(Value::String(_)), Some(parts @ Value::Array(_))) => return check(parts, names),
        (None, None) => {}
        _ => return Err("`$join` (a text) and `$of` (a list) go together".to_owned()),
    }
    members.iter().filter(|(name, _)| *name != "$if").try_for_each(|(_, recipe)| check(recipe, names))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::*;

    fn from() -> Value {
        json!({"id": 7, "name": "Ada", "none": null, "blank": "", "tags": ["a", "b"], "status": "open", "deal": {"note": "n"}})
    }

    #[test]
    fn names_keep_their_type_and_absent_ones_vanish() {
        let recipe = json!({"Id": "{id}", "Text": "no. {id}", "Gone": "{none}", "Blank": "{blank}", "Ref": {"value": "{none}"},
            "Fixed": true, "Deep": "{deal.note}", "List": ["{none}", "{name}"], "Empty": ["{none}"]});
        let made = make(&recipe, &from()).unwrap();
        assert_eq!(made, json!({"Id": 7, "Text": "no. 7", "Fixed": true, "Deep": "n", "List": ["Ada"]}));
        assert_eq!(make(&json!({"a": "{none}"}), &from()), None);
        assert_eq!(make(&json!({}), &from()), Some(json!({})));
    }

    #[test]
    fn instructions() {
        let each = json!({"$each": "tags", "$make": {"to": "{item}", "of": "{id}"}});
        assert_eq!(make(&each, &from()), Some(json!([{"to": "a", "of": 7}, {"to": "b", "of": 7}])));
        let spliced = json!(["x", {"$each": "tags", "$make": "{item}"}, {"$each": "none", "$make": "{item}"}]);
        assert_eq!(make(&spliced, &from()), Some(json!(["x", "a", "b"])));
        let join = json!({"$join": " and ", "$before": "where ", "$of": ["x = {id}", "y = {none}", {"$each": "tags", "$make": "t {item}"}]});
        assert_eq!(make(&join, &from()), Some(json!("where x = 7 and t a and t b")));
        assert_eq!(make(&json!({"$join": ",", "$before": "where ", "$of": ["{none}"]}), &from()), None);
        for (condition, kept) in [
            (json!("id"), true),
            (json!("blank"), false),
            (json!({"status": "open"}), true),
            (json!({"status": ["paid", "open"]}), true),
            (json!({"status": "paid"}), false),
        ] {
            assert_eq!(make(&json!({"$if": condition, "a": 1}), &from()), kept.then(|| json!({"a": 1})), "{condition}");
        }
    }

    #[test]
    fn mistakes_are_told() {
        let names = BTreeSet::from(["id".to_owned()]);
        assert_eq!(check(&json!({"a": ["{id}", {"$each": "id", "$make": "{item}"}]}), &names), Ok(()));
        for (recipe, words) in [
            (json!("{nme}"), "`nme` is neither"),
            (json!("{id"), "never closes"),
            (json!({"$when": 1}), "`$when` is not one of"),
            (json!({"$each": "id"}), "go together"),
            (json!({"$join": ","}), "go together"),
            (json!({"$if": 3}), "`$if` is a name"),
            (json!({"$if": "other"}), "`other` is neither"),
        ] {
            let message = check(&recipe, &names).unwrap_err();
            assert!(message.contains(words), "{recipe}: {message}");
        }
    }
}
