//! Calls to the outside world: `fetch`, integrations, language models, short timers.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use millrace_connector::{Connection, OperationCall, RawCall};
use millrace_egress::{EgressError, Redirect, Request};
use millrace_engine::{Call, Outcome, Run};
use serde::Deserialize;
use serde_json::{Value, json};

use super::context::RunContext;
use super::{secrets, wait};
use crate::ai::{Caller, Refusal};
use crate::app::Parts;
use crate::connections;
use crate::installations;

/// Longest time for one integration call, retries and rate limits included.
const CALL_BUDGET: Duration = Duration::from_secs(300);

#[derive(Deserialize)]
struct FetchArgs {
    url: String,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: Option<Body>,
    #[serde(default)]
    redirect: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    text: Option<String>,
    base64: Option<String>,
}

#[derive(Deserialize)]
struct IntegrationArgs {
    service: String,
    operation: String,
    #[serde(default)]
    args: Vec<Value>,
}

#[derive(Deserialize)]
struct RequestArgs {
    service: String,
    path: String,
    #[serde(default)]
    method: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    #[serde(default)]
    body: Option<Body>,
}

/// Performs one call; whatever goes wrong is its outcome.
pub async fn perform(parts: &Parts, run: &Run, context: &RunContext, call: &Call) -> Outcome {
    let done = match call.kind.as_str() {
        "timer" => {
            tokio::time::sleep(wait::short_sleep(&call.args, parts.config.work.short_timer)).await;
            Ok(Outcome::null())
        }
        "fetch" => fetch(parts, run, context, call).await,
        "integration" => integration(parts, run, context, call).await,
        "integration.request" => request(parts, run, context, call).await,
        "ai" | "ai.embed" => model(parts, run, call).await,
        kind => Err(Outcome::error("Error", "UNKNOWN_CALL", format!("`{kind}` is not a call this server performs."))),
    };
    done.unwrap_or_else(|refused| refused)
}

/// Whether an outcome tells of a failure, also where the program is given a value: a refused integration call, an answer that
/// says that the service is down or busy.
pub fn is_failure(kind: &str, outcome: &Outcome) -> bool {
    #[derive(Deserialize)]
    struct Told {
        status: Option<u16>,
        success: Option<bool>,
    }
    if !outcome.ok {
        return true;
    }
    let told = || serde_json::from_str::<Told>(&outcome.json);
    match kind {
        "fetch" | "integration.request" => told().is_ok_and(|t| t.status.is_some_and(|s| s >= 500 || s == 408 || s == 429)),
        "integration" => told().is_ok_and(|t| t.success == Some(false)),
        _ => false,
    }
}

/// `<run>:<seq>`; a run that began again has its generation in between.
fn idempotency_key(run: &Run, call: &Call) -> String {
    if run.generation == 0 { format!("{}:{}", run.id, call.seq) } else { format!("{}:{}:{}", run.id, run.generation, call.seq) }
}

async fn fetch(parts: &Parts, run: &Run, context: &RunContext, call: &Call) -> Result<Outcome, Outcome> {
    let args: FetchArgs = parse(&call.args, "fetch")?;
    let mut request = Request::parse(method(args.method.as_deref())?, &args.url).map_err(|e| network(&e))?;
    request.headers = headers(&args.headers)?;
    let keyed = !matches!(request.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if keyed && !request.headers.contains_key("idempotency-key") {
        let key = HeaderValue::from_str(&idempotency_key(run, call)).map_err(|e| invalid(e.to_string()))?;
        request.headers.insert("idempotency-key", key);
    }
    request.body = body(args.body)?;
    request.redirect = match args.redirect.as_deref() {
        Some("manual") => Redirect::Manual,
        Some("error") => Redirect::Error,
        _ => Redirect::Follow,
    };
    let scope = secrets::scope_for(parts, run.origin(), context, &call.args).await.map_err(|e| Outcome::error("Error", &e.code, e.detail))?;
    let response = parts.egress.send(request, &scope).await.map_err(|e| network(&e))?;
    let pairs: Vec<(String, String)> = response.headers.iter().map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned())).collect();
    Ok(answer(response.status, &response.status_text, response.url.as_str(), response.redirected, &pairs, &response.body))
}

