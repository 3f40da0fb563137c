//! What of a body becomes `data`.

use serde_json::{Map, Value};

use super::action::Hidden;
use super::failure::Failure;
use super::tally;
use crate::error::ErrorCode;
use crate::json_path;
use crate::request::{Bound, instant_ms};
use crate::schema::{Choice, Missing, Operation, Where};

/// Data with the members that scripts see beside it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shaped {
    pub data: Value,
    pub hidden: Option<Hidden>,
}

/// Shapes one body.
pub(crate) fn shape(operation: &Operation, bound: &Bound, body: &Value) -> Result<Shaped, Failure> {
    let result = &operation.result;
    if result.items.is_some() {
        let items = items_of(operation, bound, body)?;
        return Ok(match &result.tally {
            Some(tally) => Shaped { data: tally::count(tally, &items), hidden: None },
            None => Shaped { data: Value::Array(items), hidden: hidden(operation, body) },
        });
    }
    let path = result.path.as_deref().unwrap_or_default();
    let mut data = match (json_path::get_some(body, path), result.missing) {
        (Some(value), _) => value.clone(),
        (None, Missing::Null) => return Ok(Shaped { data: Value::Null, hidden: None }),
        (None, Missing::NotFound) => return Err(Failure::new(ErrorCode::NotFound, "there is no such thing")),
        (None, Missing::Error) => return Err(unexpected(path)),
    };
    dress(operation, &mut data);
    if !result.pick.is_empty() {
        data = Value::Object(picked(operation, &data));
    }
    Ok(Shaped { data, hidden: hidden(operation, body) })
}

fn picked(operation: &Operation, data: &Value) -> Map<String, Value> {
    let mut out = Map::new();
    for (name, path) in &operation.result.pick {
        let found = json_path::get(data, path);
        if operation.result.pick_numbers {
            let text = found.and_then(json_path::scalar_text).unwrap_or_default();
            let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite()).unwrap_or(0.0);
            out.insert(name.clone(), whole_or_fraction(number));
        } else if let Some(value) = found {
            out.insert(name.clone(), value.clone());
        }
    }
    out
}

/// Whole numbers without a fraction, as JavaScript writes them.
fn whole_or_fraction(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 { Value::from(number as i64) } else { Value::from(number) }
}

/// The list of one body, filtered, its items renamed and completed.
pub(crate) fn items_of(operation: &Operation, bound: &Bound, body: &Value) -> Result<Vec<Value>, Failure> {
    let places = operation.result.items.as_deref().unwrap_or_default();
    let found = places.split('|').find_map(|path| json_path::get_some(body, path).filter(|value| value.is_array()));
    let items = match (found, operation.result.missing) {
        (Some(Value::Array(items)), _) => items.clone(),
        (None, Missing::Null) if places.split('|').all(|path| json_path::get_some(body, path).is_none()) => Vec::new(),
        _ => return Err(unexpected(places)),
    };
    let keep = operation.result.keep.as_ref();
    let mut kept: Vec<Value> =
        items.into_iter().filter(|item| keep.is_none_or(|rule| keeps(rule, bound, item))).collect();
    for item in &mut kept {
        dress(operation, item);
    }
    Ok(kept)
}

fn unexpected(path: &str) -> Failure {
    let place = if path.is_empty() { "the body".to_owned() } else { format!("`{path}`") };
    Failure::new(ErrorCode::ApiError, format!("answered without what was expected at {place}"))
}

fn keeps(rule: &Where, bound: &Bound, item: &Value) -> bool {
    if rule.when.as_ref().is_some_and(|param| bound.values.get(param) != Some(&Value::Bool(true))) {
        return true;
    }
    if rule.absent.iter().any(|member| json_path::get_some(item, member).is_some()) {
        return false;
    }
    let one_of = rule.one_of.iter().all(|(path, choice)| {
        let Some(value) = json_path::get_some(item, path) else { return true };
        match choice {
            Choice::Values(values) => values.contains(value),
            Choice::Param(param) => match bound.values.get(param) {
                Some(Value::Array(values)) => values.contains(value),
                Some(one) => one == value,
                None => true,
            },
        }
    });
    let none_of =
        rule.none_of.iter().all(|(path, values)| json_path::get_some(item, path).is_none_or(|value| !values.contains(value)));
    let from = rule.from.iter().all(|(path, param)| {
        let instant = |value: &Value| instant_ms(value, bound.now_ms);
        let at = json_path::get_some(item, path).and_then(instant);
        let first = bound.values.get(param).and_then(instant);
        at.zip(first).is_none_or(|(at, first)| at >= first)
    });
    one_of && none_of && from
}

/// Changes to the members of one object: names, lists that stand further in, both spellings.
fn dress(operation: &Operation, value: &mut Value) {
    rename(operation, value);
    let Value::Object(members) = value else { return };
    for (name, path) in &operation.result.lists {
        if let Some(list @ Value::Array(_)) = members.get(name).and_then(|holder| json_path::get(holder, path)).cloned() {
            members.insert(name.clone(), list);
        }
    }
    if operation.result.both_spellings {
        let camel: Vec<(String, Value)> =
            members.iter().map(|(name, value)| (crate::spelling::to_camel(name), value.clone())).collect();
        for (name, value) in camel {
            members.entry(name).or_insert(value);
        }
    }
}

fn rename(operation: &Operation, value: &mut Value) {
    let Value::Object(members) = value else { return };
    for (old, new) in &operation.result.rename {
        if let Some(value) = members.remove(old) {
            members.insert(new.clone(), value);
        }
    }
}

fn hidden(operation: &Operation, body: &Value) -> Option<Hidden> {
    let mut out = Hidden::default();
    for (name, path) in &operation.result.hidden {
        if path == "@data" {
            out.itself.insert(name.clone());
        } else {
            out.values.insert(name.clone(), json_path::get(body, path).cloned().unwrap_or(Value::Null));
        }
    }
    for (name, paths) in &operation.result.texts {
        out.members.entry(name.clone()).or_default().text.clone_from(paths);
    }
    for (name, path) in &operation.result.lists {
        out.members.entry(name.clone()).or_default().itself = path.rsplit('.').next().map(str::to_owned);
    }
    for (name, path) in &operation.result.flags {
        out.members.entry(name.clone()).or_default().present = Some(path.clone());
    }
    (out != Hidden::default()).then_some(out)
}
