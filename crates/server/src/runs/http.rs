//! `GET /api/runs`, `GET /api/runs/{id}`, logs, cancel, retry.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use millrace_clock::Timestamp;
use millrace_engine::{RunFilter, RunState};
use millrace_ids::RunId;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{JournalPage, LogEntry, RunDetail, RunSummary};
use super::{executions, live, named, recording, resume, service};
use super::audited::audited;
use crate::app::App;
use crate::audit::Action;
use crate::http::{ApiError, Json, Page, Path, Query, page_cursor, page_limit};
use crate::identity::{Caller, May, need};
use crate::installations;

/// The routes of runs.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(show)).routes(routes!(journal)).routes(routes!(logs)).routes(routes!(cancel)).routes(routes!(retry)).merge(resume::routes()).merge(recording::routes()).merge(executions::routes())
}

/// Which runs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// `queued`, `running`, `waiting`, `completed`, `failed`, `cancelled` or `skipped`; several divided by commas.
    status: Option<String>,
    /// Only of this installation.
    installation: Option<String>,
    /// Only of this workflow, whichever installation: its id.
    workflow: Option<String>,
    /// Only started by this: `webhook`, `schedule`, `poll`, `manual` …
    trigger: Option<String>,
    /// Only failed with this code.
    error_code: Option<String>,
    /// Only of this kind.
    kind: Option<String>,
    /// Only children of this run.
    parent: Option<String>,
    /// Only accepted at or after this instant (RFC 3339).
    #[param(format = DateTime)]
    since: Option<String>,
    /// Only accepted before this instant (RFC 3339).
    #[param(format = DateTime)]
    until: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List runs, newest first
#[utoipa::path(get, path = "/api/runs", tag = "runs", params(ListQuery), responses((status = 200, body = Page<RunSummary>), (status = 404, description = "`parent` is no run")))]
async fn list(State(app): State<App>, caller: May<need::RunsRead>, Query(query): Query<ListQuery>) -> Result<Json<Page<RunSummary>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let filter = RunFilter {
        states: states(query.status.as_deref())?,
        subjects: service::subjects(&app, &caller.tenant, query.installation, query.workflow.as_deref()).await?,
        trigger: query.trigger,
        error_code: query.error_code,
        kind: query.kind,
        parent: query.parent.map(|p| p.parse::<RunId>()).transpose().map_err(|_| ApiError::not_found("run"))?,
        since: instant(query.since.as_deref())?,
        until: instant(query.until.as_deref())?,
        before: page_cursor::<RunId>(query.cursor.as_deref())?,
        limit: limit + 1,
    };
    let runs = service::list(&app, &caller.tenant, &filter).await?;
    let page = Page::from_overfull(runs, limit, |r| r.id.to_string());
    Ok(Json(Page { data: named::summaries(&app, &caller.tenant, &page.data).await?, next_cursor: page.next_cursor }))
}

fn states(text: Option<&str>) -> Result<Vec<RunState>, ApiError> {
    let words = text.into_iter().flat_map(|text| text.split(',')).map(str::trim).filter(|word| !word.is_empty());
    words.map(|word| word.parse::<RunState>().map_err(|e| ApiError::invalid("INVALID_QUERY", e))).collect()
}

fn instant(text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    text.map(|t| Timestamp::parse(t).map_err(|e| ApiError::invalid("INVALID_QUERY", format!("`{t}` is not an RFC 3339 instant: {e}")))).transpose()
}

/// Where to go on in a journal.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ShowQuery {
    /// Journal entries after this position; `journal_next` of the answer before.
    after: Option<i64>,
}

/// Show a run with its journal
#[utoipa::path(get, path = "/api/runs/{id}", tag = "runs", params(("id" = String, Path), ShowQuery), responses((status = 200, body = RunDetail), (status = 404, description = "No such run")))]
async fn show(State(app): State<App>, caller: May<need::RunsRead>, Path(id): Path<RunId>, Query(query): Query<ShowQuery>) -> Result<Json<RunDetail>, ApiError> {
    Ok(Json(service::show(&app, &caller.tenant, &id, query.after.unwrap_or(0)).await?))
}

/// Where to go on in a journal, and how far.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct JournalQuery {
    /// Entries after this position.
    after: Option<i64>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Go on in the journal of a run
///
/// Nothing but entries and where the run stands: for whoever follows it. The stream of its logs says when there are more.
#[utoipa::path(get, path = "/api/runs/{id}/journal", tag = "runs", operation_id = "run_journal", params(("id" = String, Path), JournalQuery), responses((status = 200, body = JournalPage), (status = 404, description = "No such run")))]
async fn journal(State(app): State<App>, caller: May<need::RunsRead>, Path(id): Path<RunId>, Query(query): Query<JournalQuery>) -> Result<Json<JournalPage>, ApiError> {
    Ok(Json(service::journal(&app, &caller.tenant, &id, query.after.unwrap_or(0), page_limit(query.limit)?).await?))
}

/// Where to go on in the logs, and whether to stay.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct LogsQuery {
    /// Lines after this number.
    after: Option<i64>,
    /// Stay and send lines as they come (Server-Sent Events); the same as `Accept: text/event-stream`.
    follow: Option<bool>,
    /// In the stream: `journal` events, too, whenever there are more entries.
    journal: Option<bool>,
}

