//! The SQL of figures: runs of a workflow's installations, found by the index of runs by installation.

use std::collections::HashMap;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_engine::RunState;
use millrace_ids::{RunId, TenantId, VersionId, WorkflowId};
use serde_json::json;

use super::execution::{Execution, Steps};
use super::window::Window;

macro_rules! runs {
    ($programs:literal) => {
        concat!(
            "SELECT r.id, r.tenant_id, r.subject, r.program, r.trigger, r.state, r.created_at, r.started_at, r.finished_at, r.error, r.started_by, i.workflow_id, n.user_id AS installer \
             FROM installations i JOIN runs r ON r.tenant_id = i.tenant_id AND r.subject = i.id LEFT JOIN installers n ON n.installation_id = i.id \
             WHERE i.workflow_id = $1 AND ($2 IS NULL OR i.tenant_id = $2) AND ($3 IS NULL OR i.id = $3) AND r.created_at >= $4 AND r.created_at < $5 \
               AND ($6 IS NULL OR r.id < $6) AND ($7 IS NULL OR r.state = $7) AND ($8 IS NULL OR r.trigger = $8 OR r.trigger LIKE $9 ESCAPE '!') \
               AND ($10 IS NULL OR r.program ", $programs, ") ORDER BY r.id DESC LIMIT $11"
        )
    };
}
const RUNS: Sql = Sql::pair(runs!("IN (SELECT value FROM json_each($10))"), runs!("= ANY(ARRAY(SELECT json_array_elements_text($10::json)))"));
const ONE: &str = "SELECT r.id, r.tenant_id, r.subject, r.program, r.trigger, r.state, r.created_at, r.started_at, r.finished_at, r.error, r.started_by, v.workflow_id, n.user_id AS installer \
    FROM runs r JOIN workflow_versions v ON v.id = r.program LEFT JOIN installers n ON n.installation_id = r.subject \
    WHERE r.id = $1 AND (r.tenant_id = $2 OR v.tenant_id = $2)";
const VERSIONS: &str = "SELECT id, version FROM workflow_versions WHERE workflow_id = $1";
const STEPS: Sql = Sql::pair(
    "SELECT run_id, count(*) AS total, sum(CASE WHEN ok THEN 0 ELSE 1 END) AS failed FROM journal WHERE run_id IN (SELECT value FROM json_each($1)) GROUP BY run_id",
    "SELECT run_id, count(*) AS total, sum(CASE WHEN ok THEN 0 ELSE 1 END) AS failed FROM journal WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json))) GROUP BY run_id",
);

const MARK: &str = "SELECT day FROM analytics_marks WHERE name = 'rolled'";
const SET_MARK: &str = "INSERT INTO analytics_marks (name, day) VALUES ('rolled', $1) ON CONFLICT (name) DO UPDATE SET day = excluded.day WHERE analytics_marks.day < excluded.day";
const OLDEST: &str = "SELECT min(finished_at) AS at FROM runs WHERE finished_at IS NOT NULL";
/// By the day on which runs ended: once that is over, its figures stay as they are.
const ROLL: &str = "INSERT INTO analytics_daily (day, tenant_id, workflow_id, installation_id, version_id, completed, failed, cancelled, skipped, duration) \
    SELECT $1, r.tenant_id, i.workflow_id, r.subject, r.program, sum(CASE WHEN r.state = 'completed' THEN 1 ELSE 0 END), sum(CASE WHEN r.state = 'failed' THEN 1 ELSE 0 END), \
      sum(CASE WHEN r.state = 'cancelled' THEN 1 ELSE 0 END), sum(CASE WHEN r.state = 'skipped' THEN 1 ELSE 0 END), \
      CAST(sum(CASE WHEN r.state IN ('completed', 'failed') THEN r.finished_at - r.created_at ELSE 0 END) AS BIGINT) \
    FROM runs r JOIN installations i ON i.id = r.subject AND i.tenant_id = r.tenant_id \
    WHERE r.finished_at >= $2 AND r.finished_at < $3 AND r.trigger NOT LIKE 'lifecycle %' GROUP BY r.tenant_id, i.workflow_id, r.subject, r.program \
    ON CONFLICT (day, tenant_id, installation_id, version_id) DO UPDATE SET completed = excluded.completed, failed = excluded.failed, cancelled = excluded.cancelled, \
      skipped = excluded.skipped, duration = excluded.duration";
const DROP_DAYS: &str = "DELETE FROM analytics_daily WHERE day < $1";
macro_rules! days {
    ($programs:literal) => {
        concat!(
            "SELECT day, CAST(sum(completed) AS BIGINT) AS completed, CAST(sum(failed) AS BIGINT) AS failed, CAST(sum(cancelled) AS BIGINT) AS cancelled, CAST(sum(duration) AS BIGINT) AS duration \
             FROM analytics_daily WHERE workflow_id = $1 AND ($2 IS NULL OR tenant_id = $2) AND ($3 IS NULL OR installation_id = $3) AND day >= $4 AND day < $5 \
               AND ($6 IS NULL OR version_id ", $programs, ") GROUP BY day ORDER BY day"
        )
    };
}
const DAYS: Sql = Sql::pair(days!("IN (SELECT value FROM json_each($6))"), days!("= ANY(ARRAY(SELECT json_array_elements_text($6::json)))"));
/// Installations of workflows whose module says something about its figures.
const DECLARING: &str = "SELECT i.id, i.tenant_id, v.metadata FROM installations i JOIN workflows w ON w.id = i.workflow_id JOIN workflow_versions v ON v.id = w.latest_version_id \
    WHERE v.metadata LIKE '%\"retention\"%' AND i.id > $1 ORDER BY i.id LIMIT $2";

