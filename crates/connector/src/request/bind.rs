//! Which argument is which parameter.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::answer::Failure;
use crate::schema::{Connector, Operation, ParamType, Rest, Spelling};
use crate::spelling::{same_name, to_camel, to_pascal, to_snake};

/// Arguments under the names of their parameters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Bound {
    /// Declared parameters that were given.
    pub values: BTreeMap<String, Value>,
    /// Everything else, in the order given.
    pub rest: Map<String, Value>,
    /// `all_pages`: true, or a number of items.
    pub all_pages: Option<Value>,
    /// Data of the operations performed before, for `make`.
    pub found: Map<String, Value>,
    /// The call's instant, in milliseconds since 1970.
    pub now_ms: i64,
}

/// Sorts arguments: an object holds options, anything else takes the next position.
pub(crate) fn bind(connector: &Connector, operation: &Operation, args: &[Value]) -> Result<Bound, Failure> {
    let mut bound = Bound::default();
    for (position, arg) in args.iter().enumerate() {
        let name = operation.positional.get(position);
        let wants_object = name
            .and_then(|name| operation.params.get(name))
            .is_some_and(|param| param.kind == ParamType::Object && position > 0);
        match (arg, name) {
            (Value::Null, _) => {}
            (Value::Object(options), _) if !wants_object => bind_options(connector, operation, options, &mut bound)?,
            (value, Some(name)) => {
                bound.values.insert(name.clone(), value.clone());
            }
            (_, None) => {
                let message = match operation.positional.len() {
                    0 => "takes one object of options".to_owned(),
                    n => format!("takes at most {n} positional arguments: {}", operation.positional.join(", ")),
                };
                return Err(Failure::input(message));
            }
        }
    }
    Ok(bound)
}

fn bind_options(
    connector: &Connector,
    operation: &Operation,
    options: &Map<String, Value>,
    bound: &mut Bound,
) -> Result<(), Failure> {
    for (given, value) in options {
        if operation.pagination.is_some() && same_name(given, "all_pages") {
            bound.all_pages = Some(value.clone());
            continue;
        }
        match param_named(operation, given) {
            // The exact spelling wins over others, whatever the order.
            Some(name) if name == given || !bound.values.contains_key(name) => {
                bound.values.insert(name.to_owned(), value.clone());
            }
            Some(_) => {}
            None => match operation.rest() {
                Rest::Drop => {}
                Rest::Refuse => return Err(Failure::input(format!("does not know the option `{given}`"))),
                Rest::Body | Rest::Query => {
                    bound.rest.insert(wire_spelling(connector.spelling, given), value.clone());
                }
            },
        }
    }
    Ok(())
}

fn param_named<'a>(operation: &'a Operation, given: &str) -> Option<&'a str> {
    if let Some((name, _)) = operation.params.get_key_value(given) {
        return Some(name);
    }
    operation
        .params
        .iter()
        .find(|(name, param)| same_name(name, given) || param.aliases.iter().any(|alias| same_name(alias, given)))
        .map(|(name, _)| name.as_str())
}

fn wire_spelling(spelling: Spelling, given: &str) -> String {
    match spelling {
        Spelling::AsGiven => given.to_owned(),
        Spelling::Snake => to_snake(given),
        Spelling::Camel => to_camel(given),
        Spelling::Pascal => to_pascal(given),
    }
}
