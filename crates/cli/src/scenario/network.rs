//! The scenario in the network's place: recognises requests, answers them, and keeps what was asked.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use millrace_server::egress::{EgressError, Network, Phase, Request, Response, Scope};
use millrace_server::stage::MODEL_URL;
use parking_lot::Mutex;
use serde_json::{Map, Value, json};
use url::Url;

use super::file::{Answered, Any, Broken, Exchange, Parts, Said, Times};
use super::matching::{Difference, differences};

/// A request that left.
#[derive(Debug, Clone)]
pub struct Call {
    /// `GET` …
    pub method: String,
    /// Without query.
    pub url: String,
    /// By name; repeated ones as lists.
    pub query: Value,
    /// By lower-case name.
    pub headers: Value,
    /// JSON, form fields, or text.
    pub body: Value,
}

/// A request that nothing answers.
#[derive(Debug, Clone)]
pub struct Unanswered {
    /// The request.
    pub call: Call,
    /// The exchange that is most like it, counted from 1, and what differs.
    pub nearest: Option<(usize, Vec<Difference>)>,
}

#[derive(Default)]
struct State {
    /// How often each exchange has answered.
    used: Vec<u32>,
    calls: Vec<Call>,
    unanswered: Vec<Unanswered>,
    /// What the model was asked.
    asked: Vec<String>,
    said: usize,
}

/// The network of a scenario.
pub struct Script {
    exchanges: Vec<(Parts, Answered, Times)>,
    model: Option<Vec<Said>>,
    state: Mutex<State>,
}

impl Script {
    /// The network that these exchanges are.
    pub fn new(exchanges: &[Exchange], model: Option<Vec<Said>>) -> Self {
        let exchanges: Vec<_> = exchanges.iter().map(|e| (e.request.parts(), e.response.clone(), e.times)).collect();
        let state = State { used: vec![0; exchanges.len()], ..State::default() };
        Self { exchanges, model, state: Mutex::new(state) }
    }

    /// What left since the last look.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut self.state.lock().calls)
    }

    /// What had no exchange since the last look.
    pub fn take_unanswered(&self) -> Vec<Unanswered> {
        std::mem::take(&mut self.state.lock().unanswered)
    }

    /// What the model was asked since the last look.
    pub fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().asked)
    }

    /// Exchanges that answered less often than they say: number from 1, request, wanted, used.
    pub fn unused(&self) -> Vec<(usize, &Parts, u32, u32)> {
        let used = self.state.lock().used.clone();
        let each = self.exchanges.iter().zip(used).enumerate();
        each.filter_map(|(n, ((parts, _, times), used))| match times {
            Times::Exactly(wanted) if used < *wanted => Some((n + 1, parts, *wanted, used)),
            _ => None,
        })
        .collect()
    }

    /// Answers of the model that nobody asked for.
    pub fn unsaid(&self) -> usize {
        self.model.as_ref().map_or(0, Vec::len).saturating_sub(self.state.lock().said)
    }

    /// Answers one request, and keeps it.
    ///
    /// # Errors
    /// No exchange fits, or the one that does says that the network fails.
    pub fn answer(&self, call: Call, url: Url) -> Result<Response, EgressError> {
        if let Some(answer) = self.model_answer(&call) {
            return Ok(response(&answer, url));
        }
        let mut state = self.state.lock();
        state.calls.push(call.clone());
        let free = |n: usize, used: &[u32]| match self.exchanges[n].2 {
            Times::Any(Any::Any) => true,
            Times::Exactly(times) => used[n] < times,
        };
        let fitting = (0..self.exchanges.len()).find(|n| free(*n, &state.used) && self.exchanges[*n].0.misses(&call).is_empty());
        let Some(n) = fitting else {
            let message = format!("the scenario has no exchange for {} {}", call.method, call.url);
            let nearest = self.nearest(&call, &state.used);
            state.unanswered.push(Unanswered { nearest, call });
            return Err(EgressError::BadRequest { reason: message });
        };
        state.used[n] += 1;
        let answered = &self.exchanges[n].1;
        match answered.error {
            Some(broken) => Err(failure(broken, &url)),
            None => Ok(response(answered, url)),
        }
    }

    /// The model's next answer, if this is a question to it.
    fn model_answer(&self, call: &Call) -> Option<Answered> {
        let model = self.model.as_ref()?;
        if !call.url.starts_with(MODEL_URL) || !call.url.ends_with("/chat/completions") {
            return None;
        }
        let texts = call.body["messages"].as_array().into_iter().flatten().filter_map(|message| message["content"].as_str());
        let mut state = self.state.lock();
        state.asked.push(texts.collect::<Vec<_>>().join("\n"));
        let said = model.get(state.said);
        state.said += 1;
        Some(match said {
            Some(Said::Text(text) | Said::Answer { text }) => Answered { body: Some(completion(text)), ..Answered::default() },
            Some(Said::Refusal { error }) => Answered { status: Some(400), body: Some(json!({"error": {"message": error}})), ..Answered::default() },
            None => Answered { status: Some(400), body: Some(json!({"error": {"message": format!("the scenario's `ai` has {} answers, and this is question {}", model.len(), state.said)}})), ..Answered::default() },
        })
    }

    /// The exchange that differs in the fewest places; one that is used up only if nothing else is like it.
    fn nearest(&self, call: &Call, used: &[u32]) -> Option<(usize, Vec<Difference>)> {
        let candidates = self.exchanges.iter().enumerate().map(|(n, (parts, _, times))| {
            let mut misses = parts.misses(call);
            if let Times::Exactly(times) = times
                && used[n] >= *times
            {
                misses.push(Difference { path: "times".into(), expected: times.to_string(), actual: Some(json!("one more")) });
            }
            (n + 1, misses)
        });
        let far = |misses: &[Difference]| misses.iter().map(|miss| if matches!(miss.path.as_str(), "url" | "method") { 10 } else { 1 }).sum::<usize>();
        candidates.min_by_key(|(_, misses)| far(misses)).filter(|(_, misses)| far(misses) < 20)
    }
}

