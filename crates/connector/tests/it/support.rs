//! A stand-in provider, an executor that reaches it, and a connection that counts its refreshes.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use millrace_connector::executor::ExecutorLimits;
use millrace_connector::{
    ActionResult, Connection, ConnectionError, Connector, Credentials, Executor, OperationCall, Registry,
};
use millrace_egress::standin::{Reply, Standin};
use millrace_egress::{Egress, EgressConfig, EgressMap};
use parking_lot::Mutex;
use serde_json::{Value, json};

/// 2024-05-20T10:00:00Z.
pub const NOW_MS: i64 = 1_716_199_200_000;

/// A client whose requests to `hosts` reach the stand-in.
pub fn egress(standin: &Standin, hosts: &[String]) -> Egress {
    let map: Vec<String> = hosts.iter().map(|host| format!("{host}={}", standin.url())).collect();
    let config = EgressConfig { map: EgressMap::parse(&map.join(",")).unwrap(), ..EgressConfig::default() };
    Egress::new(config).unwrap()
}

/// Short waits between attempts, so that retries take milliseconds; patient with attempts, because tests share cores.
pub fn quick() -> ExecutorLimits {
    ExecutorLimits {
        attempt_timeout: Duration::from_secs(10),
        budget: Duration::from_secs(30),
        retry_after: Duration::from_secs(2),
        backoff_first: Duration::from_millis(4),
        backoff_max: Duration::from_millis(20),
    }
}

/// An executor over the built-in connectors and one more, all mapped to the stand-in.
pub fn executor(standin: &Standin, extra: Option<&str>) -> Executor {
    executor_with(standin, extra, quick())
}

/// The same with other limits.
pub fn executor_with(standin: &Standin, extra: Option<&str>, limits: ExecutorLimits) -> Executor {
    let mut registry = Registry::builtin().unwrap();
    if let Some(text) = extra {
        registry.add("test.yaml", Connector::parse("test.yaml", text).unwrap_or_else(|e| panic!("{e}"))).unwrap();
    }
    // Several services may share a host; it is mapped once.
    let hosts: BTreeSet<String> = registry.all().flat_map(|connector| connector.hosts.clone()).collect();
    let hosts: Vec<String> = hosts.into_iter().collect();
    Executor::new(egress(standin, &hosts), Arc::new(registry), limits)
}

/// A connection in memory.
pub struct TestConnection {
    pub id: String,
    pub current: Mutex<Credentials>,
    pub renewals: Mutex<VecDeque<Result<Credentials, ConnectionError>>>,
    pub refreshed: AtomicUsize,
}

impl TestConnection {
    pub fn new(fields: Value) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        Self {
            id: format!("conn_{}", NEXT.fetch_add(1, Ordering::Relaxed)),
            current: Mutex::new(Credentials::from_json(&fields).unwrap()),
            renewals: Mutex::new(VecDeque::new()),
            refreshed: AtomicUsize::new(0),
        }
    }

    pub fn token() -> Self {
        Self::new(serde_json::json!({"access_token": "test-token"}))
    }

    pub fn renews_to(self, fields: Value) -> Self {
        self.renewals.lock().push_back(Ok(Credentials::from_json(&fields).unwrap()));
        self
    }

    pub fn refreshes(&self) -> usize {
        self.refreshed.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Connection for TestConnection {
    fn id(&self) -> &str {
        &self.id
    }

    async fn credentials(&self) -> Result<Credentials, ConnectionError> {
        Ok(self.current.lock().clone())
    }

    async fn refresh(&self, _stale: &Credentials) -> Result<Credentials, ConnectionError> {
        self.refreshed.fetch_add(1, Ordering::SeqCst);
        let renewed = self.renewals.lock().pop_front();
        let renewed = renewed.unwrap_or_else(|| Err(ConnectionError::Expired("no refresh token".to_owned())))?;
        *self.current.lock() = renewed.clone();
        Ok(renewed)
    }
}

/// A call with the usual circumstances.
pub fn operation<'a>(
    service: &'a str,
    operation: &'a str,
    args: &'a [Value],
    connection: &'a dyn Connection,
) -> OperationCall<'a> {
    OperationCall {
        service,
        operation,
        args,
        connection,
        idempotency_key: "run_1:7",
        correlation_id: "run_1",
        at_most_once: false,
        now_ms: NOW_MS,
        budget: None,
        scope: None,
    }
}

/// The failure's code and message.
pub fn failure(result: &ActionResult) -> (&'static str, &str) {
    let error = result.error.as_ref().unwrap_or_else(|| panic!("expected a failure, got {result:?}"));
    (error.code.as_str(), &error.message)
}

/// A stand-in that answers every request with the replies in turn, repeating the last.
pub async fn answering(replies: Vec<Reply>) -> Standin {
    let standin = Standin::start().await.unwrap();
    standin.on_each("*", "/**", replies);
    standin
}

/// A service for what no built-in one has.
pub const LAB: &str = r#"# schema: millrace.connector/1
service: lab
title: Lab
base_url: https://lab.test/{site}/api
hosts: [lab.test]
spelling: snake
auth:
  - kind: api_key
    place: {headers: {X-Key: "key {api_key}"}, query: {site: "{site}"}}
    fields: {api_key: {}, site: {secret: false}, sender: {secret: false, optional: true}}
  - kind: basic
    place: {basic: {username: "{account}", password: "{password}"}}
    fields: {account: {secret: false}, password: {}, site: {secret: false}}
errors: {message: [detail], status: {418: conflict}}
operations:
  read: {method: GET, path: /read, result: {}}
  write: {method: POST, path: /write, params: {from: {connection: sender}}}
  put: {method: PUT, path: /put}
  gone: {method: DELETE, path: /gone, result: {empty: {done: true}}}
  files:
    method: GET
    path: /repo/{path}
    params: {path: {required: true, encode: keep_slashes}}
  linked:
    method: GET
    path: /linked
    params: {max: {type: integer}}
    result: {items: "", hidden: {rows: "@data"}}
    pagination: {style: link, all: {limit: 3, limit_param: max}}
  numbered:
    method: GET
    path: /numbered
    params: {page: {type: integer}}
    result: {items: rows}
    pagination: {style: page, send: page}
  strict: {method: GET, path: /strict, rest: refuse, params: {tags: {join: ","}, at: {type: datetime}, n: {type: integer}}}
  slow_lane: {method: GET, path: /lane, rate: {requests: 1, seconds: 5}}
"#;

/// A connection to it.
pub fn lab() -> TestConnection {
    TestConnection::new(json!({"api_key": "key-0123456789", "site": "s 1", "sender": "+4912"}))
}

/// A plain success.
pub fn ok() -> Reply {
    Reply::json(200, json!({"id": 1}))
}

/// Reads a meeting.
pub async fn zoom(standin: &Standin) -> ActionResult {
    let connection = TestConnection::token();
    executor(standin, None).call(operation("zoom", "getMeeting", &[json!("1")], &connection)).await
}

/// Posts a message.
pub async fn slack_post(standin: &Standin, once: bool) -> ActionResult {
    let connection = TestConnection::token();
    let args = [json!({"channel": "C1", "text": "x"})];
    let mut call = operation("slack", "chat.postMessage", &args, &connection);
    call.at_most_once = once;
    executor(standin, None).call(call).await
}
