//! Performs operations with a tenant's connection: credentials, rate limits, retries, pages.

mod authorize;
mod exchange;
mod operate;
mod pages;
mod pauses;
mod rate;
mod raw;
mod retry;
mod session;
mod steps;

pub use pauses::Pauses;
pub use raw::{RawCall, RawResponse};

use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_egress::{Egress, Scope};
use serde_json::Value;

use crate::answer::{ActionResult, Failure};
use crate::credentials::Connection;
use crate::error::ErrorCode;
use crate::limits;
use crate::measure;
use crate::registry::Registry;
use rate::Rates;
use session::Session;

/// What an operator may change; the defaults are those of [`limits`].
#[derive(Debug, Clone, Copy)]
pub struct ExecutorLimits {
    /// Time for one attempt where the connector file says nothing.
    pub attempt_timeout: Duration,
    /// Time for a call that names no budget of its own, waits and retries included.
    pub budget: Duration,
    /// Longest `Retry-After` that is waited for inside a call.
    pub retry_after: Duration,
    /// First back-off.
    pub backoff_first: Duration,
    /// Largest back-off.
    pub backoff_max: Duration,
}

impl Default for ExecutorLimits {
    fn default() -> Self {
        Self {
            attempt_timeout: limits::ATTEMPT_TIMEOUT,
            budget: limits::CALL_BUDGET,
            retry_after: limits::RETRY_AFTER,
            backoff_first: limits::BACKOFF_FIRST,
            backoff_max: limits::BACKOFF_MAX,
        }
    }
}

/// One call of an operation.
#[derive(Clone, Copy)]
pub struct OperationCall<'a> {
    /// The service as the workflow names it.
    pub service: &'a str,
    /// The operation as the workflow names it, for example `pages.create`.
    pub operation: &'a str,
    /// Its arguments.
    pub args: &'a [Value],
    /// The tenant's connection.
    pub connection: &'a dyn Connection,
    /// `<run>:<seq>`, sent with every non-GET.
    pub idempotency_key: &'a str,
    /// The run, sent as `X-Correlation-ID`.
    pub correlation_id: &'a str,
    /// No second attempt once the provider may have seen the first; such a call ends as `unknown`.
    pub at_most_once: bool,
    /// The run's clock, in milliseconds since 1970: default dates, `expires_at`, the result's timestamp.
    pub now_ms: i64,
    /// Time for everything, waits and retries included; `None` = the executor's limit.
    pub budget: Option<Duration>,
    /// The installation's secret inputs, which may stand in arguments as placeholders.
    pub scope: Option<&'a Scope>,
}

/// Performs operations of all connectors. Cheap to share; holds the rate limits of this node.
pub struct Executor {
    egress: Egress,
    registry: Arc<Registry>,
    limits: ExecutorLimits,
    rates: Rates,
    pauses: Pauses,
}

impl Executor {
    /// An executor over one HTTP client and one set of connectors.
    pub fn new(egress: Egress, registry: Arc<Registry>, limits: ExecutorLimits) -> Self {
        registry.all().for_each(|connector| measure::expect(&connector.service));
        Self { egress, registry, limits, rates: Rates::default(), pauses: Pauses::default() }
    }

    /// The same executor, whose pauses pass in another way.
    #[must_use]
    pub fn pausing(self, pauses: Pauses) -> Self {
        Self { pauses, ..self }
    }

    /// The connectors that it knows.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Performs an operation. Whatever goes wrong is a result with `success: false`.
    pub async fn call(&self, call: OperationCall<'_>) -> ActionResult {
        let Some(connector) = self.registry.get(call.service).cloned() else {
            let failure = Failure::new(ErrorCode::ConfigurationError, "there is no connector for this service");
            return ActionResult::failure(call.service, call.operation, &failure, call.now_ms);
        };
        let Some((name, operation)) = connector.operation(call.operation) else {
            let message = unknown_operation(&connector, call.operation);
            let failure = Failure::new(ErrorCode::InvalidInput, message);
            return ActionResult::failure(&connector.service, call.operation, &failure, call.now_ms);
        };
        let begun = Instant::now();
        let mut session = Session::new(self, &connector, &call);
        let outcome = operate::perform(&mut session, operate::Named { name, operation }, call.args).await;
        let mut result = match outcome {
            Ok(shaped) => {
                let schema = operation.result.schema.as_deref();
                ActionResult::success(&connector, name, schema, shaped.data, shaped.hidden, call.now_ms)
            }
            Err(mut failure) => {
                failure.message = session.mask(&failure.message);
                ActionResult::failure(&connector.service, name, &failure, call.now_ms)
            }
        };
        measure::called(&connector.service, result.success, begun.elapsed());
        result.metadata.attempts = session.attempts;
        result.metadata.rate_limit = session.rate_limit.take();
        result
    }
}

fn unknown_operation(connector: &crate::Connector, wanted: &str) -> String {
    let known = connector.operation_names();
    let near = known.iter().find(|name| crate::spelling::same_name(name, wanted) || name.eq_ignore_ascii_case(wanted));
    match near {
        Some(name) => format!("{} has no operation of this name; it is spelled `{name}`", connector.title),
        None => format!("{} has no operation of this name; it has {}", connector.title, known.join(", ")),
    }
}
