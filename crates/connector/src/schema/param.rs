//! Parameters of operations.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// One parameter. Both camelCase and snake_case spellings of its name are accepted.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Where it goes. Default: as `rest` of the operation; `path` when the path names it.
    #[serde(default, rename = "in")]
    pub location: Option<Location>,
    /// Its name on the wire; dots make nested body members.
    #[serde(default, rename = "as")]
    pub wire_name: Option<String>,
    /// Whether the call fails as `missing_required_field` without it.
    #[serde(default)]
    pub required: bool,
    /// The value when none is given.
    #[serde(default)]
    pub default: Option<Value>,
    /// The instant when none is given: `now`, `now - 30d`, `now + {days}d` (another parameter), `{start} + 30m`.
    #[serde(default)]
    pub default_time: Option<String>,
    /// What values are accepted and how they are written.
    #[serde(default, rename = "type")]
    pub kind: ParamType,
    /// Other names for it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Connection field that supplies it when the call does not.
    #[serde(default)]
    pub connection: Option<String>,
    /// Given value → a value found elsewhere.
    #[serde(default)]
    pub replace: BTreeMap<String, Replacement>,
    /// Given value → wire value.
    #[serde(default)]
    pub values: BTreeMap<String, Value>,
    /// Names → ids: the value is looked up in a list that another operation returns.
    #[serde(default)]
    pub find: Option<Find>,
    /// Character → what replaces it in a text that becomes part of a query language.
    #[serde(default)]
    pub escape: BTreeMap<char, String>,
    /// The members of this object become members of the body (Google's `requestBody`).
    #[serde(default)]
    pub spread: bool,
    /// The value is the whole body, whatever its type: a list, for example. Nothing else can then be in the body.
    #[serde(default)]
    pub whole: bool,
    /// How an object in the query is written.
    #[serde(default)]
    pub nested: Option<Nested>,
    /// What joins a list in the query, the path or a header. Default: the parameter is repeated.
    #[serde(default)]
    pub join: Option<String>,
    /// Numbers above are lowered to it.
    #[serde(default)]
    pub max: Option<f64>,
    /// An explicit `null` is left out of the body instead of being sent.
    #[serde(default)]
    pub drop_null: bool,
    /// How a path parameter is written.
    #[serde(default)]
    pub encode: PathEncoding,
}

/// Where a parameter goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Location {
    /// Into the path.
    Path,
    /// Into the query.
    Query,
    /// Into the body.
    Body,
    /// Into a header.
    Header,
    /// Nowhere: it steers the operation or is accepted and ignored.
    None,
}

/// What a parameter accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParamType {
    /// Anything, passed on unchanged.
    #[default]
    Any,
    /// Text; numbers become text.
    String,
    /// A whole number, or text that spells one.
    Integer,
    /// A number, or text that spells one.
    Number,
    /// `true` or `false`, or text that spells them.
    Boolean,
    /// An instant, written `YYYY-MM-DD`.
    Date,
    /// An instant, written in RFC 3339.
    Datetime,
    /// An instant, written as seconds since 1970.
    EpochS,
    /// An instant, written as milliseconds since 1970.
    EpochMs,
    /// An object.
    Object,
    /// A list; one scalar becomes a list of one.
    Array,
}

/// How an object in the query is written. Default: as JSON, or with brackets where the service writes forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nested {
    /// `filter[status]=open`, to any depth; lists as `filter[0]`.
    Brackets,
    /// Each member is a parameter of its own: `status=open`.
    Members,
    /// JSON.
    Json,
}

/// How a path parameter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PathEncoding {
    /// Everything but letters, digits and `-._~` is percent-encoded.
    #[default]
    Once,
    /// As `once`, and encoded a second time when the value begins with `/` or contains `//` (Zoom's UUIDs).
    TwiceIfSlashes,
    /// Slashes stay (repository paths); `.` and `..` segments are refused.
    KeepSlashes,
}

/// A value found elsewhere: in the connection, or by asking the service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// Connection field tried first.
    #[serde(default)]
    pub connection: Option<String>,
    /// Operation called when the connection does not know, without arguments.
    #[serde(default)]
    pub operation: Option<String>,
    /// Where in that operation's data the value stands.
    #[serde(default)]
    pub path: String,
}

/// Names looked up in a list of the service.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// Operation that returns the list.
    pub operation: String,
    /// Its options: name → parameter of this call; parameters without a value are left out.
    #[serde(default)]
    pub args: BTreeMap<String, String>,
    /// Members of an item that may hold the name; compared without regard to case.
    pub by: Vec<String>,
    /// Member that replaces the name.
    #[serde(default = "id")]
    pub take: String,
    /// What happens to a name that no item has.
    #[serde(default)]
    pub unknown: Unknown,
}

fn id() -> String {
    "id".to_owned()
}

/// What happens to a name that is not in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// The call fails as `not_found`.
    #[default]
    Refuse,
    /// It is left out.
    Skip,
}
