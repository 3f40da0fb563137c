//! What a workspace may use where nothing else was decided, and who decides.

use super::Token;
use super::reader::Reader;
use crate::quotas::Limits;
use crate::quotas::limits::{MOST, MOST_BYTES};

/// What a workspace may use where nothing else was decided, and who decides.
#[derive(Debug, Clone, Default)]
pub struct QuotaConfig {
    /// Opens the operator's routes; without it they are closed.
    pub operator_token: Option<Token>,
    /// In place of the product's own defaults.
    pub defaults: Limits,
}

impl QuotaConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let operator_token = Token::read(read, "MILLRACE_OPERATOR_TOKEN");
        let mut up_to = |name: &str, most: u64| read.text(name).is_some().then(|| read.number(name, 0, 1..=most));
        let (stored_bytes, run_bytes) = (up_to("MILLRACE_QUOTA_STORED_BYTES", MOST_BYTES), up_to("MILLRACE_QUOTA_RUN_BYTES", MOST_BYTES));
        let mut number = |name: &str| up_to(name, MOST);
        let defaults = Limits {
            concurrent_runs: None,
            queued_runs: number("MILLRACE_QUOTA_QUEUED_RUNS"),
            runs_per_minute: number("MILLRACE_QUOTA_RUNS_PER_MINUTE"),
            webhooks_per_minute: number("MILLRACE_QUOTA_WEBHOOKS_PER_MINUTE"),
            log_lines_per_run: number("MILLRACE_QUOTA_LOG_LINES"),
            stored_bytes,
            run_bytes,
        };
        Self { operator_token, defaults }
    }
}
