//! One operation from arguments to data.

use std::time::Duration;

use millrace_egress::Response;
use serde_json::{Map, Value};

use super::exchange::{Lost, Outgoing};
use super::rate::{self, Bucket};
use super::session::Session;
use super::steps;
use crate::answer::{self, Failure, Parsed, Shaped, judge, parse, shape};
use crate::error::ErrorCode;
use crate::json_path;
use crate::limits;
use crate::request::{self, Bound, Draft, LookUp};
use crate::schema::{Batch, Connector, Each, Follow, FollowTransform, Method, Operation, RetryClass};

/// An operation with its canonical name.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub name: &'a str,
    pub operation: &'a Operation,
}

/// A success as far as the body could be read.
pub(super) struct Answer {
    pub response: Response,
    pub parsed: Parsed,
    /// The status is one of `null_on`.
    pub nothing: bool,
}

/// Performs an operation.
pub(super) async fn perform(
    session: &mut Session<'_>,
    named: Named<'_>,
    args: &[Value],
) -> Result<Shaped, Failure> {
    let operation = named.operation;
    if let Some(text) = &operation.unsupported {
        return Err(Failure::new(ErrorCode::ApiError, text.clone()));
    }
    let mut bound = request::bind(session.connector, operation, args)?;
    if let Some(target) = steps::instead(operation, &bound) {
        let target = known(session.connector, target)?;
        return Box::pin(perform(session, target, args)).await;
    }
    bound.now_ms = session.now_ms;
    let credentials = session.credentials().await?.clone();
    for look_up in request::look_ups(operation, &mut bound, &credentials) {
        let value = ask(session, &look_up).await?;
        bound.values.insert(look_up.param, value);
    }
    request::settle(operation, &mut bound, &credentials, session.now_ms)?;
    steps::prepare(session, operation, &mut bound).await?;
    if let Some(batch) = &operation.batch {
        return send_batches(session, named, batch, bound).await;
    }
    let draft = request::draft(session.connector, operation, &bound)?;
    let shaped = if operation.pagination.is_some() {
        super::pages::read(session, named, &bound, draft).await?
    } else {
        let answer = send(session, named, &draft, 0).await?;
        let shaped = data_of(operation, &bound, &answer)?;
        match &operation.then {
            Some(follow) if !answer.nothing => follow_up(session, named, follow, &shaped.data).await?,
            _ => shaped,
        }
    };
    let shaped = match &operation.each {
        Some(each) => complete(session, each, shaped).await?,
        None => shaped,
    };
    match &operation.union {
        Some(union) => steps::append(session, union, args, shaped).await,
        None => Ok(shaped),
    }
}

/// Completes each item of a list by another operation, one after the other.
async fn complete(session: &mut Session<'_>, each: &Each, mut shaped: Shaped) -> Result<Shaped, Failure> {
    let Value::Array(items) = &mut shaped.data else { return Ok(shaped) };
    let target = known(session.connector, &each.operation)?;
    items.truncate(each.limit);
    for item in items {
        let mut options = Map::new();
        for (name, path) in &each.args {
            options.insert(name.clone(), json_path::get(item, path).cloned().unwrap_or(Value::Null));
        }
        let found = Box::pin(perform(session, target, &[Value::Object(options)])).await?;
        if let Value::Object(members) = item {
            members.insert(each.into.clone(), found.data);
        }
    }
    Ok(shaped)
}

/// Sends one drafted request of the operation.
pub(super) async fn send(
    session: &mut Session<'_>,
    named: Named<'_>,
    draft: &Draft,
    part: u32,
) -> Result<Answer, Failure> {
    let operation = named.operation;
    let connector = session.connector;
    let now_ms = session.now_ms;
    let buckets = buckets_of(session, named);
    let outgoing = Outgoing {
        draft,
        class: operation.retry_class(&connector.idempotency),
        timeout: timeout(session, operation),
        buckets: &buckets,
        part,
    };
    let judged = |response: Response| {
        let parsed = parse(&response.headers, &response.body);
        match judge(connector, operation, &response, &parsed, now_ms) {
            None => {
                let nothing = operation.null_on.contains(&response.status);
                Ok(Answer { response, parsed, nothing })
            }
            Some(failure) => Err(Lost::from(failure)),
        }
    };
    session.exchange(&outgoing, judged).await.map_err(|lost| lost.failure)
}

fn buckets_of(session: &Session<'_>, named: Named<'_>) -> Vec<Bucket> {
    rate::buckets(session.connector, Some((named.name, named.operation)), session.connection.id())
}

/// Another operation of the same connector.
pub(super) fn known<'a>(connector: &'a Connector, name: &str) -> Result<Named<'a>, Failure> {
    let found = connector.operations.get_key_value(name);
    found.map(|(name, operation)| Named { name, operation }).ok_or_else(|| {
        Failure::new(ErrorCode::ConfigurationError, format!("there is no operation `{name}`"))
    })
}

fn timeout(session: &Session<'_>, operation: &Operation) -> Duration {
    let seconds = operation.timeout_s.or(session.connector.timeout_s);
    seconds.map_or(session.limits.attempt_timeout, Duration::from_secs)
}

