//! `GET /api/v1/workspace/figures`: what all runs of a workspace came to, for a chart that is looked at every day.

use std::collections::BTreeMap;

use axum::extract::State;
use millrace_clock::Timestamp;
use millrace_db::{Tx, sql};
use millrace_engine::RunState;
use millrace_ids::TenantId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::limits::ROWS;
use super::service::day;
use super::window::{Interval, Window, wrong};
use crate::app::App;
use crate::http::{ApiError, Json, Problem, Query};
use crate::identity::{May, need};

/// The workspace's newest runs, found by the index of a workspace's runs and counted where they are.
const COUNTED: &str = "SELECT r.created_at / $5 AS bucket, r.state, count(*) AS n \
    FROM (SELECT created_at, state, trigger FROM runs WHERE tenant_id = $1 ORDER BY id DESC LIMIT $2) r \
    WHERE r.created_at >= $3 AND r.created_at < $4 AND r.trigger NOT LIKE 'lifecycle %' GROUP BY r.created_at / $5, r.state";
/// When the first run was accepted that is not among those.
const BEYOND: &str = "SELECT created_at FROM runs WHERE tenant_id = $1 ORDER BY id DESC LIMIT 1 OFFSET $2";
const DAYS: &str = "SELECT day, CAST(sum(completed) AS BIGINT) AS completed, CAST(sum(failed) AS BIGINT) AS failed, CAST(sum(cancelled) AS BIGINT) AS cancelled, CAST(sum(skipped) AS BIGINT) AS skipped \
    FROM analytics_daily WHERE day >= $2 AND day < $3 AND tenant_id = $1 GROUP BY day";

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show))
}

/// Which window.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct WorkspaceQuery {
    /// Only accepted at or after this instant (RFC 3339); 30 days before `to` unless told.
    #[param(format = DateTime)]
    from: Option<String>,
    /// Only accepted before this instant (RFC 3339); now unless told.
    #[param(format = DateTime)]
    to: Option<String>,
    /// `hour`, up to 31 days, or `day`. By the hour up to two days, unless told.
    by: Option<String>,
}

/// How many runs stand where.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, ToSchema)]
struct RunCounts {
    /// All of them but those that chose not to run.
    total: i64,
    /// Wait for a free place.
    queued: i64,
    /// Are at work.
    running: i64,
    /// Wait for time, an event, a decision or another run.
    waiting: i64,
    /// Ended well.
    completed: i64,
    /// Ended with an error.
    failed: i64,
    /// Ended by request.
    cancelled: i64,
    /// Chose not to run.
    skipped: i64,
}

impl RunCounts {
    fn add(&mut self, state: RunState, n: i64) {
        let place = match state {
            RunState::Queued => &mut self.queued,
            RunState::Running => &mut self.running,
            RunState::Waiting => &mut self.waiting,
            RunState::Completed => &mut self.completed,
            RunState::Failed => &mut self.failed,
            RunState::Cancelled => &mut self.cancelled,
            RunState::Skipped => &mut self.skipped,
        };
        *place += n;
        if state != RunState::Skipped {
            self.total += n;
        }
    }
}

/// One hour or day.
#[derive(Debug, Serialize, ToSchema)]
struct RunPoint {
    /// Its beginning.
    at: String,
    /// Its runs.
    #[serde(flatten)]
    runs: RunCounts,
}

/// What the runs of a workspace came to.
#[derive(Debug, Serialize, ToSchema)]
struct WorkspaceFigures {
    /// The beginning of the window.
    from: String,
    /// Its end.
    to: String,
    /// `hour` or `day`.
    by: &'static str,
    /// From here on each run is counted; days before, of a workspace with many runs or of runs that are forgotten, are those on which
    /// runs ended, and hours before are left out.
    covers_from: String,
    /// All of the window.
    totals: RunCounts,
    /// By the hour or day of acceptance, UTC; points without runs are left out.
    points: Vec<RunPoint>,
}

/// What the workspace's runs came to
///
/// All runs of all installations by where they stand now. Functions of a module's lifecycle are left out. The newest 100,000 runs are
/// counted one by one; what is older stands in the figures by day.
#[utoipa::path(get, path = "/api/v1/workspace/figures", tag = "analytics", operation_id = "show_workspace_figures", params(WorkspaceQuery),
    responses((status = 200, description = "The figures", body = WorkspaceFigures), (status = 400, description = "The window makes no sense", body = Problem)))]
async fn show(State(app): State<App>, caller: May<need::RunsRead>, Query(query): Query<WorkspaceQuery>) -> Result<Json<WorkspaceFigures>, ApiError> {
    let now = app.clock.now();
    let window = Window::between(query.from.as_deref(), query.to.as_deref(), now)?;
    let by = window.interval(query.by.as_deref()).map_err(|_| wrong("by", "must be `day`, or `hour` for a window of 31 days at most"))?;
    let mut tx = app.of(&caller.tenant).read().await?;
    Ok(Json(figures(&mut tx, &caller.tenant, &window, by, now.minus(app.config.work.retention), ROWS).await?))
}

/// `kept`: since when runs are still known. `most`: how many are counted one by one.
async fn figures(tx: &mut Tx, tenant: &TenantId, window: &Window, by: Interval, kept: Timestamp, most: usize) -> Result<WorkspaceFigures, ApiError> {
    let most = i64::try_from(most).map_err(ApiError::internal)?;
    let mut points: BTreeMap<Timestamp, RunCounts> = BTreeMap::new();
    let beyond = tx.optional(sql(BEYOND).bind(tenant.as_str()).bind(most)).await?.map(|row| row.time("created_at")).transpose()?;
    let first_counted = beyond.map_or(kept, |at| at.plus(std::time::Duration::from_micros(1)).max(kept));
    let covers_from = first_counted.max(window.from).min(window.to);
    let query = sql(COUNTED).bind(tenant.as_str()).bind(most).bind(covers_from).bind(window.to).bind(by.micros());
    for row in tx.all(query).await? {
        let at = Timestamp::from_micros(row.get::<i64>("bucket")? * by.micros());
        points.entry(at).or_default().add(row.parse("state")?, row.get("n")?);
    }
    let (first, end) = (day(window.from), day(covers_from));
    if by == Interval::Day && first < end {
        for row in tx.all(sql(DAYS).bind(tenant.as_str()).bind(first).bind(end)).await? {
            let mut runs = RunCounts::default();
            for (state, column) in [(RunState::Completed, "completed"), (RunState::Failed, "failed"), (RunState::Cancelled, "cancelled"), (RunState::Skipped, "skipped")] {
                runs.add(state, row.get(column)?);
            }
            points.insert(Timestamp::from_micros(row.get::<i64>("day")? * by.micros()), runs);
        }
    }
    let mut totals = RunCounts::default();
    for runs in points.values() {
        let all = [
            (RunState::Queued, runs.queued),
            (RunState::Running, runs.running),
            (RunState::Waiting, runs.waiting),
            (RunState::Completed, runs.completed),
            (RunState::Failed, runs.failed),
            (RunState::Cancelled, runs.cancelled),
            (RunState::Skipped, runs.skipped),
        ];
        all.into_iter().for_each(|(state, n)| totals.add(state, n));
    }
    Ok(WorkspaceFigures {
        from: window.from.to_string(),
        to: window.to.to_string(),
        by: by.word(),
        covers_from: covers_from.to_string(),
        totals,
        points: points.into_iter().map(|(at, runs)| RunPoint { at: at.to_string(), runs }).collect(),
    })
}
