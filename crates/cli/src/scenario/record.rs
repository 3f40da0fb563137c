//! Makes a scenario from a real run: its steps happen once through the real network, and what was said is written down.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::HeaderMap;
use millrace_server::config::{Config, ServeOptions};
use millrace_server::egress::{Egress, EgressError, Network, Redirect, Request, Response, Scope};
use millrace_server::stage::MODEL_URL;
use parking_lot::Mutex;
use regex::Regex;
use serde_json::{Map, Value, json};

use super::file::{Answered, Asked, Exchange, Expect, OneRun, Parts, Runs, Scenario, Times};
use super::installed::Refused;
use super::network::{Call, Script};
use super::play::{Ground, Play, beginning, set};
use crate::view::text;

/// Headers of answers that workflows and connectors act upon. Others say nothing, or are cookies.
const KEPT_HEADERS: [&str; 7] = ["content-type", "retry-after", "link", "location", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"];

/// Members of answers that are credentials, whoever gives them out.
const CREDENTIALS: [&str; 6] = ["access_token", "refresh_token", "id_token", "client_secret", "api_key", "request_key"];

/// Ids that are new in every run.
static IDS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new("(run|inst|org|wf|ver)_[0-9a-z]{26}").ok());

/// The real network, written down.
struct Recorder {
    egress: Egress,
    script: Script,
    heard: Mutex<Vec<Exchange>>,
}

#[async_trait::async_trait]
impl Network for Recorder {
    async fn exchange(&self, shown: &Request, sent: Request, scope: &Scope) -> Result<Response, EgressError> {
        if sent.url.as_str().starts_with(MODEL_URL) {
            return self.script.exchange(shown, sent, scope).await;
        }
        let request = asked(&Call::of(shown), &Call::of(&sent));
        // Redirects are followed above, one exchange each; what may be reached was checked there and is checked here.
        let answer = self.egress.send(Request { redirect: Redirect::Manual, ..sent }, &Scope::public()).await?;
        self.heard.lock().push(Exchange { request, response: answered(&answer, scope), times: Times::default() });
        Ok(answer)
    }
}

/// The pattern of a request: what differs between what may be shown and what was sent is a secret.
fn asked(shown: &Call, sent: &Call) -> Asked {
    let url: Vec<&str> = shown.url.split('/').zip(sent.url.split('/')).map(|(shown, sent)| if shown == sent { sent } else { "*" }).collect();
    let given = |shown: &Value, sent: &Value| Some(without_secrets(shown, sent)).filter(|value| !value.is_null() && value != &json!({}));
    Asked::Parts(Box::new(Parts { method: Some(sent.method.clone()), url: url.join("/"), query: given(&shown.query, &sent.query), headers: None, body: given(&shown.body, &sent.body) }))
}

fn without_secrets(shown: &Value, sent: &Value) -> Value {
    match (shown, sent) {
        (Value::Object(shown), Value::Object(sent)) => sent.iter().map(|(name, value)| (name.clone(), without_secrets(shown.get(name).unwrap_or(&Value::Null), value))).collect(),
        (Value::Array(shown), Value::Array(sent)) => sent.iter().enumerate().map(|(n, value)| without_secrets(shown.get(n).unwrap_or(&Value::Null), value)).collect(),
        (shown, sent) if shown == sent => without_ids(sent),
        _ => json!({"$any": true}),
    }
}

/// What is new in every run is any text.
fn without_ids(value: &Value) -> Value {
    match value {
        Value::String(text) if IDS.as_ref().is_some_and(|ids| ids.is_match(text)) => json!({"$any": true}),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), without_ids(value))).collect(),
        Value::Array(items) => items.iter().map(without_ids).collect(),
        value => value.clone(),
    }
}

