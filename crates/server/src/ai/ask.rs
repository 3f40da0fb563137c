//! Sending one question: the key, the retries, the problems.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use millrace_connector::Pauses;
use millrace_egress::{Egress, EgressError, HostList, Reached, Redirect, Request, Response, Scope, SecretSet};
use serde_json::Value;
use url::Url;

use super::backend::{Asked, Backend};
use super::{Caller, Refusal, limits, measure};
use crate::config::AiConfig;

/// Everything that sending needs.
pub(super) struct Asking<'a> {
    pub config: &'a AiConfig,
    pub egress: &'a Egress,
    pub backend: &'static dyn Backend,
    pub caller: &'a Caller,
    pub pauses: &'a Pauses,
}

/// What became of one attempt.
enum Tried {
    Answered(Value),
    /// Another attempt may fare better, after this pause if the provider named one.
    Busy(Option<Duration>, Refusal),
    /// The same without what the model refuses to be told.
    Again(Value),
    Failed(Refusal),
}

impl Asking<'_> {
    /// Asks until there is an answer or no sense in asking.
    pub(super) async fn perform(&self, asked: Asked) -> Result<Value, Refusal> {
        let answer = self.attempts(asked).await;
        measure::called(answer.is_ok());
        answer
    }

    async fn attempts(&self, mut asked: Asked) -> Result<Value, Refusal> {
        let most = if self.caller.at_most_once { 1 } else { limits::ATTEMPTS };
        let (mut attempt, mut relented) = (1, 0);
        loop {
            match self.attempt(&asked).await {
                Tried::Answered(answer) => return Ok(answer),
                Tried::Failed(refusal) => return Err(refusal),
                Tried::Again(body) if relented < limits::RELENTINGS => {
                    relented += 1;
                    asked.body = body;
                }
                Tried::Again(_) => return Err(Refusal::model("The model refuses the options of the call.")),
                Tried::Busy(pause, refusal) => {
                    let pause = pause.unwrap_or(limits::PAUSE * attempt);
                    if attempt >= most || pause > limits::LONGEST_PAUSE {
                        return Err(refusal);
                    }
                    attempt += 1;
                    self.pauses.pass(pause).await;
                }
            }
        }
    }

    async fn attempt(&self, asked: &Asked) -> Tried {
        let request = match self.request(asked) {
            Ok(request) => request,
            Err(refusal) => return Tried::Failed(refusal),
        };
        let scope = match self.scope(&request.url) {
            Ok(scope) => scope,
            Err(refusal) => return Tried::Failed(refusal),
        };
        match self.egress.send(request, &scope).await {
            Ok(response) => self.judge(&response, asked),
            // What may have been read may have been paid for: only what never arrived is sent again.
            Err(error) if error.retryable() && error.reached() == Reached::No => Tried::Busy(None, unreachable(&error)),
            Err(error) => Tried::Failed(unreachable(&error)),
        }
    }

    fn request(&self, asked: &Asked) -> Result<Request, Refusal> {
        let unusable = || Refusal::model("The configured language model cannot be asked: its address or key is no header or address.");
        let mut request = Request::parse(Method::POST, &format!("{}{}", self.config.url, asked.path)).map_err(|_| unusable())?;
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let key = HeaderValue::from_str(&self.caller.idempotency_key).map_err(|_| unusable())?;
        headers.insert(HeaderName::from_static("idempotency-key"), key);
        for (name, value) in self.backend.headers(self.config.key.as_ref().map(|key| key.expose())) {
            let mut value = HeaderValue::from_str(&value).map_err(|_| unusable())?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static(name), value);
        }
        request.headers = headers;
        request.body = Bytes::from(asked.body.to_string());
        request.timeout = Some(self.config.timeout);
        // A redirect would carry prompt and key to wherever it leads.
        request.redirect = Redirect::Error;
        Ok(request)
    }

    /// To the configured host only; the key is hidden in whatever comes back.
    fn scope(&self, url: &Url) -> Result<Scope, Refusal> {
        let hosts = HostList::of_url(url).map_err(|error| Refusal::model(error.to_string()))?;
        let mut secrets = SecretSet::new();
        if let Some(key) = &self.config.key {
            secrets.hide(key.clone());
        }
        Ok(Scope { hosts: Some(hosts), secrets, share: Some(self.caller.share.clone()) })
    }

    fn judge(&self, response: &Response, asked: &Asked) -> Tried {
        let body: Option<Value> = serde_json::from_slice(&response.body).ok();
        if (200..300).contains(&response.status) {
            let said_no = body.as_ref().and_then(|b| b.get("success")) == Some(&Value::Bool(false));
            return match body {
                Some(body) if !said_no => Tried::Answered(body),
                body => Tried::Failed(refused(response.status, body.as_ref())),
            };
        }
        let refusal = refused(response.status, body.as_ref());
        if matches!(response.status, 408 | 409 | 429 | 500 | 502 | 503 | 504 | 529) {
            return Tried::Busy(retry_after(&response.headers), refusal);
        }
        let mut changed = asked.body.clone();
        if response.status == 400 && self.backend.relent(&body.unwrap_or_default(), &mut changed) {
            return Tried::Again(changed);
        }
        Tried::Failed(refusal)
    }
}

/// `Retry-After` in seconds; dates are not used by these providers.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(86_400.0)))
}

fn unreachable(error: &EgressError) -> Refusal {
    Refusal::model(format!("The language model could not be asked: {error}"))
}

fn refused(status: u16, body: Option<&Value>) -> Refusal {
    let said = body.and_then(problem).unwrap_or("its answer says no more");
    let said: String = said.chars().take(limits::PROBLEM_CHARS).collect();
    Refusal::model(format!("The language model's provider answered {status}: {said}"))
}

/// What providers say about a failure, wherever they say it.
fn problem(body: &Value) -> Option<&str> {
    ["/error/message", "/errors/0/message", "/0/error/message", "/error", "/message", "/detail"].into_iter().find_map(|path| body.pointer(path).and_then(Value::as_str))
}