#[async_trait::async_trait]
impl Network for Script {
    async fn exchange(&self, _shown: &Request, sent: Request, _scope: &Scope) -> Result<Response, EgressError> {
        // A network takes its time: calls that were begun together are under way together.
        tokio::task::yield_now().await;
        self.answer(Call::of(&sent), sent.url)
    }
}

impl Call {
    /// A request as scenarios see it.
    pub fn of(request: &Request) -> Self {
        let mut url = request.url.clone();
        let query = fields(url.query_pairs().map(|(name, value)| (name.into_owned(), value.into_owned())));
        url.set_query(None);
        url.set_fragment(None);
        let headers: Map<String, Value> = request.headers.iter().map(|(name, value)| (name.as_str().to_owned(), json!(String::from_utf8_lossy(value.as_bytes())))).collect();
        Self { method: request.method.to_string(), url: url.to_string(), query, body: body(&request.headers, &request.body), headers: Value::Object(headers) }
    }
}

impl Parts {
    /// What of a request is not what this says.
    pub fn misses(&self, call: &Call) -> Vec<Difference> {
        let mut found = Vec::new();
        let method = self.method.as_deref().unwrap_or("GET");
        if !method.eq_ignore_ascii_case(&call.method) {
            found.push(Difference { path: "method".into(), expected: method.to_owned(), actual: Some(json!(call.method)) });
        }
        let (url, query) = self.url.split_once('?').map_or((self.url.as_str(), None), |(url, query)| (url, Some(query)));
        if !same_address(url, &call.url) {
            found.push(Difference { path: "url".into(), expected: url.to_owned(), actual: Some(json!(call.url)) });
        }
        let of_url = query.map(|query| fields(url::form_urlencoded::parse(query.as_bytes()).into_owned()));
        let headers = self.headers.as_ref().map(lower_case);
        for (name, wanted, given) in [("query", of_url.as_ref().or(self.query.as_ref()), &call.query), ("headers", headers.as_ref(), &call.headers), ("body", self.body.as_ref(), &call.body)] {
            let inner = wanted.map(|wanted| differences(wanted, Some(given))).unwrap_or_default();
            found.extend(inner.into_iter().map(|d| Difference { path: if d.path.is_empty() { name.to_owned() } else { format!("{name}.{}", d.path) }, ..d }));
        }
        found
    }
}

fn lower_case(headers: &Value) -> Value {
    headers.as_object().map_or_else(|| headers.clone(), |members| members.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect())
}

/// Whether the addresses are the same; `*` stands for one part of the path.
fn same_address(wanted: &str, given: &str) -> bool {
    let parts = |text: &str| text.trim_end_matches('/').split('/').map(str::to_owned).collect::<Vec<_>>();
    let plain = |text: &str| Url::parse(text).map_or_else(|_| text.to_owned(), |url| url.to_string());
    let (wanted, given) = (parts(&plain(wanted)), parts(given));
    wanted.len() == given.len() && wanted.iter().zip(&given).all(|(wanted, given)| wanted == "*" || wanted == given)
}

