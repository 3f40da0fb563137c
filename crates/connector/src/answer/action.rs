//! The result of an operation as a workflow sees it (spec §6.2).

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use super::failure::{Failure, Outcome};
use crate::error::ErrorCode;
use crate::schema::Connector;

/// The result of an operation. It never carries credentials.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActionResult {
    /// Whether it worked.
    pub success: bool,
    /// The data; `null` on failure.
    pub data: Value,
    /// Present exactly on failure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ActionError>,
    /// Where it came from.
    pub metadata: Metadata,
    /// What results of the service can carry.
    pub capabilities: BTreeMap<String, bool>,
    /// Members that scripts see on `data` but JSON output does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Hidden>,
}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ActionError {
    /// For people; secrets are masked.
    pub message: String,
    /// For programs.
    pub code: ErrorCode,
}

/// Where a result came from. Members beyond the specification's are camelCase like theirs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Metadata {
    /// Service and operation.
    pub source: SourceInfo,
    /// `<integration>.<type>.v1`; failures carry `sdk.error.v1`.
    pub schema: String,
    /// When, in milliseconds since 1970 (the run's clock).
    pub timestamp: i64,
    /// What the provider said about its rate limit.
    #[serde(rename = "rateLimit", skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<RateLimitInfo>,
    /// Requests sent, retries included. 0 = nothing left the server.
    pub attempts: u32,
    /// Of a failure: `statusCode`, `providerCode`, `retryAfterMs`, `retryable`, `outcome` (`unknown` when the provider
    /// may have acted).
    #[serde(flatten)]
    pub more: Map<String, Value>,
}

/// Service and operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SourceInfo {
    /// The service's kebab-case name.
    pub integration: String,
    /// The operation's canonical name.
    pub action: String,
}

/// What a provider said about its rate limit, as it said it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RateLimitInfo {
    /// Requests left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remaining: Option<i64>,
    /// When the count starts again, in the provider's own unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<i64>,
    /// Requests per window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<i64>,
}

/// Members that are to be attached to `data` as non-enumerable properties (spec §13.2).
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Hidden {
    /// Names that refer to `data` itself, for example `results`.
    #[serde(rename = "self")]
    pub itself: BTreeSet<String>,
    /// Names with values of their own, for example `has_more`.
    pub values: Map<String, Value>,
    /// Members of the object, or of each item of the list, that scripts see with more than JSON shows.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub members: BTreeMap<String, HiddenMember>,
}

/// What a script finds beside the JSON of one member.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HiddenMember {
    /// The member may be used as text: paths in it, the first that exists.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<String>,
    /// Another name for the list that the member is.
    #[serde(rename = "self", skip_serializing_if = "Option::is_none")]
    pub itself: Option<String>,
    /// The member is not there at all: it is true when this path of the object exists, else false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub present: Option<String>,
}

impl ActionResult {
    pub(crate) fn success(
        connector: &Connector,
        action: &str,
        schema: Option<&str>,
        data: Value,
        hidden: Option<Hidden>,
        timestamp: i64,
    ) -> Self {
        let kind = schema.map_or_else(|| default_type(action), str::to_owned);
        let mut result = Self::bare(&connector.service, action, timestamp);
        result.success = true;
        result.data = data;
        result.hidden = hidden;
        result.metadata.schema = format!("{}.{kind}.v1", connector.service);
        result.capabilities = connector.capabilities.iter().map(|name| (name.clone(), true)).collect();
        result
    }

    pub(crate) fn failure(service: &str, action: &str, failure: &Failure, timestamp: i64) -> Self {
        let mut result = Self::bare(service, action, timestamp);
        let message = format!("{service} {action}: {}", failure.message);
        result.error = Some(ActionError { message, code: failure.code });
        let more = &mut result.metadata.more;
        if let Some(status) = failure.status {
            more.insert("statusCode".to_owned(), status.into());
        }
        if let Some(code) = &failure.provider_code {
            more.insert("providerCode".to_owned(), code.clone().into());
        }
        if let Some(wait) = failure.retry_after {
            more.insert("retryAfterMs".to_owned(), Value::from(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)));
        }
        more.insert("retryable".to_owned(), failure.passing.into());
        if failure.outcome == Outcome::Unknown {
            more.insert("outcome".to_owned(), "unknown".into());
        }
        result
    }

    fn bare(service: &str, action: &str, timestamp: i64) -> Self {
        Self {
            success: false,
            data: Value::Null,
            error: None,
            metadata: Metadata {
                source: SourceInfo { integration: service.to_owned(), action: action.to_owned() },
                schema: "sdk.error.v1".to_owned(),
                timestamp,
                rate_limit: None,
                attempts: 0,
                more: Map::new(),
            },
            capabilities: BTreeMap::new(),
            hidden: None,
        }
    }

    /// The JSON that a workflow receives.
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_else(|_| Value::Null)
    }
}

/// `chat.postMessage` → `chat-post-message`.
fn default_type(action: &str) -> String {
    action.split('.').map(|part| crate::spelling::to_snake(part).replace('_', "-")).collect::<Vec<_>>().join("-")
}
