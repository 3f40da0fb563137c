//! Final values of parameters: what the connection supplies, defaults, replacements, types, what is missing.

use serde_json::Value;

use super::bind::Bound;
use super::convert::{convert, write_instant};
use super::default_time;
use crate::answer::Failure;
use crate::credentials::Credentials;
use crate::error::ErrorCode;
use crate::json_path;
use crate::schema::{Location, Operation, Param};

/// A value that only the service knows: the result of an operation without arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LookUp {
    /// Parameter that takes it.
    pub param: String,
    /// Operation to call.
    pub operation: String,
    /// Where in its data the value stands.
    pub path: String,
}

/// Puts replacements from the connection in place and names those that must be asked for.
pub(crate) fn look_ups(operation: &Operation, bound: &mut Bound, credentials: &Credentials) -> Vec<LookUp> {
    let mut asked = Vec::new();
    for (name, param) in &operation.params {
        let given = bound.values.get(name).and_then(json_path::scalar_text);
        let Some(replacement) = given.and_then(|given| param.replace.get(&given)) else { continue };
        let known = replacement.connection.as_ref().and_then(|field| credentials.get(field));
        if let Some(text) = known {
            bound.values.insert(name.clone(), Value::String(text.to_owned()));
        } else if let Some(operation) = &replacement.operation {
            let path = replacement.path.clone();
            asked.push(LookUp { param: name.clone(), operation: operation.clone(), path });
        }
    }
    asked
}

/// Settles every parameter; afterwards `bound.values` holds wire values.
pub(crate) fn settle(
    operation: &Operation,
    bound: &mut Bound,
    credentials: &Credentials,
    now_ms: i64,
) -> Result<(), Failure> {
    // Plain defaults come first: default times may count back by another parameter.
    for (name, param) in &operation.params {
        fill_plain(operation, name, param, bound, credentials);
    }
    for rests in [false, true] {
        fill_times(operation, bound, now_ms, rests)?;
    }
    for (name, param) in &operation.params {
        if let Some(value) = bound.values.get_mut(name) {
            *value = wire_value(name, param, value, now_ms)?;
        }
    }
    require(operation, bound)
}

/// Default instants: first those that stand by themselves, then those that count from another parameter.
fn fill_times(operation: &Operation, bound: &mut Bound, now_ms: i64, rests: bool) -> Result<(), Failure> {
    for (name, param) in &operation.params {
        let Some(text) = &param.default_time else { continue };
        if bound.values.contains_key(name) || default_time::rests_on_another(text) != rests {
            continue;
        }
        let at = default_time::instant_ms(text, &bound.values, now_ms)
            .and_then(|at| write_instant(param.kind, at))
            .ok_or_else(|| Failure::input(format!("cannot work out `{name}` from `{text}`")))?;
        bound.values.insert(name.clone(), at);
    }
    Ok(())
}

fn fill_plain(operation: &Operation, name: &str, param: &Param, bound: &mut Bound, credentials: &Credentials) {
    let in_body = operation.location(name, param) == Location::Body;
    // An explicit null clears something in a body and means "not given" everywhere else.
    if bound.values.get(name).is_some_and(Value::is_null) && (!in_body || param.drop_null || param.required) {
        bound.values.remove(name);
    }
    if bound.values.contains_key(name) {
        return;
    }
    let from_connection = param.connection.as_ref().and_then(|field| credentials.get(field));
    let value = from_connection.map(|text| Value::String(text.to_owned())).or_else(|| param.default.clone());
    if let Some(value) = value {
        bound.values.insert(name.to_owned(), value);
    }
}

fn wire_value(name: &str, param: &Param, value: &Value, now_ms: i64) -> Result<Value, Failure> {
    if let Some(mapped) = json_path::scalar_text(value).and_then(|text| param.values.get(&text)) {
        return Ok(mapped.clone());
    }
    let converted = convert(param.kind, value, now_ms)
        .map_err(|wanted| Failure::input(format!("needs {wanted} as `{name}`")))?;
    let converted = escaped(param, converted);
    let above = converted.as_f64().zip(param.max).is_some_and(|(number, max)| number > max);
    match param.max.filter(|_| above) {
        Some(max) if max.fract() == 0.0 => Ok(Value::from(max as i64)),
        Some(max) => Ok(Value::from(max)),
        None => Ok(converted),
    }
}

/// A text with its special characters replaced, so that it stays a text inside a query language.
fn escaped(param: &Param, value: Value) -> Value {
    match value {
        Value::String(text) if !param.escape.is_empty() => {
            let mut out = String::with_capacity(text.len());
            for c in text.chars() {
                match param.escape.get(&c) {
                    Some(replacement) => out.push_str(replacement),
                    None => out.push(c),
                }
            }
            Value::String(out)
        }
        value => value,
    }
}

fn require(operation: &Operation, bound: &Bound) -> Result<(), Failure> {
    let given = |name: &String| bound.values.get(name).is_some_and(|v| !v.is_null() && v.as_str() != Some(""));
    if let Some((name, _)) = operation.params.iter().find(|(name, param)| param.required && !given(name)) {
        return Err(Failure::new(ErrorCode::MissingRequiredField, format!("needs `{name}`")));
    }
    if let Some(group) = operation.require_one_of.iter().find(|group| !group.iter().any(given)) {
        let message = format!("needs one of `{}`", group.join("`, `"));
        return Err(Failure::new(ErrorCode::MissingRequiredField, message));
    }
    Ok(())
}
