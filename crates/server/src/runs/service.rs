//! Use cases of runs.

use millrace_db::sql;
use millrace_engine::payload::Payload;
use millrace_engine::{Engine, Run, RunFilter, journal, latest_logs, logs_after, resume, run, waits};
use millrace_ids::{RunId, TenantId};
use serde_json::Value;

use super::named;
use super::resume_model::ResumptionView;
use super::model::{JournalEntry, JournalPage, LogEntry, OpenWait, RunDetail, RunSummary, lenient};
use crate::app::App;
use crate::http::ApiError;

/// Journal entries in one answer; more are asked for with `after`.
pub const JOURNAL_PAGE: u32 = 500;
/// Log lines in one answer.
pub const LOG_PAGE: u32 = 500;
/// Uninstalled ones included: their runs are still there.
const OF_WORKFLOW: &str = "SELECT id FROM installations WHERE tenant_id = $1 AND workflow_id = $2 ORDER BY id";

/// A tenant's runs, newest first.
pub async fn list(app: &App, tenant: &TenantId, filter: &RunFilter) -> Result<Vec<Run>, ApiError> {
    let mut tx = app.of(tenant).read().await?;
    Ok(run::list(&mut tx, tenant, filter).await?)
}

/// The installations that a list is of; none: all of the workspace.
pub async fn subjects(app: &App, tenant: &TenantId, installation: Option<String>, workflow: Option<&str>) -> Result<Option<Vec<String>>, ApiError> {
    let Some(workflow) = workflow else { return Ok(installation.map(|one| vec![one])) };
    let rows = app.of(tenant).read().await?.all(sql(OF_WORKFLOW).bind(tenant.as_str()).bind(workflow)).await?;
    let all = rows.iter().map(|row| row.get::<String>("id")).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(all.into_iter().filter(|one| installation.as_ref().is_none_or(|wanted| wanted == one)).collect()))
}

/// One run without its journal.
pub async fn find(app: &App, tenant: &TenantId, id: &RunId) -> Result<Run, ApiError> {
    let mut tx = app.of(tenant).read().await?;
    run::get(&mut tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("run"))
}

/// One run with its journal after position `after`.
pub async fn show(app: &App, tenant: &TenantId, id: &RunId, after: i64) -> Result<RunDetail, ApiError> {
    let mut tx = app.of(tenant).read().await?;
    let run = run::get(&mut tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("run"))?;
    let entries = journal::page(&mut tx, id, run.generation, after, JOURNAL_PAGE + 1).await?;
    let open = if run.state.is_terminal() { Vec::new() } else { waits::of_run(&mut tx, id, run.generation).await? };
    let logs = latest_logs(&mut tx, id, LOG_PAGE).await?.into_iter().map(LogEntry::from).collect();
    let resumption = if run.resumed_from.is_some() { resume::of_run(&mut tx, tenant, id).await? } else { None };
    let resumed_by = if run.state.is_terminal() { resume::latest_of(&mut tx, tenant, id).await? } else { None };
    drop(tx);
    let summary = named::summaries(app, tenant, std::slice::from_ref(&run)).await?.pop().unwrap_or_else(|| RunSummary::from(&run));
    let more = entries.len() > JOURNAL_PAGE as usize;
    let mut journal = Vec::with_capacity(entries.len());
    for entry in entries.into_iter().take(JOURNAL_PAGE as usize) {
        journal.push(shown(&app.engine, tenant, entry).await?);
    }
    Ok(RunDetail {
        summary,
        tenant_id: run.tenant.clone(),
        input: value(&app.engine, tenant, &run.input).await?,
        output: match &run.output {
            Some(output) => Some(value(&app.engine, tenant, output).await?),
            None => None,
        },
        error: run.error.as_deref().map(lenient),
        journal_next: more.then(|| journal.last().map(|e| e.pos)).flatten(),
        journal,
        waits: open
            .into_iter()
            .map(|w| OpenWait { seq: w.seq, kind: w.kind, key: w.key, due_at: w.due_at.map(|t| t.to_string()), since: w.created_at.to_string() })
            .collect(),
        logs,
        generation: run.generation,
        resumed_by: resumed_by.map(|r| r.run_id),
        resumption: resumption.map(ResumptionView::from),
    })
}

/// Entries of a run's journal after position `after`.
pub async fn journal(app: &App, tenant: &TenantId, id: &RunId, after: i64, limit: u32) -> Result<JournalPage, ApiError> {
    let mut tx = app.of(tenant).read().await?;
    let run = run::get(&mut tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("run"))?;
    let mut entries = journal::page(&mut tx, id, run.generation, after, limit + 1).await?;
    drop(tx);
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let mut data = Vec::with_capacity(entries.len());
    for entry in entries {
        data.push(shown(&app.engine, tenant, entry).await?);
    }
    Ok(JournalPage { status: run.state.as_str(), generation: run.generation, next: more.then(|| data.last().map(|e| e.pos)).flatten(), data })
}

/// The position of the last entry of a run's journal; 0 without any.
pub async fn journal_end(app: &App, tenant: &TenantId, run: &Run) -> Result<i64, ApiError> {
    Ok(journal::end(&mut app.of(tenant).read().await?, &run.id, run.generation).await?)
}

/// Log lines after number `after`, oldest first.
pub async fn logs(app: &App, tenant: &TenantId, id: &RunId, after: i64) -> Result<Vec<LogEntry>, ApiError> {
    let mut tx = app.of(tenant).read().await?;
    Ok(logs_after(&mut tx, id, after, LOG_PAGE).await?.into_iter().map(LogEntry::from).collect())
}

async fn shown(engine: &Engine, tenant: &TenantId, entry: journal::Entry) -> Result<JournalEntry, ApiError> {
    Ok(JournalEntry {
        pos: entry.pos,
        seq: entry.seq,
        kind: entry.kind,
        args: lenient(&entry.args),
        ok: entry.ok,
        outcome: value(engine, tenant, &entry.outcome).await?,
        started_at: entry.started_at.to_string(),
        finished_at: entry.finished_at.to_string(),
        duration_ms: entry.finished_at.since(entry.started_at).as_secs_f64() * 1000.0,
    })
}

async fn value(engine: &Engine, tenant: &TenantId, payload: &Payload) -> Result<Value, ApiError> {
    Ok(lenient(&engine.payloads().get(tenant, payload).await?))
}
