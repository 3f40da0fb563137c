//! What of an answer becomes the result.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// The result's shape. Applied in the order of the fields.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultShape {
    /// The type in `metadata.schema`: `page` becomes `notion.page.v1`. Default: the operation's name.
    #[serde(default)]
    pub schema: Option<String>,
    /// The answer is plain text, and that text is the data.
    #[serde(default)]
    pub text: bool,
    /// Where in the body the data stands; the whole body without it.
    #[serde(default)]
    pub path: Option<String>,
    /// What it means when `path` leads nowhere.
    #[serde(default)]
    pub missing: Missing,
    /// Where a list stands: the data is then a list, and `hidden` names its extra members. Several places are divided
    /// by `|`; the first that holds a list counts.
    #[serde(default)]
    pub items: Option<String>,
    /// Members that a script sees on the list but JSON output does not (spec §13.2): name → path in the body, or
    /// `@data` for the list itself.
    #[serde(default)]
    pub hidden: BTreeMap<String, String>,
    /// Which items of the list are kept.
    #[serde(default, rename = "where")]
    pub keep: Option<Where>,
    /// Members renamed, in the object or in each item: old → new.
    #[serde(default)]
    pub rename: BTreeMap<String, String>,
    /// Object members that hold a list further in become that list, in the object or in each item: member → path
    /// (Linear's `labels: nodes`). Scripts find the list under the last name of the path as well.
    #[serde(default)]
    pub lists: BTreeMap<String, String>,
    /// Members that a script may also use as text, in the object or in each item: member → paths of the text in it, the
    /// first that exists (Google's `start: [dateTime, date]`). JSON output does not change.
    #[serde(default)]
    pub texts: BTreeMap<String, Vec<String>>,
    /// True-or-false members that a script sees and JSON output does not: name → path that exists when true.
    #[serde(default)]
    pub flags: BTreeMap<String, String>,
    /// Every snake_case member is also there in camelCase, in the object or in each item.
    #[serde(default)]
    pub both_spellings: bool,
    /// An object made of chosen members: name → path. In a list, the step `?x` is the first item that has a member `x`.
    #[serde(default)]
    pub pick: BTreeMap<String, String>,
    /// Picked values are numbers, also where the provider writes text; what is none is 0.
    #[serde(default)]
    pub pick_numbers: bool,
    /// The list becomes counts.
    #[serde(default)]
    pub tally: Option<Tally>,
    /// The data when the provider answers without a body.
    #[serde(default)]
    pub empty: Option<Value>,
}

/// What a path that leads nowhere means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The answer is not what the provider promises: `api_error`.
    #[default]
    Error,
    /// The data is `null`.
    Null,
    /// The thing does not exist: `not_found`.
    NotFound,
}

/// Which items are kept: those for which every given part holds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Where {
    /// Only when this parameter is true.
    #[serde(default)]
    pub when: Option<String>,
    /// Items that have one of these members are dropped.
    #[serde(default)]
    pub absent: Vec<String>,
    /// Path → values, or the parameter that lists them. Items that have the member with another value are dropped.
    #[serde(default)]
    pub one_of: BTreeMap<String, Choice>,
    /// Path → values. Items that have the member with one of them are dropped.
    #[serde(default)]
    pub none_of: BTreeMap<String, Vec<Value>>,
    /// Path → parameter. Items whose instant lies before the parameter's are dropped.
    #[serde(default)]
    pub from: BTreeMap<String, String>,
}

/// Values, or where they come from.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Choice {
    /// These.
    Values(Vec<Value>),
    /// Those of a parameter, one or a list.
    Param(String),
}

/// Counts over a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// Member → what is counted.
    pub counts: BTreeMap<String, Count>,
    /// Member → the counts of part and whole; the result is a whole number of per cent, 0 of nothing.
    #[serde(default)]
    pub percent: BTreeMap<String, (String, String)>,
}

/// Which items a count counts: those for which every given part holds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// A path that must exist.
    #[serde(default)]
    pub has: Option<String>,
    /// Path → value it must hold.
    #[serde(default)]
    pub equals: BTreeMap<String, Value>,
    /// Path → value it must not hold.
    #[serde(default)]
    pub differs: BTreeMap<String, Value>,
}
