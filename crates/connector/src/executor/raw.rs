//! `X.request(path, init)`: the provider's API directly, signed like an operation.

use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use millrace_egress::{Response, Scope};

use super::exchange::{Lost, Outgoing};
use super::session::Session;
use super::{Executor, OperationCall, rate};
use crate::answer::{ActionResult, Failure, Outcome, retry_after};
use crate::credentials::Connection;
use crate::error::ErrorCode;
use crate::request::Draft;
use crate::schema::{BodyEncoding, Method, RetryClass};

/// A call of `request()`.
#[derive(Clone, Copy)]
pub struct RawCall<'a> {
    /// The service as the workflow names it.
    pub service: &'a str,
    /// Path under the service's base URL, with its query; or a whole address on one of the service's hosts.
    pub path: &'a str,
    /// GET, POST, PUT, PATCH or DELETE, in any case; empty = GET.
    pub method: &'a str,
    /// Headers of the caller; credentials in them are replaced by the connection's.
    pub headers: &'a [(String, String)],
    /// The body.
    pub body: Option<&'a [u8]>,
    /// The tenant's connection.
    pub connection: &'a dyn Connection,
    /// `<run>:<seq>`, sent with every non-GET.
    pub idempotency_key: &'a str,
    /// The run, sent as `X-Correlation-ID`.
    pub correlation_id: &'a str,
    /// No second attempt once the provider may have seen the first.
    pub at_most_once: bool,
    /// The run's clock, in milliseconds since 1970.
    pub now_ms: i64,
    /// Time for everything; `None` = the executor's limit.
    pub budget: Option<Duration>,
    /// The installation's secret inputs.
    pub scope: Option<&'a Scope>,
}

/// A provider's answer, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawResponse {
    /// Status code.
    pub status: u16,
    /// Reason phrase.
    pub status_text: String,
    /// Where it came from.
    pub url: String,
    /// Whether a redirect was followed.
    pub redirected: bool,
    /// Headers in order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; secrets of the connection are hidden.
    pub body: Bytes,
}

impl From<Response> for RawResponse {
    fn from(response: Response) -> Self {
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Self {
            status: response.status,
            status_text: response.status_text,
            url: response.url.into(),
            redirected: response.redirected,
            headers: response.headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect(),
            body: response.body,
        }
    }
}

impl Executor {
    /// Sends a request of the workflow's own making to a service. Any answer is `Ok`; without an answer the error is
    /// the result that an operation would have had.
    pub async fn request(&self, call: RawCall<'_>) -> Result<RawResponse, Box<ActionResult>> {
        let failed = |service: &str, failure: &Failure| {
            Box::new(ActionResult::failure(service, "request", failure, call.now_ms))
        };
        let Some(connector) = self.registry.get(call.service).cloned() else {
            let failure = Failure::new(ErrorCode::ConfigurationError, "there is no connector for this service");
            return Err(failed(call.service, &failure));
        };
        let like_operation = OperationCall {
            service: call.service,
            operation: "request",
            args: &[],
            connection: call.connection,
            idempotency_key: call.idempotency_key,
            correlation_id: call.correlation_id,
            at_most_once: call.at_most_once,
            now_ms: call.now_ms,
            budget: call.budget,
            scope: call.scope,
        };
        let mut session = Session::new(self, &connector, &like_operation);
        let begun = std::time::Instant::now();
        let sent = send(&mut session, &call).await;
        crate::measure::called(&connector.service, sent.is_ok(), begun.elapsed());
        match sent {
            Ok(response) => Ok(response.into()),
            Err(mut failure) => {
                failure.message = session.mask(&failure.message);
                Err(failed(&connector.service, &failure))
            }
        }
    }
}

async fn send(session: &mut Session<'_>, call: &RawCall<'_>) -> Result<Response, Failure> {
    let method = match call.method.to_ascii_uppercase().as_str() {
        "" | "GET" => Method::Get,
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        other => return Err(Failure::input(format!("cannot use the method {other}"))),
    };
    let draft = Draft {
        method,
        path: path(&session.connector.base_url, call.path)?,
        query: Vec::new(),
        headers: Vec::new(),
        templates: Vec::new(),
        body: None,
        whole: None,
        auth: None,
        encoding: BodyEncoding::Json,
    };
    let class = match method {
        Method::Get | Method::Head => RetryClass::Safe,
        Method::Put | Method::Delete => RetryClass::Idempotent,
        Method::Post | Method::Patch if session.connector.idempotency.honoured => RetryClass::Key,
        Method::Post | Method::Patch => RetryClass::Never,
    };
    let buckets = rate::buckets(session.connector, None, session.connection.id());
    let timeout = session.connector.timeout_s.map_or(session.limits.attempt_timeout, Duration::from_secs);
    let outgoing = Outgoing { draft: &draft, class, timeout, buckets: &buckets, part: 0 };
    session.own_headers = own_headers(call.headers)?;
    session.own_body = call.body.map(Bytes::copy_from_slice);
    let now_ms = call.now_ms;
    match session.exchange(&outgoing, |response| judge(response, now_ms)).await {
        Ok(response) => Ok(response),
        Err(Lost { last: Some(response), .. }) => Ok(*response),
        Err(Lost { failure, last: None }) => Err(failure),
    }
}

/// Only statuses that another attempt may change count as failures; the last answer is handed over all the same.
fn judge(response: Response, now_ms: i64) -> Result<Response, Lost<Response>> {
    let code = match response.status {
        401 => ErrorCode::AuthExpired,
        429 => ErrorCode::RateLimited,
        500 | 502 | 503 | 504 => ErrorCode::ProviderDown,
        _ => return Ok(response),
    };
    let mut failure = Failure::new(code, format!("answered {}", response.status)).with_status(response.status);
    failure.retry_after = retry_after(&response.headers, now_ms);
    failure.passing = true;
    failure.outcome = if code == ErrorCode::ProviderDown { Outcome::MaybeDone } else { Outcome::NotDone };
    Err(Lost { failure, last: Some(Box::new(response)) })
}

/// A path that repeats the base URL's own path is not doubled: `/v1/pages` under `https://api.notion.com/v1`.
fn path(base_url: &str, path: &str) -> Result<String, Failure> {
    if path.starts_with("https://") {
        return Ok(path.to_owned());
    }
    if !path.starts_with('/') || path.starts_with("//") || path.contains('\\') {
        return Err(Failure::input("needs a path that begins with one `/`"));
    }
    if path.split(['/', '?', '#']).any(is_dots) {
        return Err(Failure::input("`.` and `..` are not allowed in a path"));
    }
    let base_path = base_url.splitn(4, '/').nth(3).map(|rest| format!("/{}", rest.trim_end_matches('/')));
    Ok(match base_path.filter(|base| base.len() > 1 && !base.contains('{')) {
        Some(base) if path.strip_prefix(base.as_str()).is_some_and(|rest| rest.starts_with('/')) => {
            path[base.len()..].to_owned()
        }
        _ => path.to_owned(),
    })
}

fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

/// The caller's headers without credentials: those are the connection's.
fn own_headers(given: &[(String, String)]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let parsed = name.parse::<HeaderName>().ok().zip(HeaderValue::from_str(value).ok());
        let Some((name, value)) = parsed else {
            return Err(Failure::input(format!("header `{name}` cannot be sent")));
        };
        if name != AUTHORIZATION && name != COOKIE {
            headers.append(name, value);
        }
    }
    Ok(headers)
}
