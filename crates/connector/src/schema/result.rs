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
    /// Where in the body the data stands; the whole body without it.
    #[serde(default)]
    pub path: Option<String>,
    /// What it means when `path` leads nowhere.
    #[serde(default)]
    pub missing: Missing,
    /// Where a list stands: the data is then a list, and `hidden` names its extra members.
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
    /// An object made of chosen members: name → path.
    #[serde(default)]
    pub pick: BTreeMap<String, String>,
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

/// Which items are kept.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Where {
    /// Only when this parameter is true.
    #[serde(default)]
    pub when: Option<String>,
    /// Items that have one of these members are dropped.
    #[serde(default)]
    pub absent: Vec<String>,
}