fn data_of(operation: &Operation, bound: &Bound, answer: &Answer) -> Result<Shaped, Failure> {
    if answer.nothing {
        return Ok(Shaped { data: Value::Null, hidden: None });
    }
    if operation.result.text {
        let text = String::from_utf8_lossy(&answer.response.body).into_owned();
        return Ok(Shaped { data: Value::String(text), hidden: None });
    }
    match (&answer.parsed, &operation.result.empty) {
        (Parsed::Empty, Some(empty)) => Ok(Shaped { data: empty.clone(), hidden: None }),
        (parsed, _) => {
            shape(operation, bound, parsed.value()).map_err(|failure| failure.with_status(answer.response.status))
        }
    }
}

/// A parameter's value that only the service knows.
async fn ask(session: &mut Session<'_>, look_up: &LookUp) -> Result<Value, Failure> {
    let target = known(session.connector, &look_up.operation)?;
    let shaped = Box::pin(perform(session, target, &[])).await?;
    json_path::get_some(&shaped.data, &look_up.path).cloned().ok_or_else(|| {
        Failure::new(ErrorCode::ApiError, format!("`{}` did not answer with `{}`", look_up.operation, look_up.path))
    })
}

/// The second request of an operation.
async fn follow_up(
    session: &mut Session<'_>,
    named: Named<'_>,
    follow: &Follow,
    data: &Value,
) -> Result<Shaped, Failure> {
    let operation = named.operation;
    let Some(address) = json_path::text(data, &follow.url).filter(|text| !text.is_empty()) else {
        return Ok(Shaped { data: Value::Null, hidden: None });
    };
    let draft = Draft {
        method: Method::Get,
        path: address,
        query: Vec::new(),
        headers: vec![("Accept".to_owned(), "*/*".to_owned())],
        templates: Vec::new(),
        body: None,
        whole: None,
        auth: operation.auth.clone(),
        encoding: session.connector.body,
    };
    let connector = session.connector;
    let now_ms = session.now_ms;
    let buckets = buckets_of(session, named);
    let timeout = timeout(session, operation);
    let outgoing = Outgoing { draft: &draft, class: RetryClass::Safe, timeout, buckets: &buckets, part: 1 };
    let judged = |response: Response| {
        if (200..300).contains(&response.status) || operation.null_on.contains(&response.status) {
            return Ok(response);
        }
        let parsed = parse(&response.headers, &response.body);
        let failure = judge(connector, operation, &response, &parsed, now_ms)
            .unwrap_or_else(|| Failure::new(ErrorCode::ApiError, "the download failed"));
        Err(Lost::from(failure))
    };
    let response = session.exchange(&outgoing, judged).await.map_err(|lost| lost.failure)?;
    if operation.null_on.contains(&response.status) {
        return Ok(Shaped { data: Value::Null, hidden: None });
    }
    Ok(Shaped { data: fetched(follow.transform, &response)?, hidden: None })
}

fn fetched(transform: FollowTransform, response: &Response) -> Result<Value, Failure> {
    let text = String::from_utf8_lossy(&response.body);
    match transform {
        FollowTransform::Text => Ok(Value::String(text.into_owned())),
        FollowTransform::Json => match parse(&response.headers, &response.body) {
            Parsed::Json(value) => Ok(value),
            _ => Err(Failure::new(ErrorCode::ApiError, "the download is not JSON").with_status(response.status)),
        },
        FollowTransform::WebvttTranscript if text.trim_start_matches('\u{feff}').starts_with("WEBVTT") => {
            Ok(answer::transcript(&text))
        }
        FollowTransform::WebvttTranscript => {
            Err(Failure::new(ErrorCode::ApiError, "the download is not a WebVTT file").with_status(response.status))
        }
    }
}

/// One long list in several requests.
async fn send_batches(
    session: &mut Session<'_>,
    named: Named<'_>,
    batch: &Batch,
    mut bound: Bound,
) -> Result<Shaped, Failure> {
    let Some(Value::Array(items)) = bound.values.get(&batch.param).cloned() else {
        return Err(Failure::input(format!("needs a list as `{}`", batch.param)));
    };
    let number = |bound: &Bound, param: &Option<String>| {
        param.as_ref().and_then(|name| bound.values.get(name)).and_then(Value::as_u64)
    };
    let size = number(&bound, &batch.size_param).map_or(batch.size, |n| (n as usize).clamp(1, batch.size));
    let pause = Duration::from_millis(number(&bound, &batch.pause_param).unwrap_or(batch.pause_ms));
    let chunks: Vec<&[Value]> = items.chunks(size).collect();
    if chunks.len() > limits::BATCHES {
        return Err(Failure::input(format!("would need {} requests; at most {} are made", chunks.len(), limits::BATCHES)));
    }
    for (i, chunk) in chunks.iter().enumerate() {
        bound.values.insert(batch.param.clone(), Value::Array(chunk.to_vec()));
        let draft = request::draft(session.connector, named.operation, &bound)?;
        send(session, named, &draft, i as u32).await.map_err(|mut failure| {
            let (sent, all) = (i * size, items.len());
            failure.message = format!("request {} of {} failed ({sent} of {all} items were sent): {}", i + 1, chunks.len(), failure.message);
            failure
        })?;
        if i + 1 < chunks.len() {
            session.pauses.pass(pause.min(limits::BATCH_PAUSE).min(session.remaining())).await;
        }
    }
    let mut counts = Map::new();
    counts.insert(batch.count_items.clone(), items.len().into());
    counts.insert(batch.count_requests.clone(), chunks.len().into());
    Ok(Shaped { data: Value::Object(counts), hidden: None })
}