/// One event of the stream. The document has no word for a stream of events: what it says of the body holds for each.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only described: `live` writes them")]
pub(super) struct LogEvent {
    /// `log`: a line; `status`: the run moved; `journal`, if asked for: there are entries up to `pos`; `end`: nothing follows.
    #[schema(example = "log")]
    event: String,
    /// Of a line: its number, for `Last-Event-ID`.
    id: Option<String>,
    /// JSON: a line as in the list, `{"status": …}`, or `{"generation": …, "pos": …}`.
    data: String,
}

/// Log lines of a run; live as Server-Sent Events
///
/// The stream sends `log` events, `status` events when the run moves, with `journal=true` a `journal` event when there are more entries, and ends with an `end` event. `Last-Event-ID` resumes it.
/// A session or API key may have 20 streams open, a workspace 200; a reader that takes nothing for 30 seconds is cut off.
#[utoipa::path(get, path = "/api/runs/{id}/logs", tag = "runs", params(("id" = String, Path), LogsQuery),
    responses((status = 200, description = "Lines, or the stream", content((Page<LogEntry> = "application/json"), (LogEvent = "text/event-stream"))), (status = 404, description = "No such run"), (status = 429, description = "`TOO_MANY_STREAMS`, `RATE_LIMITED`")))]
async fn logs(State(app): State<App>, caller: May<need::RunsRead>, Path(id): Path<RunId>, Query(query): Query<LogsQuery>, headers: HeaderMap) -> Result<Response, ApiError> {
    logs_of(app, caller.0, id, query, &headers).await
}

pub(super) async fn logs_of(app: App, caller: Caller, id: RunId, query: LogsQuery, headers: &HeaderMap) -> Result<Response, ApiError> {
    service::find(&app, &caller.tenant, &id).await?;
    let resume = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<i64>().ok());
    let after = resume.or(query.after).unwrap_or(0);
    let wants_stream = headers.get(http::header::ACCEPT).is_some_and(|v| v.as_bytes().starts_with(b"text/event-stream"));
    if query.follow.unwrap_or(wants_stream) {
        let place = app.streams.open(&caller)?;
        return Ok(live::stream(app, caller, place, id, live::From { line: after, journal: query.journal == Some(true) }).into_response());
    }
    let lines = service::logs(&app, &caller.tenant, &id, after).await?;
    let next_cursor = (lines.len() == service::LOG_PAGE as usize).then(|| lines.last().map(|l| l.n.to_string())).flatten();
    Ok(Json(Page { data: lines, next_cursor }).into_response())
}

/// What became of a cancellation.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct CancelAnswer {
    /// The run.
    run_id: RunId,
    /// False when the run had ended before.
    cancelling: bool,
}

/// Cancel a run and everything it started
#[utoipa::path(post, path = "/api/runs/{id}/cancel", tag = "runs", params(("id" = String, Path)), responses((status = 200, body = CancelAnswer), (status = 404, description = "No such run")))]
async fn cancel(State(app): State<App>, caller: May<need::RunsWrite>, Path(id): Path<RunId>) -> Result<Json<CancelAnswer>, ApiError> {
    cancel_of(&app, &caller, id).await
}

pub(super) async fn cancel_of(app: &App, caller: &Caller, id: RunId) -> Result<Json<CancelAnswer>, ApiError> {
    let cancelling = app.engine.cancel_with(&caller.tenant, &id, "Cancelled by request.", audited(app, caller, Action::RunCancelled, None)).await?;
    Ok(Json(CancelAnswer { run_id: id, cancelling }))
}

/// The run that repeats another.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RetryAnswer {
    /// The new run.
    run_id: RunId,
    /// The run it repeats.
    retry_of: RunId,
}

/// Start a failed or cancelled run again, as a new run
#[utoipa::path(post, path = "/api/runs/{id}/retry", tag = "runs", params(("id" = String, Path)),
    responses((status = 202, body = RetryAnswer), (status = 404, description = "No such run"), (status = 409, description = "The run has not failed")))]
async fn retry(State(app): State<App>, caller: May<need::RunsWrite>, Path(id): Path<RunId>) -> Result<Response, ApiError> {
    retry_of(&app, &caller, id).await
}

pub(super) async fn retry_of(app: &App, caller: &Caller, id: RunId) -> Result<Response, ApiError> {
    app.quotas.admit_run(&caller.tenant).await?;
    let run = service::find(app, &caller.tenant, &id).await?;
    // It begins anew, so it begins with the configuration of today; without an installation it ends as INSTALLATION_GONE.
    let revision = match run.subject.parse() {
        Ok(installation) => installations::service::snapshot(app, &caller.tenant, &installation).await.ok().map(|i| i.revision),
        Err(_) => None,
    };
    let started = app.engine.retry_with(&caller.tenant, &id, revision, audited(app, caller, Action::RunRetried, Some(&id))).await?;
    Ok((StatusCode::ACCEPTED, Json(RetryAnswer { run_id: started.run_id, retry_of: id })).into_response())
}
