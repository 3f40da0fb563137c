//! Rules of what surrounds a request: recipes, look-ups, other operations.

use std::collections::BTreeSet;

use super::{Broken, broken};
use crate::request::make;
use crate::schema::{BodyEncoding, Connector, Operation, Param};

pub(super) fn check_steps(connector: &Connector, path: &str, operation: &Operation) -> Result<(), Broken> {
    for (i, first) in operation.first.iter().enumerate() {
        let at = format!("{path}.first.{i}");
        simple(connector, &at, &first.operation)?;
        args(&at, operation, first.args.values())?;
        if operation.make.is_none() {
            return broken(at, "only `make` reads what was fetched before");
        }
    }
    for (param, target) in &operation.instead {
        let at = format!("{path}.instead.{param}");
        args(&at, operation, [param].into_iter())?;
        simple(connector, &at, target)?;
    }
    if let Some(union) = &operation.union {
        let at = format!("{path}.union");
        simple(connector, &at, &union.operation)?;
        let lists = operation.result.items.is_some() && connector.operations[&union.operation].result.items.is_some();
        if !lists {
            return broken(at, "both operations need `result.items`");
        }
    }
    if operation.graphql.is_some() && operation.body.unwrap_or(connector.body) != BodyEncoding::Json {
        return broken(format!("{path}.graphql"), "GraphQL travels as JSON");
    }
    check_make(path, operation)
}

pub(super) fn check_find(connector: &Connector, path: &str, operation: &Operation, param: &Param) -> Result<(), Broken> {
    if let Some(find) = &param.find {
        let at = format!("{path}.find");
        simple(connector, &at, &find.operation)?;
        args(&at, operation, find.args.values())?;
        if connector.operations[&find.operation].result.items.is_none() || find.by.is_empty() {
            return broken(at, "the operation must return a list, and `by` name the members that hold the name");
        }
    }
    Ok(())
}

/// The operation exists and calls no other itself, so that no chain can run in a circle.
fn simple(connector: &Connector, path: &str, target: &str) -> Result<(), Broken> {
    let Some(operation) = connector.operations.get(target) else {
        return broken(path, format!("there is no operation `{target}`"));
    };
    let chained = !operation.first.is_empty()
        || !operation.instead.is_empty()
        || operation.union.is_some()
        || operation.each.is_some()
        || operation.params.values().any(|param| param.find.is_some());
    if chained { broken(path, format!("`{target}` itself calls others; name one that does not")) } else { Ok(()) }
}

fn args<'a>(path: &str, operation: &Operation, mut names: impl Iterator<Item = &'a String>) -> Result<(), Broken> {
    match names.find(|name| !operation.params.contains_key(*name)) {
        Some(name) => broken(path, format!("there is no parameter `{name}`")),
        None => Ok(()),
    }
}

fn check_make(path: &str, operation: &Operation) -> Result<(), Broken> {
    let Some(recipes) = &operation.make else { return Ok(()) };
    let mut names: BTreeSet<String> = operation.params.keys().cloned().collect();
    names.extend(operation.first.iter().map(|first| first.into.clone()));
    names.extend(["now".to_owned(), "today".to_owned()]);
    for (name, recipe) in &recipes.query {
        make::check(recipe, &names).map_err(|e| (format!("{path}.make.query.{name}"), e))?;
    }
    match &recipes.body {
        Some(recipe) if !recipe.is_object() => broken(format!("{path}.make.body"), "a body is an object"),
        Some(recipe) => make::check(recipe, &names).map_err(|e| (format!("{path}.make.body"), e)),
        None => Ok(()),
    }
}
