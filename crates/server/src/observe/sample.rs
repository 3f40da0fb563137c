//! What is looked at only when somebody reads the metrics: an idle server stays idle.

use std::time::{Duration, Instant};

use metrics::{describe_gauge, gauge};
use millrace_engine::Queue;

use crate::app::App;

/// How old an answer about the queue may be: however often it is asked, the database is asked four times a minute at most.
const QUEUE_AGE: Duration = Duration::from_secs(15);

/// How long the database may take to answer it.
const QUEUE_TIME: Duration = Duration::from_secs(5);

/// The last answer about the queue.
#[derive(Debug, Default)]
pub(super) struct Last(Option<Instant>);

pub(super) fn describe() {
    describe_gauge!("millrace_build_info", "Always 1; the version is its label");
    describe_gauge!("millrace_runs_held", "Runs in this node's memory");
    describe_gauge!("millrace_run_slots", "Runs that this node may hold");
    describe_gauge!("millrace_queue_depth", "Runs of all nodes that wait for a free slot; counted up to 100000");
    describe_gauge!("millrace_queue_oldest_seconds", "How long the oldest of those has been due");
    describe_gauge!("millrace_sandbox_children", "Sandbox processes alive, by state: warm ones belong to nobody yet");
    describe_gauge!("millrace_database_connections", "Connections to the database, by pool and state");
    describe_gauge!("millrace_database_connections_max", "Connections that a pool may open");
    describe_gauge!("millrace_database_up", "Whether the last word from the database was good");
    describe_gauge!("process_resident_memory_bytes", "Memory of this process without its sandbox children");
    describe_gauge!("process_open_fds", "Open files and sockets of this process");
}

/// Brings the gauges up to date.
pub(super) async fn take(app: &App) {
    gauge!("millrace_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    gauge!("millrace_runs_held").set(app.engine.held() as f64);
    gauge!("millrace_run_slots").set(app.engine.slots() as f64);
    gauge!("millrace_database_up").set(f64::from(u8::from(app.engine.is_healthy())));
    let (all, warm) = app.sandbox.children();
    gauge!("millrace_sandbox_children", "state" => "warm").set(warm as f64);
    gauge!("millrace_sandbox_children", "state" => "taken").set(all.saturating_sub(warm) as f64);
    for pool in app.platform().pools() {
        gauge!("millrace_database_connections", "pool" => pool.pool, "state" => "idle").set(f64::from(pool.idle));
        gauge!("millrace_database_connections", "pool" => pool.pool, "state" => "used").set(f64::from(pool.open.saturating_sub(pool.idle)));
        gauge!("millrace_database_connections_max", "pool" => pool.pool).set(f64::from(pool.most));
    }
    process();
    queue(app).await;
}

async fn queue(app: &App) {
    let mut last = app.metrics.queue.lock().await;
    if last.0.is_some_and(|at| at.elapsed() < QUEUE_AGE) {
        return;
    }
    match tokio::time::timeout(QUEUE_TIME, app.engine.queue()).await {
        Ok(Ok(Queue { depth, oldest })) => {
            gauge!("millrace_queue_depth").set(depth as f64);
            gauge!("millrace_queue_oldest_seconds").set(oldest.as_secs_f64());
        }
        Ok(Err(error)) => tracing::debug!(%error, "metrics: the queue could not be looked at"),
        Err(_) => tracing::debug!("metrics: the queue could not be looked at in time"),
    }
    last.0 = Some(Instant::now());
}

/// As the usual Prometheus clients name them, so that general dashboards work.
fn process() {
    let pages = std::fs::read_to_string("/proc/self/statm").ok().and_then(|text| text.split(' ').nth(1)?.parse::<f64>().ok());
    if let Some(pages) = pages {
        gauge!("process_resident_memory_bytes").set(pages * 4096.0);
    }
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        gauge!("process_open_fds").set(files.count() as f64);
    }
}