/// The next runs of a window, newest first, after the run `before`. `programs` is a JSON list of the versions meant.
pub(super) async fn page(
    tx: &mut Tx,
    workflow: &WorkflowId,
    window: &Window,
    programs: Option<&str>,
    state: Option<RunState>,
    before: Option<&RunId>,
    limit: u32,
) -> Result<Vec<Execution>, DbError> {
    let words = window.trigger_type.as_deref().map(|word| format!("{} %", word.replace('!', "!!").replace('%', "!%").replace('_', "!_")));
    let query = sql(RUNS)
        .bind(workflow.as_str())
        .bind(window.organization.as_deref())
        .bind(window.installation.as_deref())
        .bind(window.from)
        .bind(window.to)
        .bind(before.map(RunId::as_str))
        .bind(state.map(RunState::as_str))
        .bind(window.trigger_type.as_deref())
        .bind(words)
        .bind(programs)
        .bind(limit);
    tx.all(query).await?.iter().map(Execution::from_row).collect()
}

/// A run that is the workspace's own, or of a workflow that it wrote.
pub(super) async fn one(tx: &mut Tx, tenant: &TenantId, id: &RunId) -> Result<Option<Execution>, DbError> {
    tx.optional(sql(ONE).bind(id.as_str()).bind(tenant.as_str())).await?.as_ref().map(Execution::from_row).transpose()
}

/// The semantic versions of a workflow by id.
pub(super) async fn versions(tx: &mut Tx, workflow: &WorkflowId) -> Result<HashMap<VersionId, String>, DbError> {
    tx.all(sql(VERSIONS).bind(workflow.as_str())).await?.iter().map(|row| Ok((row.get("id")?, row.get("version")?))).collect()
}

/// The host calls of these runs; runs without any are left out.
pub(super) async fn steps(tx: &mut Tx, runs: &[Execution]) -> Result<HashMap<RunId, Steps>, DbError> {
    if runs.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<&RunId> = runs.iter().map(|run| &run.id).collect();
    let rows = tx.all(sql(STEPS).bind(json!(ids).to_string())).await?;
    rows.iter().map(|row| Ok((row.get("run_id")?, Steps { total: row.get("total")?, failed: row.get("failed")? }))).collect()
}

/// What ended on one day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Day {
    pub(super) day: i64,
    pub(super) completed: i64,
    pub(super) failed: i64,
    pub(super) cancelled: i64,
    pub(super) duration: i64,
}

/// Roll-ups of the days from `first` to before `end`.
pub(super) async fn days(tx: &mut Tx, workflow: &WorkflowId, window: &Window, programs: Option<&str>, (first, end): (i64, i64)) -> Result<Vec<Day>, DbError> {
    let query = sql(DAYS).bind(workflow.as_str()).bind(window.organization.as_deref()).bind(window.installation.as_deref()).bind(first).bind(end).bind(programs);
    let read = |row: &Row| Ok(Day { day: row.get("day")?, completed: row.get("completed")?, failed: row.get("failed")?, cancelled: row.get("cancelled")?, duration: row.get("duration")? });
    tx.all(query).await?.iter().map(read).collect()
}

/// The last day that was rolled up.
pub(super) async fn rolled(tx: &mut Tx) -> Result<Option<i64>, DbError> {
    tx.optional(sql(MARK)).await?.map(|row| row.get("day")).transpose()
}

/// When the first run that is still known ended.
pub(super) async fn oldest(tx: &mut Tx) -> Result<Option<Timestamp>, DbError> {
    tx.one(sql(OLDEST)).await?.time_opt("at")
}

/// Rolls up what ended on a day, and notes that it is done. Doing it again changes nothing.
pub(super) async fn roll(tx: &mut Tx, day: i64, (from, to): (Timestamp, Timestamp)) -> Result<(), DbError> {
    tx.execute(sql(ROLL).bind(day).bind(from).bind(to)).await?;
    tx.execute(sql(SET_MARK).bind(day)).await.map(drop)
}

/// Forgets roll-ups of days before.
pub(super) async fn drop_days(tx: &mut Tx, before: i64) -> Result<u64, DbError> {
    tx.execute(sql(DROP_DAYS).bind(before)).await
}

/// Installations whose workflow may keep its runs for a time of its own: id, workspace, metadata.
pub(super) async fn declaring(tx: &mut Tx, after: &str, limit: u32) -> Result<Vec<(String, TenantId, String)>, DbError> {
    tx.all(sql(DECLARING).bind(after).bind(limit)).await?.iter().map(|row| Ok((row.get("id")?, row.get("tenant_id")?, row.get("metadata")?))).collect()
}
