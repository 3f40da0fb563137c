//! Contract tests: fixtures of a connector directory, played through the real executor against a loopback stand-in.
//!
//! `<service>/fixtures/<operation>[@variant].json`:
//! `{connection?, args, request, response, then?: [{request, response}], result}`. Times are those of
//! 2024-05-20T10:00:00Z. A fixture without `request` must fail before anything is sent. A header that is `null` must be
//! absent; without `authorization` among the headers, `Bearer test-token` is expected.

mod compare;
mod directory;
mod fixture;

pub use directory::{Checked, Wrong, check_dir};
pub use fixture::{Exchange, Expected, Fixture, SentRequest, StandInResponse};

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use millrace_egress::standin::{Reply, Standin};
use millrace_egress::{Egress, EgressConfig, EgressMap};
use parking_lot::Mutex;
use serde_json::json;

use crate::{Connection, ConnectionError, Credentials, Executor, ExecutorLimits, OperationCall, Registry};

/// The instant of every fixture: 2024-05-20T10:00:00Z, in milliseconds since 1970.
pub const NOW_MS: i64 = 1_716_199_200_000;

/// A stand-in for every host of a registry's connectors.
pub struct Contract {
    standin: Standin,
    replies: Arc<Mutex<VecDeque<Reply>>>,
    egress: Egress,
    registry: Arc<Registry>,
}

impl Contract {
    /// Starts the stand-in. The error is a sentence: no port, or a host that cannot be mapped.
    pub async fn start(registry: Arc<Registry>) -> Result<Self, String> {
        let standin = Standin::start().await.map_err(|e| format!("no stand-in can be started: {e}"))?;
        let replies: Arc<Mutex<VecDeque<Reply>>> = Arc::default();
        let queue = replies.clone();
        standin.on_fn("*", "/**", move |_| queue.lock().pop_front().unwrap_or_else(|| Reply::new(599)));
        // Several services may share a host; it is mapped once.
        let hosts: BTreeSet<&String> = registry.all().flat_map(|connector| &connector.hosts).collect();
        let map: Vec<String> = hosts.into_iter().map(|host| format!("{host}={}", standin.url())).collect();
        let map = EgressMap::parse(&map.join(",")).map_err(|e| e.to_string())?;
        let egress = Egress::new(EgressConfig { map, ..EgressConfig::default() }).map_err(|e| e.to_string())?;
        Ok(Self { standin, replies, egress, registry })
    }

    /// Plays one fixture of an operation; the error says what differed.
    pub async fn play(&self, service: &str, operation: &str, fixture: &Fixture) -> Result<(), String> {
        let connector = self.registry.get(service).ok_or("there is no such connector")?;
        let exchanges = fixture.exchanges();
        *self.replies.lock() = exchanges.iter().map(|exchange| exchange.response.reply()).collect();
        self.standin.clear();
        let fields = fixture.connection.clone().unwrap_or_else(|| json!({"access_token": "test-token"}));
        let connection = Fixed(Credentials::from_json(&fields)?);
        // An executor of its own: what earlier fixtures used up of a rate limit is not this one's concern.
        let executor = Executor::new(self.egress.clone(), self.registry.clone(), quick());
        let result = executor.call(call(service, operation, fixture, &connection)).await;
        let sent = self.standin.requests();
        if sent.len() != exchanges.len() {
            let (sent, expected) = (sent.len(), exchanges.len());
            return Err(format!("{sent} requests were sent, {expected} expected; result {}", result.to_json()));
        }
        for (i, (exchange, sent)) in exchanges.iter().zip(&sent).enumerate() {
            compare::request(connector, &exchange.request, sent).map_err(|e| format!("request {i}: {e}"))?;
        }
        compare::result(service, operation, &fixture.result, &result)
    }
}

fn call<'a>(service: &'a str, operation: &'a str, fixture: &'a Fixture, connection: &'a Fixed) -> OperationCall<'a> {
    OperationCall {
        service,
        operation,
        args: &fixture.args,
        connection,
        idempotency_key: compare::KEY,
        correlation_id: compare::RUN,
        at_most_once: false,
        now_ms: NOW_MS,
        budget: None,
        scope: None,
    }
}

/// Short waits between attempts, so that retries take milliseconds; patient with attempts, because machines are shared.
fn quick() -> ExecutorLimits {
    ExecutorLimits {
        attempt_timeout: Duration::from_secs(10),
        budget: Duration::from_secs(30),
        retry_after: Duration::from_secs(2),
        backoff_first: Duration::from_millis(4),
        backoff_max: Duration::from_millis(20),
    }
}

/// A connection that is what the fixture says.
struct Fixed(Credentials);

#[async_trait]
impl Connection for Fixed {
    fn id(&self) -> &str {
        "conn_fixture"
    }

    async fn credentials(&self) -> Result<Credentials, ConnectionError> {
        Ok(self.0.clone())
    }

    async fn refresh(&self, _stale: &Credentials) -> Result<Credentials, ConnectionError> {
        Err(ConnectionError::Expired("no refresh token".to_owned()))
    }
}