fn answer(status: u16, status_text: &str, url: &str, redirected: bool, headers: &[(String, String)], body: &Bytes) -> Outcome {
    let body = match std::str::from_utf8(body) {
        Ok(text) => json!({ "text": text }),
        Err(_) => json!({ "base64": BASE64.encode(body) }),
    };
    Outcome::value(json!({ "status": status, "status_text": status_text, "url": url, "redirected": redirected, "headers": headers, "body": body }).to_string())
}

async fn integration(parts: &Parts, run: &Run, context: &RunContext, call: &Call) -> Result<Outcome, Outcome> {
    let args: IntegrationArgs = parse(&call.args, "integration")?;
    let connection = connection(parts, context, &args.service).await?;
    let scope = secrets::scope_for(parts, run.origin(), context, &call.args).await.map_err(|e| Outcome::error("Error", &e.code, e.detail))?;
    let result = parts
        .connectors
        .call(OperationCall {
            service: &args.service,
            operation: &args.operation,
            args: &args.args,
            connection: &connection,
            idempotency_key: &idempotency_key(run, call),
            correlation_id: run.id.as_str(),
            at_most_once: call.once,
            now_ms: parts.clock.now().millis(),
            budget: Some(CALL_BUDGET),
            scope: Some(&scope),
        })
        .await;
    Ok(Outcome::value(flat_hidden(result.to_json()).to_string()))
}

/// The sandbox attaches `hidden` members by name; `$self` stands for the data itself, `$members` describes members of the object
/// or of each item.
fn flat_hidden(mut result: Value) -> Value {
    let Some(hidden) = result.as_object_mut().and_then(|r| r.remove("hidden")) else { return result };
    let mut flat = hidden.get("values").and_then(Value::as_object).cloned().unwrap_or_default();
    for name in hidden.get("self").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        flat.insert(name.to_owned(), json!("$self"));
    }
    if let Some(members) = hidden.get("members") {
        flat.insert("$members".to_owned(), members.clone());
    }
    if !flat.is_empty() {
        result["hidden"] = Value::Object(flat);
    }
    result
}

async fn request(parts: &Parts, run: &Run, context: &RunContext, call: &Call) -> Result<Outcome, Outcome> {
    let args: RequestArgs = parse(&call.args, "request")?;
    let connection = connection(parts, context, &args.service).await?;
    let scope = secrets::scope_for(parts, run.origin(), context, &call.args).await.map_err(|e| Outcome::error("Error", &e.code, e.detail))?;
    let body = body(args.body)?;
    let done = parts
        .connectors
        .request(RawCall {
            service: &args.service,
            path: &args.path,
            method: &args.method,
            headers: &args.headers,
            body: (!body.is_empty()).then_some(&body[..]),
            connection: &connection,
            idempotency_key: &idempotency_key(run, call),
            correlation_id: run.id.as_str(),
            at_most_once: call.once,
            now_ms: parts.clock.now().millis(),
            budget: Some(CALL_BUDGET),
            scope: Some(&scope),
        })
        .await;
    match done {
        Ok(r) => Ok(answer(r.status, &r.status_text, &r.url, r.redirected, &r.headers, &r.body)),
        Err(failure) => {
            let error = failure.to_json();
            let text = |path: &str| error.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
            Err(Outcome::error("TypeError", &text("/error/code"), text("/error/message")))
        }
    }
}

async fn model(parts: &Parts, run: &Run, call: &Call) -> Result<Outcome, Outcome> {
    let refused = |refusal: Refusal| Outcome::error("Error", refusal.code, refusal.message);
    let ai = parts.ai.as_ref().ok_or_else(|| refused(Refusal::model("No language model is configured for this server.")))?;
    let caller = Caller { share: parts.egress.share(run.tenant.as_str()), idempotency_key: idempotency_key(run, call), at_most_once: call.once };
    let answer = if call.kind == "ai" { ai.chat(&call.args, &caller).await } else { ai.embed(&call.args, &caller).await };
    answer.map(|answer| Outcome::value(answer.to_string())).map_err(refused)
}

