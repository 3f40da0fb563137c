//! Figures out of runs: counts, rates, times, errors, users and a series, in one pass.

use std::collections::{BTreeMap, HashMap};

use millrace_clock::Timestamp;
use millrace_engine::RunState;
use millrace_ids::{TenantId, WorkflowId};
use serde::Serialize;
use utoipa::ToSchema;

use super::execution::Execution;
use super::limits::{ERRORS, GROUPS, USERS};
use super::store::Day;
use super::window::Interval;

/// What runs of a workflow came to.
#[derive(Debug, Serialize, ToSchema)]
pub struct Figures {
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The beginning of the window.
    pub from: String,
    /// Its end.
    pub to: String,
    /// From here on the figures are exact: all runs accepted since are counted, and none from before. Later than `from` where the
    /// window has more than 100,000 runs. Runs that are forgotten by now are in none of the figures but the series by day.
    pub covers_from: String,
    /// How many.
    pub executions: Counts,
    /// Completed, of those completed and failed; null without any.
    pub success_rate: Option<f64>,
    /// Failed, of those completed and failed; null without any.
    pub failure_rate: Option<f64>,
    /// From acceptance to end, of runs that completed or failed.
    pub duration_ms: Durations,
    /// The commonest errors, at most 20.
    pub errors: Vec<ErrorCount>,
    /// Who has run it how often, most first, at most 200.
    pub usage: Vec<Usage>,
    /// By the hour or day of acceptance, UTC; points without runs are left out. Days from before `covers_from` are those on which
    /// runs ended.
    pub series: Vec<Point>,
    /// A page that the module's author names.
    pub dashboard_url: Option<String>,
}

/// How many runs.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    /// All but those that chose not to run.
    pub total: u64,
    /// Ended well.
    pub completed: u64,
    /// Ended with an error.
    pub failed: u64,
    /// Ended by request.
    pub cancelled: u64,
    /// Chose not to run.
    pub skipped: u64,
    /// Have not ended.
    pub open: u64,
}

/// Times in milliseconds; null without any run.
#[derive(Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Durations {
    /// The mean.
    pub mean: Option<f64>,
    /// Half of the runs took no longer.
    pub p50: Option<f64>,
    /// 95 of 100 took no longer.
    pub p95: Option<f64>,
    /// 99 of 100 took no longer.
    pub p99: Option<f64>,
}

/// An error and how often it came.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorCount {
    /// Its stable code.
    pub code: String,
    /// The service that it is about, where the error names one.
    pub integration: Option<String>,
    /// Its message with ids and numbers masked. Null for runs of other organisations.
    pub message: Option<String>,
    /// How often.
    pub count: u64,
    /// When it came last.
    pub last_seen: String,
}

/// How often somebody has run it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Usage {
    /// The organisation.
    pub organization_id: TenantId,
    /// A person or an API key; for webhooks and schedules who installed it. Of other organisations only the sum is shown: null.
    pub user_id: Option<String>,
    /// Runs.
    pub runs: u64,
    /// Of them those that failed.
    pub failures: u64,
    /// When the last one was accepted.
    pub last_run: String,
}

/// One hour or day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Point {
    /// Its beginning.
    pub at: String,
    /// Runs, but those that chose not to run.
    pub runs: u64,
    /// Of them those that completed.
    pub completed: u64,
    /// Of them those that failed.
    pub failed: u64,
    /// Mean time of those that completed or failed, in milliseconds.
    pub mean_ms: Option<f64>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Sum {
    runs: u64,
    completed: u64,
    failed: u64,
    micros: i64,
}

impl Sum {
    fn point(self, at: Timestamp) -> Point {
        let ended = self.completed + self.failed;
        Point { at: at.to_string(), runs: self.runs, completed: self.completed, failed: self.failed, mean_ms: (ended > 0).then(|| self.micros as f64 / 1_000.0 / ended as f64) }
    }
}

type ErrorKey = (String, Option<String>, Option<String>);

/// Counts runs one by one.
#[derive(Debug)]
pub(super) struct Counting<'a> {
    to: &'a TenantId,
    interval: Interval,
    counts: Counts,
    micros: Vec<i64>,
    errors: HashMap<ErrorKey, (u64, Timestamp)>,
    users: HashMap<(TenantId, Option<String>), (u64, u64, Timestamp)>,
    series: BTreeMap<Timestamp, Sum>,
}

impl<'a> Counting<'a> {
    /// For members of this workspace.
    pub(super) fn new(to: &'a TenantId, interval: Interval) -> Self {
        Self { to, interval, counts: Counts::default(), micros: Vec::new(), errors: HashMap::new(), users: HashMap::new(), series: BTreeMap::new() }
    }

