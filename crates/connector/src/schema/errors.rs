//! What a provider's failures mean.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use crate::error::ErrorCode;

/// How failures are recognised, named and worded.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Errors {
    /// Paths where a failure's text may stand; the first that exists wins.
    #[serde(default)]
    pub message: Vec<String>,
    /// Paths where the provider's own code may stand.
    #[serde(default)]
    pub code: Vec<String>,
    /// HTTP statuses whose meaning differs from the usual one.
    #[serde(default)]
    pub status: BTreeMap<u16, ErrorCode>,
    /// Rules over the body; the first that applies decides.
    #[serde(default)]
    pub rules: Vec<ErrorRule>,
}

/// One rule: when it holds and what it then means.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ErrorRule {
    /// Statuses to which the rule is limited; empty = any, success included.
    #[serde(default)]
    pub status: Vec<u16>,
    /// Response headers that must hold these values (GitHub's `x-ratelimit-remaining: "0"`).
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// A place in the body that must exist …
    #[serde(default)]
    pub path: Option<String>,
    /// … and hold this value.
    #[serde(default)]
    pub equals: Option<Value>,
    /// Where the provider's code stands.
    #[serde(default)]
    pub code: Option<String>,
    /// The provider's code → ours.
    #[serde(default)]
    pub map: BTreeMap<String, ErrorCode>,
    /// Ours when the map has no entry. Without it the rule does not apply to unmapped codes.
    #[serde(default)]
    pub otherwise: Option<ErrorCode>,
    /// Asking again cannot help, whatever the code is: no further attempt.
    #[serde(default, rename = "final")]
    pub is_final: bool,
    /// The message; `{code}` is the provider's code. Default: the text found by `errors.message`.
    #[serde(default)]
    pub message: Option<String>,
}
