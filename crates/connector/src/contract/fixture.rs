//! The format of fixture files.

use std::collections::BTreeMap;

use millrace_egress::standin::Reply;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One call and everything about it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    /// The connection's fields; `{"access_token": "test-token"}` without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<Value>,
    /// Arguments of the call.
    pub args: Vec<Value>,
    /// The request that must be sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<SentRequest>,
    /// What the provider answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<StandInResponse>,
    /// Further requests, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub then: Vec<Exchange>,
    /// What the workflow gets.
    pub result: Expected,
}

/// A request and its answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// What must be sent.
    pub request: SentRequest,
    /// What is answered.
    pub response: StandInResponse,
}

/// A request as it must arrive.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SentRequest {
    /// Method.
    pub method: String,
    /// Path, percent-encoding included.
    pub path: String,
    /// Query parameters; repeated ones are lists.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub query: BTreeMap<String, Value>,
    /// Headers in lower case; `null` = must be absent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Option<String>>,
    /// A JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// A form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<BTreeMap<String, String>>,
}

/// The stand-in's answer.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandInResponse {
    /// Status.
    pub status: u16,
    /// Headers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// A body that is no JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// The result that the workflow must get.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// Whether the call succeeds.
    pub success: bool,
    /// `metadata.schema`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The data.
    #[serde(default)]
    pub data: Value,
    /// Members outside JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<Value>,
    /// `metadata.rateLimit`.
    #[serde(default, rename = "rateLimit", skip_serializing_if = "Option::is_none")]
    pub rate_limit: Option<Value>,
    /// The error's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The error's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Fixture {
    /// All requests with their answers.
    pub(super) fn exchanges(&self) -> Vec<Exchange> {
        let first = self.request.clone().zip(self.response.clone());
        first.map(|(request, response)| Exchange { request, response }).into_iter().chain(self.then.clone()).collect()
    }
}

impl StandInResponse {
    pub(super) fn reply(&self) -> Reply {
        let mut reply = match (&self.body, &self.text) {
            (Some(body), _) => Reply::json(self.status, body.clone()),
            (None, Some(text)) => Reply::new(self.status).body(text.clone()),
            (None, None) => Reply::new(self.status),
        };
        for (name, value) in &self.headers {
            reply = reply.header(name, value);
        }
        reply
    }
}
