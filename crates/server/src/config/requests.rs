//! What incoming requests may cost.

use std::time::Duration;

use super::reader::Reader;
use crate::http::limits;

/// What incoming requests may cost.
#[derive(Debug, Clone)]
pub struct RequestConfig {
    /// Bytes of a usual request's body.
    pub body: usize,
    /// Bytes of a webhook's body.
    pub webhook_body: usize,
    /// Bytes of a deployment's body.
    pub deploy_body: usize,
    /// How long a body may take to arrive.
    pub body_time: Duration,
    /// How long request headers may take to arrive, and how long a kept connection may stay silent.
    pub header_time: Duration,
    /// Connections served at once; more wait in the system's queue.
    pub connections: usize,
    /// Proxies in front of this server that add to `X-Forwarded-For`, one behind the other; 0: callers connect directly.
    pub trusted_proxies: usize,
    /// How long the server goes on serving after it said that it is no longer ready.
    pub drain_delay: Duration,
    /// How long running requests may take to finish when the server stops.
    pub drain_time: Duration,
}

impl RequestConfig {
    pub(super) fn read(read: &mut Reader<'_>) -> Self {
        let most = limits::BODY_MOST;
        let ms = |read: &mut Reader<'_>, name: &str, default: Duration, most_ms: u64| {
            let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
            Duration::from_millis(read.number(name, default, 1..=most_ms))
        };
        Self {
            body: read.number("MILLRACE_MAX_BODY", limits::BODY, 1_024..=most),
            webhook_body: read.number("MILLRACE_MAX_WEBHOOK_BODY", limits::BODY, 1_024..=most),
            deploy_body: read.number("MILLRACE_MAX_DEPLOY_BODY", limits::DEPLOY_BODY, 1_024..=most),
            body_time: ms(read, "MILLRACE_BODY_TIMEOUT_MS", limits::BODY_TIME, 600_000),
            header_time: ms(read, "MILLRACE_HEADER_TIMEOUT_MS", limits::HEADER_TIME, 600_000),
            connections: read.number("MILLRACE_MAX_CONNECTIONS", limits::CONNECTIONS, 1..=1_000_000),
            // Longer chains than this have never been seen to be meant.
            trusted_proxies: read.number("MILLRACE_TRUSTED_PROXIES", 0, 0..=10),
            drain_delay: Duration::from_millis(read.number("MILLRACE_DRAIN_DELAY_MS", 0, 0..=600_000)),
            drain_time: ms(read, "MILLRACE_DRAIN_TIMEOUT_MS", limits::DRAIN_TIME, 600_000),
        }
    }

    /// How many bytes the body of a request to this path may have.
    pub fn body_limit(&self, path: &str) -> usize {
        if path.starts_with("/api/webhooks/") {
            self.webhook_body
        } else if path.starts_with("/api/developer/workflows") || path == "/api/workflows/publish" {
            self.deploy_body
        } else {
            self.body
        }
    }
}
