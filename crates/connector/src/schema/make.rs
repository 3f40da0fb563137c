//! Bodies and queries that have another shape than the arguments.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Recipes: JSON in which texts name values. Look-ups and nothing more; there is no expression to evaluate.
///
/// | in a recipe | becomes |
/// |---|---|
/// | `"{name}"` | the value of that parameter (or of `first`'s data: `"{deal.properties.name}"`), whatever its type |
/// | `"No. {name}"` | text |
/// | `{$if: name, …}` | nothing unless `name` has a value; `{$if: {name: a}}` or `{name: [a, b]}`: unless it has that value |
/// | `{$each: name, $make: …}` | a list: the recipe for every item of a list, the item being `{item}`; inside a list, its elements |
/// | `{$join: ", ", $of: […], $before: "…"}` | the texts that exist, joined; `$before` stands before them if there is one |
///
/// What names an absent value is left out, and so is an object or a list of which nothing is left. `{now}` and `{today}`
/// are the instant and the day (UTC) of the call.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Make {
    /// The body.
    #[serde(default)]
    pub body: Option<Value>,
    /// Query parameter → recipe.
    #[serde(default)]
    pub query: BTreeMap<String, Value>,
}
