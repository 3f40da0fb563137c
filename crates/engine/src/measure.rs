//! What the engine counts: metrics of the `metrics` facade, which cost next to nothing while nobody collects them.
//!
//! Handles are static, so that counting on the hot path is one atomic addition. Labels come from closed lists only: never a
//! tenant, a run or anything that a caller chose.

use std::sync::LazyLock;
use std::time::Duration;

use metrics::{Counter, Histogram, counter, describe_counter, describe_histogram, histogram};

use crate::{End, Perform, Run, RunState};

macro_rules! counters {
    ($($handle:ident $name:literal $help:literal)+) => {
        $(pub(crate) static $handle: LazyLock<Counter> = LazyLock::new(|| counter!($name));)+
        fn counters() {
            $(describe_counter!($name, $help); LazyLock::force(&$handle);)+
        }
    };
}

macro_rules! histograms {
    ($($handle:ident $name:literal $help:literal)+) => {
        $(pub(crate) static $handle: LazyLock<Histogram> = LazyLock::new(|| histogram!($name));)+
        fn histograms() {
            $(describe_histogram!($name, $help); LazyLock::force(&$handle);)+
        }
    };
}

counters! {
    STARTED "millrace_runs_started_total" "Runs accepted; repeated deliveries are left out"
    FRESH "millrace_activations_fresh_total" "Runs performed on this node from their beginning"
    REPLAYED "millrace_activations_replayed_total" "Runs taken up on this node by replaying their journal"
    LOST "millrace_activations_lost_total" "Activations that ended without a word and were queued again"
    JOURNALED "millrace_journal_entries_total" "Journal entries committed"
    COMMIT_FAILURES "millrace_commit_failures_total" "Commits that failed and were tried again or refused"
    FENCED "millrace_fenced_writes_total" "Steps refused because another node owned the run by then"
    LEASE_RENEWED "millrace_lease_renewals_total" "Renewals of this node's lease"
    LEASE_LOST "millrace_leases_lost_total" "Times this node's lease had ended before it was renewed"
    TAKEN_BACK "millrace_runs_taken_back_total" "Runs queued again because their node had stopped"
    PAYLOAD_PUT "millrace_payload_written_bytes_total" "Bytes of payloads that left their row, before compression"
    PAYLOAD_GOT "millrace_payload_read_bytes_total" "Bytes of payloads read back, after decompression"
    FORGOTTEN_RUNS "millrace_retention_runs_deleted_total" "Runs deleted because their time was over"
    FORGOTTEN_DELIVERIES "millrace_retention_deliveries_deleted_total" "Delivery ids forgotten after a day"
}

histograms! {
    RUN_TIME "millrace_run_duration_seconds" "From a run's acceptance to its end, waits included"
    QUEUE_WAIT "millrace_run_queue_wait_seconds" "From a run's acceptance to its first activation"
    COMMIT_JOBS "millrace_commit_jobs" "Operations in one group commit"
    COMMIT_TIME "millrace_commit_duration_seconds" "One group commit, fsync included"
    LATENESS "millrace_timer_lateness_seconds" "How late a due wait was fired"
}

const ENDED: &str = "millrace_runs_ended_total";

/// Names and explains the engine's metrics to whoever collects them, and shows those without labels at zero.
pub fn describe() {
    counters();
    histograms();
    describe_counter!(ENDED, "Runs ended, by state and, where they failed, by class of their code");
    for class in ["workflow", "limit", "platform", "diverged"] {
        counter!(ENDED, "state" => "failed", "class" => class).increment(0);
    }
    for state in ["completed", "cancelled", "skipped"] {
        counter!(ENDED, "state" => state, "class" => "none").increment(0);
    }
}

/// Who has to look at a failure: its author, or whoever runs the platform.
pub(crate) fn class(code: &str) -> &'static str {
    match code {
        "NON_DETERMINISTIC" => "diverged",
        "CPU_LIMIT" | "MEMORY_LIMIT" | "STACK_LIMIT" | "WALL_LIMIT" | "CALL_LIMIT" | "PAYLOAD_TOO_LARGE" => "limit",
        "RUN_LOST" | "SANDBOX_CRASHED" | "SANDBOX_PROTOCOL" | "SANDBOX_UNAVAILABLE" | "INTERNAL" | "INPUT_UNREADABLE" => "platform",
        // Whatever else a run fails with, its own code threw.
        _ => "workflow",
    }
}

/// Counts the end of a run that this node performed; answers its state and class.
pub(crate) fn ended(end: &End, took: Duration) -> Option<(RunState, &'static str)> {
    let (state, class) = match end {
        End::Completed(_) => (RunState::Completed, "none"),
        End::Skipped(_) | End::Refused(_) => (RunState::Skipped, "none"),
        End::Failed(error) if error.code == "CANCELLED" => (RunState::Cancelled, "none"),
        End::Failed(error) => (RunState::Failed, class(&error.code)),
        End::ContinueWith(_) => return None,
    };
    counter!(ENDED, "state" => state.as_str(), "class" => class).increment(1);
    RUN_TIME.record(took.as_secs_f64());
    Some((state, class))
}

/// Counts runs that were cancelled while no node performed them.
pub(crate) fn cancelled(perform: &dyn Perform, runs: &[Run]) {
    if !runs.is_empty() {
        counter!(ENDED, "state" => RunState::Cancelled.as_str(), "class" => "none").increment(runs.len() as u64);
        runs.iter().for_each(|run| perform.finished(run, RunState::Cancelled, "none"));
    }
}
