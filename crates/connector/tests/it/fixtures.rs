//! Every operation of every connector against its recorded shapes.
//!
//! `connectors/<service>/fixtures/<operation>[@variant].json`:
//! `{connection?, args, request, response, then?: [{request, response}], result}`. Times are those of
//! 2024-05-20T10:00:00Z. A fixture without `request` must fail before anything is sent. A header that is `null` must be
//! absent; without `authorization` among the headers, `Bearer test-token` is expected.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use millrace_connector::{ActionResult, Registry};
use millrace_egress::standin::{Recorded, Reply, Standin};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{TestConnection, executor, operation};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fixture {
    #[serde(default)]
    connection: Option<Value>,
    args: Vec<Value>,
    #[serde(default)]
    request: Option<Request>,
    #[serde(default)]
    response: Option<Response>,
    #[serde(default)]
    then: Vec<Exchange>,
    result: Expected,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchange {
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: String,
    path: String,
    #[serde(default)]
    query: BTreeMap<String, Value>,
    #[serde(default)]
    headers: BTreeMap<String, Option<String>>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    form: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Response {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<Value>,
    #[serde(default)]
    text: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    success: bool,
    #[serde(default)]
    schema: Option<String>,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    hidden: Option<Value>,
    #[serde(default, rename = "rateLimit")]
    rate_limit: Option<Value>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
}

fn connectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../connectors")
}

/// Operation, variant and text of every fixture of a service.
fn fixtures_of(service: &str) -> Vec<(String, PathBuf)> {
    let dir = connectors().join(service).join("fixtures");
    let mut files: Vec<PathBuf> = std::fs::read_dir(&dir)
        .unwrap_or_else(|e| panic!("{}: {e}", dir.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let stem = file.file_name().unwrap().to_str().unwrap().strip_suffix(".json").expect("a .json file").to_owned();
            (stem.split('@').next().unwrap().to_owned(), file)
        })
        .collect()
}

#[test]
fn every_operation_has_a_fixture() {
    let registry = Registry::builtin().unwrap();
    let mut missing = Vec::new();
    for connector in registry.all() {
        let covered: BTreeSet<String> = fixtures_of(&connector.service).into_iter().map(|(name, _)| name).collect();
        for name in connector.operations.keys().filter(|name| !covered.contains(*name)) {
            missing.push(format!("{} {name}", connector.service));
        }
        for name in covered.iter().filter(|name| !connector.operations.contains_key(*name)) {
            missing.push(format!("{} has a fixture for `{name}`, which is no canonical operation", connector.service));
        }
    }
    assert!(missing.is_empty(), "operations without a fixture: {missing:#?}");
    assert_eq!(registry.all().count(), 25);
}

#[tokio::test]
async fn every_fixture_holds() {
    let registry = Registry::builtin().unwrap();
    let mut wrong = Vec::new();
    let mut ran = 0;
    for connector in registry.all() {
        for (name, file) in fixtures_of(&connector.service) {
            let shown = file.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read_to_string(&file).unwrap();
            let fixture: Fixture = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{shown}: {e}"));
            if let Err(message) = play(&connector.service, &name, fixture).await {
                wrong.push(format!("{} {shown}: {message}", connector.service));
            }
            ran += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(ran > 220, "only {ran} fixtures were found");
}

async fn play(service: &str, name: &str, fixture: Fixture) -> Result<(), String> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    if let (Some(request), Some(response)) = (fixture.request, fixture.response) {
        exchanges.push(Exchange { request, response });
    }
    exchanges.extend(fixture.then);
    let standin = Standin::start().await.unwrap();
    let replies: Arc<Mutex<Vec<Reply>>> = Arc::new(Mutex::new(exchanges.iter().rev().map(|e| reply(&e.response)).collect()));
    standin.on_fn("*", "/**", move |_| replies.lock().pop().unwrap_or_else(|| Reply::new(599)));
    let executor = executor(&standin, None);
    let connection = TestConnection::new(fixture.connection.unwrap_or_else(|| json!({"access_token": "test-token"})));
    let result = executor.call(operation(service, name, &fixture.args, &connection)).await;
    let recorded = standin.requests();
    if recorded.len() != exchanges.len() {
        return Err(format!("{} requests were sent, {} expected; result {}", recorded.len(), exchanges.len(), result.to_json()));
    }
    for (i, (exchange, sent)) in exchanges.iter().zip(&recorded).enumerate() {
        same_request(&exchange.request, sent).map_err(|e| format!("request {i}: {e}"))?;
    }
    same_result(service, name, &fixture.result, &result)
}

fn reply(response: &Response) -> Reply {
    let mut reply = match (&response.body, &response.text) {
        (Some(body), _) => Reply::json(response.status, body.clone()),
        (None, Some(text)) => Reply::new(response.status).body(text.clone()),
        (None, None) => Reply::new(response.status),
    };
    for (name, value) in &response.headers {
        reply = reply.header(name, value);
    }
    reply
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, sent: &T, expected: &T) -> Result<(), String> {
    if sent == expected { Ok(()) } else { Err(format!("{what} is\n  {sent:?}\nexpected\n  {expected:?}")) }
}

fn same_request(expected: &Request, sent: &Recorded) -> Result<(), String> {
    same("method", &sent.method, &expected.method)?;
    same("path", &sent.path, &expected.path)?;
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
    same("query", &query, &expected.query)?;
    for (name, value) in &expected.headers {
        same(name, &sent.header(name), &value.as_deref())?;
    }
    if !expected.headers.contains_key("authorization") {
        same("authorization", &sent.header("authorization"), &Some("Bearer test-token"))?;
    }
    same("correlation id", &sent.header("x-correlation-id"), &Some("run_1"))?;
    let key = sent.header("idempotency-key");
    match sent.method.as_str() {
        "GET" => same("idempotency key", &key, &None)?,
        _ if key.is_some_and(|key| key == "run_1:7" || key.starts_with("run_1:7:")) => {}
        _ => return Err(format!("idempotency key is {key:?}")),
    }
    match (&expected.body, &expected.form) {
        (Some(body), _) => {
            same("content type", &sent.header("content-type"), &Some("application/json"))?;
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

fn same_result(service: &str, name: &str, expected: &Expected, result: &ActionResult) -> Result<(), String> {
    let json = result.to_json();
    same("success", &json["success"], &Value::Bool(expected.success)).map_err(|e| format!("{e}\n{json}"))?;
    same("source", &json["metadata"]["source"], &json!({"integration": service, "action": name}))?;
    same("timestamp", &json["metadata"]["timestamp"], &json!(crate::support::NOW_MS))?;
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