/// Names and values; a name that is repeated has a list.
fn fields(pairs: impl Iterator<Item = (String, String)>) -> Value {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in pairs {
        found.entry(name).or_default().push(value);
    }
    found.into_iter().map(|(name, mut values)| (name, if values.len() == 1 { json!(values.remove(0)) } else { json!(values) })).collect()
}

fn body(headers: &HeaderMap, bytes: &Bytes) -> Value {
    if bytes.is_empty() {
        return Value::Null;
    }
    let kind = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        return fields(url::form_urlencoded::parse(bytes).into_owned());
    }
    serde_json::from_slice(bytes).unwrap_or_else(|_| match std::str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({"base64": BASE64.encode(bytes)}),
    })
}

fn completion(text: &str) -> Value {
    json!({"choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}], "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}})
}

fn response(answered: &Answered, url: Url) -> Response {
    let mut headers = HeaderMap::new();
    for (name, value) in &answered.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    }
    let bytes = match answered {
        Answered { body: Some(body), .. } => {
            headers.entry(http::header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
            Bytes::from(body.to_string())
        }
        Answered { text: Some(text), .. } => Bytes::from(text.clone()),
        Answered { base64: Some(text), .. } => BASE64.decode(text).map(Bytes::from).unwrap_or_default(),
        _ => Bytes::new(),
    };
    Response { status: answered.status.unwrap_or(200), status_text: String::new(), headers, body: bytes, url, redirected: false }
}

fn failure(broken: Broken, url: &Url) -> EgressError {
    let host = url.host_str().unwrap_or_default().to_owned();
    match broken {
        Broken::Timeout => EgressError::Timeout { host, after: Duration::from_secs(30), phase: Phase::Answer },
        Broken::Refused => EgressError::Connect { host, detail: "connection refused".into() },
        Broken::Reset => EgressError::Protocol { host, detail: "connection reset".into() },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::scenario::file::Asked;

    fn call(method: &str, url: &str, body: Value) -> Call {
        let url = Url::parse(url).unwrap();
        let mut request = Request::new(method.parse().unwrap(), url);
        request.body = Bytes::from(body.to_string());
        Call::of(&request)
    }

    fn script(exchanges: &str) -> Script {
        Script::new(&serde_norway::from_str::<Vec<Exchange>>(exchanges).unwrap(), None)
    }

    #[test]
    fn the_first_that_fits_and_is_not_used_up_answers() {
        let script = script("[{request: GET https://a.example/x/*, response: {status: 201}}, {request: 'GET https://a.example/x/1', times: any}]");
        let ask = || script.answer(call("GET", "https://a.example/x/1?page=2", Value::Null), Url::parse("https://a.example").unwrap()).map(|r| r.status);
        assert_eq!((ask().unwrap(), ask().unwrap(), ask().unwrap()), (201, 200, 200));
        assert!(script.unused().is_empty());
        assert_eq!(script.take_calls().len(), 3);
    }

    #[test]
    fn what_has_no_exchange_is_told_with_the_nearest() {
        let script = script("[{request: {method: POST, url: https://a.example/m, body: {channel: C1, n: 1}}}, {request: GET https://b.example/}]");
        assert!(script.answer(call("POST", "https://a.example/m", json!({"channel": "C2", "n": 1})), Url::parse("https://a.example").unwrap()).is_err());
        let lost = script.take_unanswered().remove(0);
        let (number, differs) = lost.nearest.unwrap();
        assert_eq!((number, differs[0].path.as_str()), (1, "body.channel"));
        assert_eq!(script.unused().len(), 2);
    }

    #[test]
    fn addresses_queries_and_forms() {
        let line = |text: &str| Asked::Line(text.into()).parts();
        assert!(line("GET https://a.example").misses(&call("GET", "https://a.example/", Value::Null)).is_empty());
        assert!(line("GET https://a.example/x?a=1").misses(&call("GET", "https://a.example/x?a=1&b=2", Value::Null)).is_empty());
        assert_eq!(line("GET https://a.example/x?a=1").misses(&call("GET", "https://a.example/x?a=2", Value::Null))[0].path, "query.a");
        assert!(!line("GET https://a.example/x/*").misses(&call("GET", "https://a.example/x/1/2", Value::Null)).is_empty());
        let mut request = Request::new(http::Method::POST, Url::parse("https://a.example/").unwrap());
        request.headers.insert("content-type", HeaderValue::from_static("application/x-www-form-urlencoded"));
        request.body = Bytes::from_static(b"a=1&b=2&b=3");
        assert_eq!(Call::of(&request).body, json!({"a": "1", "b": ["2", "3"]}));
    }
}
