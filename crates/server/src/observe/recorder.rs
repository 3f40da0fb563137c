//! Collects what all crates count, in this process, and writes it as Prometheus reads it.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;

use super::{measure, sample};

/// Upper bounds of what is measured in seconds: from one commit to the longest wait worth telling apart.
const SECONDS: [f64; 18] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 600.0, 3600.0];

/// Upper bounds of what is counted in operations: up to the largest batch.
const COUNTS: [f64; 10] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0];

/// How often samples of histograms are moved into their buckets; they would pile up while nobody reads.
const UPKEEP: Duration = Duration::from_secs(5);

/// One process has one collector, whatever the number of servers in it.
static COLLECTOR: OnceLock<PrometheusHandle> = OnceLock::new();

/// What a node remembers between two readings of its metrics.
#[derive(Debug, Default)]
pub struct Metrics {
    pub(super) queue: tokio::sync::Mutex<sample::Last>,
}

/// Begins to collect; later calls change nothing. To be called before anything is counted: who counted earlier counts nowhere.
pub fn install() {
    COLLECTOR.get_or_init(|| {
        let builder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Full("millrace_commit_jobs".to_owned()), &COUNTS));
        // The only error is an empty list of buckets, which these are not.
        let recorder = builder.unwrap_or_default().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_err() {
            tracing::warn!("another collector of metrics is installed in this process; /metrics stays empty");
        }
        describe();
        handle
    });
}

/// Names and explains every metric there is.
pub fn describe() {
    millrace_db::describe_metrics();
    millrace_engine::describe_metrics();
    millrace_sandbox::describe_metrics();
    millrace_egress::describe_metrics();
    millrace_connector::describe_metrics();
    crate::ai::describe_metrics();
    crate::mail::describe();
    crate::rate_limits::describe();
    measure::describe();
    sample::describe();
}

/// Keeps the collector's memory small until the server stops.
pub async fn collect(stopping: CancellationToken) {
    loop {
        tokio::select! {
            () = stopping.cancelled() => return,
            () = tokio::time::sleep(UPKEEP) => {}
        }
        if let Some(collector) = COLLECTOR.get() {
            collector.run_upkeep();
        }
    }
}

/// Everything collected, as text.
pub(super) fn text() -> String {
    COLLECTOR.get().map(PrometheusHandle::render).unwrap_or_default()
}