    /// One more run.
    pub(super) fn add(&mut self, run: &Execution) {
        let place = match run.state {
            RunState::Completed => &mut self.counts.completed,
            RunState::Failed => &mut self.counts.failed,
            RunState::Cancelled => &mut self.counts.cancelled,
            RunState::Skipped => &mut self.counts.skipped,
            RunState::Queued | RunState::Running | RunState::Waiting => &mut self.counts.open,
        };
        *place += 1;
        if run.state == RunState::Skipped {
            return;
        }
        self.counts.total += 1;
        let point = self.series.entry(self.interval.of(run.created_at)).or_default();
        point.runs += 1;
        if let Some(took) = run.took_micros() {
            point.completed += u64::from(run.state == RunState::Completed);
            point.failed += u64::from(run.state == RunState::Failed);
            point.micros = point.micros.saturating_add(took);
            self.micros.push(took);
        }
        self.add_error(run);
        self.add_user(run);
    }

    fn add_error(&mut self, run: &Execution) {
        let Some(error) = run.error.as_ref().filter(|_| run.state == RunState::Failed) else { return };
        let message = if run.organization == *self.to { run.normalised_message() } else { None };
        let key = (error.code.clone(), error.integration.clone(), message);
        let key = if self.errors.len() < GROUPS || self.errors.contains_key(&key) { key } else { (key.0, None, None) };
        let (count, last) = self.errors.entry(key).or_default();
        *count += 1;
        *last = (*last).max(run.finished_at.unwrap_or(run.created_at));
    }

    fn add_user(&mut self, run: &Execution) {
        let user = if run.organization == *self.to { run.user.clone() } else { None };
        let key = (run.organization.clone(), user);
        let key = if self.users.len() < GROUPS || self.users.contains_key(&key) { key } else { (key.0, None) };
        let (runs, failures, last) = self.users.entry(key).or_default();
        *runs += 1;
        *failures += u64::from(run.state == RunState::Failed);
        *last = (*last).max(run.created_at);
    }

    /// Days of which no run is left, before the first that was counted.
    pub(super) fn rolled(&mut self, days: &[Day]) {
        let positive = |n: i64| u64::try_from(n).unwrap_or_default();
        for day in days {
            let sum = Sum { runs: positive(day.completed + day.failed + day.cancelled), completed: positive(day.completed), failed: positive(day.failed), micros: day.duration };
            if sum.runs > 0 {
                self.series.insert(Timestamp::from_micros(day.day * 86_400_000_000), sum);
            }
        }
    }

    /// The figures.
    pub(super) fn figures(mut self, workflow: WorkflowId, (from, to): (Timestamp, Timestamp), covers_from: Timestamp, dashboard_url: Option<String>) -> Figures {
        let ended = self.counts.completed + self.counts.failed;
        let share = |n: u64| (ended > 0).then(|| n as f64 / ended as f64);
        let mut errors: Vec<_> = self.errors.into_iter().collect();
        errors.sort_by(|(a, (n, last)), (b, (m, other))| (m, other, a).cmp(&(n, last, b)));
        let errors = errors.into_iter().take(ERRORS).map(|((code, integration, message), (count, last))| ErrorCount { code, integration, message, count, last_seen: last.to_string() });
        let mut users: Vec<_> = self.users.into_iter().collect();
        users.sort_by(|(a, (n, ..)), (b, (m, ..))| (m, a).cmp(&(n, b)));
        let usage = users.into_iter().take(USERS).map(|((organization_id, user_id), (runs, failures, last))| Usage { organization_id, user_id, runs, failures, last_run: last.to_string() });
        Figures {
            workflow_id: workflow,
            from: from.to_string(),
            to: to.to_string(),
            covers_from: covers_from.to_string(),
            success_rate: share(self.counts.completed),
            failure_rate: share(self.counts.failed),
            executions: self.counts,
            duration_ms: durations(&mut self.micros),
            errors: errors.collect(),
            usage: usage.collect(),
            series: self.series.into_iter().map(|(at, sum)| sum.point(at)).collect(),
            dashboard_url,
        }
    }
}

/// Mean and percentiles by nearest rank: each percentile is the time of a run that was.
fn durations(micros: &mut [i64]) -> Durations {
    if micros.is_empty() {
        return Durations::default();
    }
    micros.sort_unstable();
    let count = micros.len();
    let rank = |percent: usize| micros.get((count * percent).div_ceil(100).saturating_sub(1)).map(|m| *m as f64 / 1_000.0);
    let sum: i128 = micros.iter().map(|m| i128::from(*m)).sum();
    Durations { mean: Some(sum as f64 / 1_000.0 / count as f64), p50: rank(50), p95: rank(95), p99: rank(99) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_of_runs() {
        let mut micros: Vec<i64> = (1..=200).rev().map(|n| n * 1_000).collect();
        let all = durations(&mut micros);
        assert_eq!((all.mean, all.p50, all.p95, all.p99), (Some(100.5), Some(100.0), Some(190.0), Some(198.0)));
        let one = durations(&mut [7_000]);
        assert_eq!((one.p50, one.p95, one.p99), (Some(7.0), Some(7.0), Some(7.0)));
        assert_eq!(durations(&mut []), Durations::default());
    }
}
