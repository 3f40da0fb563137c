//! Use cases of figures.

use millrace_clock::Timestamp;
use millrace_db::Tx;
use millrace_engine::RunState;
use millrace_ids::{RunId, TenantId, WorkflowId};

use super::execution::{Execution, ExecutionAnswer};
use super::figures::{Counting, Figures};
use super::limits::{BATCH, ROWS};
use super::scope::Seen;
use super::store;
use super::window::{Interval, Window};
use crate::app::App;
use crate::http::{ApiError, Page};

/// The versions that a window means, as a JSON list.
pub(super) async fn programs(tx: &mut Tx, workflow: &WorkflowId, version: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(wanted) = version else { return Ok(None) };
    let all = store::versions(tx, workflow).await?;
    let meant: Vec<_> = all.iter().filter(|(id, version)| id.as_str() == wanted || *version == wanted).map(|(id, _)| id).collect();
    Ok(Some(serde_json::json!(meant).to_string()))
}

/// What the runs of a window came to.
pub(super) async fn figures(app: &App, seen: &Seen, window: &Window, interval: Interval) -> Result<Figures, ApiError> {
    let workflow = &seen.workflow;
    let mut tx = app.platform().read().await?;
    let programs = programs(&mut tx, workflow, window.version.as_deref()).await?;
    let mut counting = Counting::new(&seen.tenant, interval);
    let (mut before, mut counted, mut covers_from): (Option<RunId>, usize, _) = (None, 0, window.from);
    loop {
        let page = store::page(&mut tx, workflow, window, programs.as_deref(), None, before.as_ref(), BATCH).await?;
        page.iter().filter(|run| !run.is_of_lifecycle()).for_each(|run| counting.add(run));
        counted += page.len();
        let Some(last) = page.last().filter(|_| page.len() == BATCH as usize) else { break };
        if counted >= ROWS {
            covers_from = last.created_at;
            break;
        }
        before = Some(last.id.clone());
    }
    if interval == Interval::Day {
        let now = app.clock.now();
        let declared = seen.declared.retention.map_or(Timestamp::from_micros(0), |keep| keep.start(now));
        let kept = declared.max(now.minus(app.config.work.retention));
        let oldest = if covers_from > window.from { covers_from } else { window.from.max(kept) };
        let days = (day(window.from), day(oldest));
        if window.trigger_type.is_none() && days.0 < days.1 {
            counting.rolled(&store::days(&mut tx, workflow, window, programs.as_deref(), days).await?);
        }
    }
    Ok(counting.figures(workflow.clone(), (window.from, window.to), covers_from, seen.declared.dashboard.clone()))
}

/// Days since 1970, UTC.
pub(super) const fn day(at: Timestamp) -> i64 {
    at.seconds().div_euclid(86_400)
}

/// A page of a window's runs, newest first.
pub(super) async fn list(app: &App, seen: &Seen, window: &Window, state: Option<RunState>, before: Option<&RunId>, limit: u32) -> Result<Page<ExecutionAnswer>, ApiError> {
    let mut tx = app.platform().read().await?;
    let programs = programs(&mut tx, &seen.workflow, window.version.as_deref()).await?;
    let runs = store::page(&mut tx, &seen.workflow, window, programs.as_deref(), state, before, limit + 1).await?;
    let page = Page::from_overfull(runs, limit, |run| run.id.to_string());
    let data = shown(&mut tx, &seen.tenant, &seen.workflow, &page.data).await?;
    Ok(Page { data, next_cursor: page.next_cursor })
}

/// These runs as members of a workspace are shown them.
pub(super) async fn shown(tx: &mut Tx, to: &TenantId, workflow: &WorkflowId, runs: &[Execution]) -> Result<Vec<ExecutionAnswer>, ApiError> {
    let versions = store::versions(tx, workflow).await?;
    let steps = store::steps(tx, runs).await?;
    Ok(runs.iter().map(|run| run.shown(to, workflow, versions.get(&run.program), steps.get(&run.id).copied().unwrap_or_default())).collect())
}

/// One run: of the workspace itself, or of a workflow that it wrote.
pub(super) async fn one(app: &App, tenant: &TenantId, id: &RunId) -> Result<ExecutionAnswer, ApiError> {
    let mut tx = app.platform().read().await?;
    let run = store::one(&mut tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("run"))?;
    let workflow = run.workflow.clone().ok_or_else(|| ApiError::not_found("run"))?;
    let mut all = shown(&mut tx, tenant, &workflow, std::slice::from_ref(&run)).await?;
    all.pop().ok_or_else(|| ApiError::not_found("run"))
}