/// The connection of a service, unless another client made it than the one that the workflow uses: as of when the run came into memory,
/// and as of now.
async fn connection(parts: &Parts, context: &RunContext, service: &str) -> Result<impl Connection + use<>, Outcome> {
    let held = &context.installation;
    let id = held.connections.get(service).ok_or_else(|| Outcome::error("TypeError", "auth_missing", format!("{service} is not connected.")))?;
    let now = installations::service::snapshot(parts, &held.tenant, &held.id).await.ok().filter(|now| now.connections.get(service) == Some(id));
    let refused = held.refused.get(service).or_else(|| now.as_ref()?.refused.get(service));
    match refused {
        Some(refusal) => Err(Outcome::error("TypeError", refusal.code(), refusal.describe(service))),
        None => Ok(connections::service::connection(parts, &held.tenant, id)),
    }
}

fn parse<'a, T: Deserialize<'a>>(args: &'a str, what: &str) -> Result<T, Outcome> {
    serde_json::from_str(args).map_err(|e| invalid(format!("{what}: {e}")))
}

fn method(name: Option<&str>) -> Result<Method, Outcome> {
    let name = name.unwrap_or("GET").to_ascii_uppercase();
    let allowed = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    if !allowed.contains(&name.as_str()) {
        return Err(invalid(format!("fetch: the method {name} is not allowed")));
    }
    name.parse().map_err(|_| invalid(format!("fetch: `{name}` is not a method")))
}

fn headers(pairs: &[(String, String)]) -> Result<HeaderMap, Outcome> {
    let mut headers = HeaderMap::with_capacity(pairs.len());
    for (name, value) in pairs {
        let name: HeaderName = name.parse().map_err(|_| invalid(format!("fetch: `{name}` is not a header name")))?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid(format!("fetch: the value of `{name}` is not a header value")))?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn body(body: Option<Body>) -> Result<Bytes, Outcome> {
    match body {
        None => Ok(Bytes::new()),
        Some(Body { text: Some(text), .. }) => Ok(text.into()),
        Some(Body { base64: Some(encoded), .. }) => BASE64.decode(encoded).map(Bytes::from).map_err(|e| invalid(format!("fetch: {e}"))),
        Some(_) => Ok(Bytes::new()),
    }
}

fn invalid(message: impl Into<String>) -> Outcome {
    Outcome::error("TypeError", "invalid_input", message)
}

/// As browsers do: whatever keeps an answer from coming is a `TypeError`; the code tells why.
fn network(error: &EgressError) -> Outcome {
    Outcome::error("TypeError", error.code(), format!("fetch failed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::{flat_hidden, is_failure};
    use millrace_engine::Outcome;
    use serde_json::json;

    #[test]
    fn hidden_members_are_named_one_by_one() {
        let result = flat_hidden(json!({ "success": true, "data": [], "hidden": { "self": ["results"], "values": { "has_more": true } } }));
        assert_eq!(result["hidden"], json!({ "results": "$self", "has_more": true }));
        let result = flat_hidden(json!({ "data": {}, "hidden": { "self": [], "values": {}, "members": { "labels": { "self": "nodes" } } } }));
        assert_eq!(result["hidden"], json!({ "$members": { "labels": { "self": "nodes" } } }));
        assert_eq!(flat_hidden(json!({ "data": 1, "hidden": null }))["data"], 1);
    }

    #[test]
    fn a_service_that_is_down_is_a_failure_and_a_plain_no_is_not() {
        let told = |kind: &str, json: &str| is_failure(kind, &Outcome::value(json));
        assert!(told("fetch", r#"{"status":503,"body":{"text":""}}"#) && told("fetch", r#"{"status":429}"#));
        assert!(!told("fetch", r#"{"status":404}"#) && !told("fetch", r#"{"status":200}"#));
        assert!(told("integration", r#"{"success":false,"error":{"code":"x"}}"#) && !told("integration", r#"{"success":true}"#));
        assert!(!told("storage.get", "null") && is_failure("storage.get", &Outcome::error("Error", "X", "no")));
    }
}