fn answered(answer: &Response, scope: &Scope) -> Answered {
    let body = scope.secrets.mask_bytes(&answer.body);
    let mut recorded = Answered { status: Some(answer.status).filter(|status| *status != 200), headers: kept(&answer.headers, scope), ..Answered::default() };
    match (serde_json::from_slice::<Value>(&body), std::str::from_utf8(&body)) {
        (Ok(value), _) if is_json(&answer.headers) => {
            recorded.headers.remove("content-type");
            recorded.body = Some(without_credentials(value));
        }
        (_, Ok("")) => {}
        (_, Ok(text)) => recorded.text = Some(text.to_owned()),
        (_, Err(_)) => recorded.base64 = Some(BASE64.encode(&body)),
    }
    recorded
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(http::header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(|kind| kind.starts_with("application/json"))
}

/// Addresses of next pages may hold what the request was signed with.
fn kept(headers: &HeaderMap, scope: &Scope) -> BTreeMap<String, String> {
    let shown = |name: &str| Some(scope.secrets.mask_text(headers.get(name)?.to_str().ok()?).into_owned());
    KEPT_HEADERS.iter().filter_map(|name| Some(((*name).to_owned(), shown(name)?))).collect()
}

fn without_credentials(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| match value {
                Value::String(_) if CREDENTIALS.contains(&name.as_str()) => (name.clone(), json!(format!("test-{name}"))),
                value => (name, without_credentials(value)),
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(without_credentials).collect(),
        value => value,
    }
}

/// Lets the scenario's steps happen for real, and answers the scenario with what was heard and what came of it.
///
/// # Errors
/// A step cannot happen: what, and why.
pub async fn record(ground: &Ground, file: &Path, scenario: &Scenario, connections: &Map<String, Value>) -> Result<Scenario, Refused> {
    let config = Config::from_parts(&ServeOptions::default(), |name| std::env::var(name).ok().filter(|_| name.starts_with("MILLRACE_EGRESS"))).map_err(|e| (e.to_string(), Vec::new()))?;
    let egress = Egress::new(config.outgoing.egress()).map_err(|e| (e.to_string(), Vec::new()))?;
    let mut recorded = scenario.clone();
    if recorded.clock.is_none() {
        recorded.clock = Some(millrace_server::Clock::System.now().to_string());
    }
    let script = Script::new(&[], scenario.ai.clone());
    let recorder = Arc::new(Recorder { egress, script, heard: Mutex::default() });
    let stage = ground.stage("record", beginning(&recorded)?, scenario.ai.is_some(), recorder.clone()).await?;
    let mut play = match set(stage, scenario, file, connections).await {
        Ok(play) => play,
        Err((stage, refused)) => {
            stage.close().await;
            return Err(refused);
        }
    };
    let happened = steps(&mut play, &mut recorded).await;
    play.stage.close().await;
    happened?;
    recorded.exchanges = std::mem::take(&mut *recorder.heard.lock());
    Ok(recorded)
}

async fn steps(play: &mut Play, recorded: &mut Scenario) -> Result<(), Refused> {
    let mut kept = storage(play).await;
    for step in &mut recorded.steps {
        let answer = play.happen(step).await?;
        let now = play.runs().await?;
        let is_new = |run: &&Value| !play.before.contains(run);
        let runs: Vec<OneRun> = now.iter().filter(is_new).map(one).collect();
        let after = storage(play).await;
        let mut expect = Expect { storage: changed(&kept, &after), ..Expect::default() };
        match runs.as_slice() {
            [only] => (expect.status, expect.result, expect.error) = (only.status.clone(), only.result.clone(), only.error.clone()),
            _ => expect.runs = Some(Runs::Each(runs)),
        }
        if let Some(answer) = answer.filter(|answer| !answer.is_ok()) {
            expect.response = Some(json!({"status": answer.status}));
        }
        step.expect = Some(expect);
        kept = after;
    }
    Ok(())
}

fn one(run: &Value) -> OneRun {
    let result = Some(without_ids(&run["output"])).filter(|output| !output.is_null());
    let error = run["error"].as_object().map(|_| json!({"code": run["error"]["code"], "message": run["error"]["message"]}));
    OneRun { status: text(run, "status").map(str::to_owned), result, error }
}

async fn storage(play: &Play) -> Map<String, Value> {
    let workflow = &play.installed.workflow;
    let keys = play.stage.keep(workflow, "storage.keys", &json!({})).await.unwrap_or_default();
    let mut kept = Map::new();
    for key in keys.as_array().into_iter().flatten().filter_map(Value::as_str) {
        kept.insert(key.to_owned(), play.stage.keep(workflow, "storage.get", &json!({ "key": key })).await.unwrap_or_default());
    }
    kept
}

fn changed(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let new = after.iter().filter(|(key, value)| before.get(*key) != Some(value)).map(|(key, value)| (key.clone(), without_ids(value)));
    let gone = before.keys().filter(|key| !after.contains_key(*key)).map(|key| (key.clone(), json!({"$absent": true})));
    new.chain(gone).collect()
}
