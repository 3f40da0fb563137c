//! What was sent and what came of it, against what the fixture says.

use std::collections::BTreeMap;

use millrace_egress::standin::Recorded;
use serde_json::{Value, json};

use super::fixture::{Expected, SentRequest};
use crate::answer::ActionResult;
use crate::schema::Connector;

/// The idempotency key of every call.
pub(super) const KEY: &str = "run_1:7";

/// The run of every call.
pub(super) const RUN: &str = "run_1";

fn same<T: PartialEq + std::fmt::Debug>(what: &str, sent: &T, expected: &T) -> Result<(), String> {
    if sent == expected { Ok(()) } else { Err(format!("{what} is\n  {sent:?}\nexpected\n  {expected:?}")) }
}

pub(super) fn request(connector: &Connector, expected: &SentRequest, sent: &Recorded) -> Result<(), String> {
    same("method", &sent.method, &expected.method)?;
    same("path", &sent.path, &expected.path)?;
    same("query", &query(sent), &expected.query)?;
    for (name, value) in &expected.headers {
        same(name, &sent.header(name), &value.as_deref())?;
    }
    if !expected.headers.contains_key("authorization") {
        same("authorization", &sent.header("authorization"), &Some("Bearer test-token"))?;
    }
    same("correlation id", &sent.header("x-correlation-id"), &Some(RUN))?;
    let key = sent.header(&connector.idempotency.header);
    match sent.method.as_str() {
        "GET" | "HEAD" => same("idempotency key", &key, &None)?,
        _ if key.is_some_and(|key| key == KEY || key.strip_prefix(KEY).is_some_and(|rest| rest.starts_with(':'))) => {}
        _ => return Err(format!("idempotency key is {key:?}")),
    }
    match (&expected.body, &expected.form) {
        (Some(body), _) => {
            if !expected.headers.contains_key("content-type") {
                same("content type", &sent.header("content-type"), &Some("application/json"))?;
            }
            same("body", &sent.json(), body)
        }
        (None, Some(form)) => {
            let fields: BTreeMap<String, String> = url::form_urlencoded::parse(&sent.body).into_owned().collect();
            same("content type", &sent.header("content-type"), &Some("application/x-www-form-urlencoded"))?;
            same("form", &fields, form)
        }
        (None, None) => same("body", &sent.text(), &String::new()),
    }
}

fn query(sent: &Recorded) -> BTreeMap<String, Value> {
    let mut query: BTreeMap<String, Value> = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(sent.query.as_bytes()) {
        let value = Value::String(value.into_owned());
        match query.get_mut(name.as_ref()) {
            None => {
                query.insert(name.into_owned(), value);
            }
            Some(Value::Array(list)) => list.push(value),
            Some(one) => *one = json!([one.take(), value]),
        }
    }
    query
}

pub(super) fn result(service: &str, name: &str, expected: &Expected, result: &ActionResult) -> Result<(), String> {
    let json = result.to_json();
    same("success", &json["success"], &Value::Bool(expected.success)).map_err(|e| format!("{e}\n{json}"))?;
    same("source", &json["metadata"]["source"], &json!({"integration": service, "action": name}))?;
    same("timestamp", &json["metadata"]["timestamp"], &json!(super::NOW_MS))?;
    same("data", &json["data"], &expected.data)?;
    same("hidden", &json["hidden"], &expected.hidden.clone().unwrap_or_default())?;
    same("rateLimit", &json["metadata"]["rateLimit"], &expected.rate_limit.clone().unwrap_or_default())?;
    if expected.success {
        same("schema", &json["metadata"]["schema"], &json!(expected.schema))?;
        return same("error", &json["error"], &Value::Null);
    }
    same("schema", &json["metadata"]["schema"], &json!("sdk.error.v1"))?;
    same("error", &json["error"], &json!({"code": expected.code, "message": expected.message}))
}
