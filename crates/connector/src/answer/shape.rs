//! What of a body becomes `data`.

use serde_json::{Map, Value};

use super::action::Hidden;
use super::failure::Failure;
use crate::error::ErrorCode;
use crate::json_path;
use crate::request::Bound;
use crate::schema::{Missing, Operation};

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
        return Ok(Shaped { data: Value::Array(items), hidden: hidden(operation, body) });
    }
    let path = result.path.as_deref().unwrap_or_default();
    let mut data = match (json_path::get_some(body, path), result.missing) {
        (Some(value), _) => value.clone(),
        (None, Missing::Null) => return Ok(Shaped { data: Value::Null, hidden: None }),
        (None, Missing::NotFound) => return Err(Failure::new(ErrorCode::NotFound, "there is no such thing")),
        (None, Missing::Error) => return Err(unexpected(path)),
    };
    rename(operation, &mut data);
    if !result.pick.is_empty() {
        let mut picked = Map::new();
        for (name, path) in &result.pick {
            if let Some(value) = json_path::get(&data, path) {
                picked.insert(name.clone(), value.clone());
            }
        }
        data = Value::Object(picked);
    }
    Ok(Shaped { data, hidden: None })
}

/// The list of one body, filtered and renamed.
pub(crate) fn items_of(operation: &Operation, bound: &Bound, body: &Value) -> Result<Vec<Value>, Failure> {
    let path = operation.result.items.as_deref().unwrap_or_default();
    let items = match (json_path::get_some(body, path), operation.result.missing) {
        (Some(Value::Array(items)), _) => items.clone(),
        (None, Missing::Null) => Vec::new(),
        _ => return Err(unexpected(path)),
    };
    let mut kept: Vec<Value> = items.into_iter().filter(|item| keeps(operation, bound, item)).collect();
    for item in &mut kept {
        rename(operation, item);
    }
    Ok(kept)
}

fn unexpected(path: &str) -> Failure {
    let place = if path.is_empty() { "the body".to_owned() } else { format!("`{path}`") };
    Failure::new(ErrorCode::ApiError, format!("answered without what was expected at {place}"))
}

fn keeps(operation: &Operation, bound: &Bound, item: &Value) -> bool {
    let Some(rule) = &operation.result.keep else { return true };
    let asked = rule.when.as_ref().is_none_or(|param| bound.values.get(param) == Some(&Value::Bool(true)));
    !asked || rule.absent.iter().all(|member| json_path::get_some(item, member).is_none())
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
    (!out.itself.is_empty() || !out.values.is_empty()).then_some(out)
}
