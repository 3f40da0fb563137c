//! What a call does around its own request: another operation instead, names looked up, data fetched before, a second
//! list appended.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::operate::{known, perform};
use super::session::Session;
use crate::answer::{Failure, Shaped};
use crate::error::ErrorCode;
use crate::json_path;
use crate::request::Bound;
use crate::schema::{Find, Operation, Union, Unknown};

/// The operation that answers because one of its parameters was given.
pub(super) fn instead<'a>(operation: &'a Operation, bound: &Bound) -> Option<&'a str> {
    let given = |name: &String| match bound.values.get(name) {
        None | Some(Value::Null) => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(_) => true,
    };
    operation.instead.iter().find(|(name, _)| given(name)).map(|(_, target)| target.as_str())
}

/// Replaces names by ids and fetches what `make` reads.
pub(super) async fn prepare(session: &mut Session<'_>, operation: &Operation, bound: &mut Bound) -> Result<(), Failure> {
    for (name, param) in &operation.params {
        let Some(find) = &param.find else { continue };
        let Some(given) = bound.values.get(name).filter(|given| !given.is_null()).cloned() else { continue };
        let listed = other(session, &find.operation, &find.args, bound).await?;
        match found(find, name, &given, &listed)? {
            Some(value) => bound.values.insert(name.clone(), value),
            None => bound.values.remove(name),
        };
    }
    for first in &operation.first {
        let data = other(session, &first.operation, &first.args, bound).await?;
        bound.found.insert(first.into.clone(), data);
    }
    Ok(())
}

/// Appends the items of the other list that are not there yet.
pub(super) async fn append(
    session: &mut Session<'_>,
    union: &Union,
    args: &[Value],
    mut shaped: Shaped,
) -> Result<Shaped, Failure> {
    let target = known(session.connector, &union.operation)?;
    let more = Box::pin(perform(session, target, args)).await?;
    if let (Value::Array(items), Value::Array(more)) = (&mut shaped.data, more.data) {
        for item in more {
            let id = json_path::get_some(&item, &union.same);
            if id.is_none() || !items.iter().any(|known| json_path::get_some(known, &union.same) == id) {
                items.push(item);
            }
        }
    }
    Ok(shaped)
}

/// Data of another operation, called with parameters of this one.
async fn other(
    session: &mut Session<'_>,
    operation: &str,
    args: &BTreeMap<String, String>,
    bound: &Bound,
) -> Result<Value, Failure> {
    let mut options = Map::new();
    for (name, param) in args {
        if let Some(value) = bound.values.get(param) {
            options.insert(name.clone(), value.clone());
        }
    }
    let target = known(session.connector, operation)?;
    Ok(Box::pin(perform(session, target, &[Value::Object(options)])).await?.data)
}

/// One name or a list of them as ids; nothing when no name is left.
fn found(find: &Find, param: &str, given: &Value, listed: &Value) -> Result<Option<Value>, Failure> {
    let items = listed.as_array().map(Vec::as_slice).unwrap_or_default();
    match given {
        Value::Array(names) => {
            let mut ids = Vec::new();
            for name in names {
                ids.extend(one(find, param, name, items)?);
            }
            Ok((!ids.is_empty()).then_some(Value::Array(ids)))
        }
        name => one(find, param, name, items),
    }
}

fn one(find: &Find, param: &str, name: &Value, items: &[Value]) -> Result<Option<Value>, Failure> {
    let wanted = json_path::scalar_text(name).unwrap_or_default().to_lowercase();
    let matches = |item: &&Value| {
        let named = |path: &String| json_path::text(item, path).is_some_and(|own| own.to_lowercase() == wanted);
        // What already is an id stays one.
        json_path::get(item, &find.take) == Some(name) || find.by.iter().any(named)
    };
    match (items.iter().find(matches).and_then(|item| json_path::get_some(item, &find.take)), find.unknown) {
        (Some(id), _) => Ok(Some(id.clone())),
        (None, Unknown::Skip) => Ok(None),
        (None, Unknown::Refuse) => {
            Err(Failure::new(ErrorCode::NotFound, format!("knows nothing of this name for `{param}`")))
        }
    }
}
