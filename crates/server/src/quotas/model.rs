//! A workspace's limits, and what it uses of them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a workspace may use at most. A member that is absent is not limited, or limited by the node alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Runs performed at once, on all nodes together; more wait in the queue.
    #[serde(default)]
    pub concurrent_runs: Option<u64>,
    /// Runs that may wait in the queue; more are refused.
    #[serde(default)]
    pub queued_runs: Option<u64>,
    /// Runs that may be started in a minute, at once or spread over it, on each node; more are refused.
    #[serde(default)]
    pub runs_per_minute: Option<u64>,
    /// Valid webhook deliveries in a minute, at once or spread over it, on each node; more are refused.
    #[serde(default)]
    pub webhooks_per_minute: Option<u64>,
    /// Log lines that are kept of one run; what comes after is left out.
    #[serde(default)]
    pub log_lines_per_run: Option<u64>,
    /// Bytes that workflows may keep in `storage` and `env.KV`; a value that does not fit is refused. Holds within a minute.
    #[serde(default)]
    pub stored_bytes: Option<u64>,
    /// Bytes of inputs, journals, logs and large payloads that runs may leave until they are forgotten; then no new ones are
    /// accepted. Holds within a minute.
    #[serde(default)]
    pub run_bytes: Option<u64>,
}

impl Limits {
    /// These limits, with `defaults` where nothing was decided.
    #[must_use]
    pub fn or(&self, defaults: &Self) -> Self {
        Self {
            concurrent_runs: self.concurrent_runs.or(defaults.concurrent_runs),
            queued_runs: self.queued_runs.or(defaults.queued_runs),
            runs_per_minute: self.runs_per_minute.or(defaults.runs_per_minute),
            webhooks_per_minute: self.webhooks_per_minute.or(defaults.webhooks_per_minute),
            log_lines_per_run: self.log_lines_per_run.or(defaults.log_lines_per_run),
            stored_bytes: self.stored_bytes.or(defaults.stored_bytes),
            run_bytes: self.run_bytes.or(defaults.run_bytes),
        }
    }

    /// Names and values, in the order of the API.
    pub fn each(&self) -> [(&'static str, Option<u64>); 7] {
        [
            ("concurrent_runs", self.concurrent_runs),
            ("queued_runs", self.queued_runs),
            ("runs_per_minute", self.runs_per_minute),
            ("webhooks_per_minute", self.webhooks_per_minute),
            ("log_lines_per_run", self.log_lines_per_run),
            ("stored_bytes", self.stored_bytes),
            ("run_bytes", self.run_bytes),
        ]
    }
}

/// What a workspace uses now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Use {
    /// Runs being performed.
    pub running: u64,
    /// Runs in the queue, counted up to its limit.
    pub queued: u64,
    /// Bytes in `storage` and `env.KV`, as last measured.
    pub stored_bytes: u64,
    /// Bytes that runs have left, as last measured.
    pub run_bytes: u64,
}
