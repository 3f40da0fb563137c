//! `GET /api/workflows/{id}/analytics`, its export, `…/executions`, and `GET /api/executions/{id}`.

use axum::extract::State;
use axum::response::Response;
use millrace_engine::RunState;
use millrace_ids::RunId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::execution::ExecutionAnswer;
use super::export::{self, Format};
use super::figures::Figures;
use super::window::{ExportQuery, FiguresQuery, ListQuery, wrong};
use super::{scope, service};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{May, need};

/// The routes of figures.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(export_rows)).routes(routes!(list)).routes(routes!(show_one)).merge(super::workspace::routes())
}

/// What the runs of a workflow came to
///
/// The workspace that wrote the workflow sees the runs of all organisations, of others without people and texts. Members of an
/// organisation that installed it see their own. Exact from `covers_from` on: 100,000 runs are read at most.
#[utoipa::path(get, path = "/api/workflows/{id}/analytics", tag = "analytics", operation_id = "show_analytics",
    params(("id" = String, Path, description = "The workflow, or the id its module states"), FiguresQuery),
    responses((status = 200, description = "The figures", body = Figures), (status = 400, description = "The window makes no sense", body = Problem),
        (status = 403, description = "`ANALYTICS_DISABLED`", body = Problem), (status = 404, description = "Neither written nor installed by this workspace", body = Problem)))]
async fn show(State(app): State<App>, caller: May<need::RunsRead>, Path(id): Path<String>, Query(query): Query<FiguresQuery>) -> Result<Json<Figures>, ApiError> {
    let seen = scope::find(&app, &caller, &id).await?.enabled()?;
    let window = query.window(&seen, app.clock.now())?;
    let interval = window.interval(query.interval.as_deref())?;
    Ok(Json(service::figures(&app, &seen, &window, interval).await?))
}

/// Export the runs of a workflow
///
/// CSV with a header line, or a line of JSON for each run, newest first: `id, workflow_id, version, installation_id,
/// organization_id, user_id, trigger_type, status, started_at, finished_at, duration_ms, error_code, error_message, steps_total,
/// steps_failed`. At most 100,000 rows; a longer export goes on with the last id as `cursor`. What a module says about
/// `metadata.analytics.exportEnabled` is obeyed; where it says nothing, the workspace that wrote it may export.
#[utoipa::path(get, path = "/api/workflows/{id}/analytics/export", tag = "analytics", operation_id = "export_analytics",
    params(("id" = String, Path, description = "The workflow, or the id its module states"), ExportQuery),
    responses((status = 200, description = "The rows", content((String = "text/csv"), (String = "application/x-ndjson"))), (status = 400, description = "The window makes no sense", body = Problem),
        (status = 403, description = "`EXPORT_DISABLED`, `ANALYTICS_DISABLED`", body = Problem), (status = 404, description = "Neither written nor installed by this workspace", body = Problem)))]
async fn export_rows(State(app): State<App>, caller: May<need::RunsRead>, Path(id): Path<String>, Query(query): Query<ExportQuery>) -> Result<Response, ApiError> {
    let seen = scope::find(&app, &caller, &id).await?.enabled()?;
    seen.exported()?;
    let format = match query.format.as_deref() {
        None | Some("csv") => Format::Csv,
        Some("ndjson") => Format::Ndjson,
        Some(_) => return Err(wrong("format", "must be `csv` or `ndjson`")),
    };
    let before = page_cursor::<RunId>(query.cursor.as_deref())?;
    let window = query.window(&seen, app.clock.now())?;
    Ok(export::stream(app, seen, window, before, format))
}

/// List the runs of a workflow, newest first
///
/// Across its installations. The workspace that wrote the workflow sees those of all organisations, of others without people and
/// texts.
#[utoipa::path(get, path = "/api/workflows/{id}/executions", tag = "analytics", operation_id = "list_executions",
    params(("id" = String, Path, description = "The workflow, or the id its module states"), ListQuery),
    responses((status = 200, description = "A page", body = Page<ExecutionAnswer>), (status = 400, description = "The window makes no sense", body = Problem),
        (status = 404, description = "Neither written nor installed by this workspace", body = Problem)))]
async fn list(State(app): State<App>, caller: May<need::RunsRead>, Path(id): Path<String>, Query(query): Query<ListQuery>) -> Result<Json<Page<ExecutionAnswer>>, ApiError> {
    let seen = scope::find(&app, &caller, &id).await?;
    let limit = page_limit(query.limit)?;
    let state = query.status.as_deref().map(|s| s.parse::<RunState>()).transpose().map_err(|e| ApiError::invalid("INVALID_QUERY", e))?;
    let before = page_cursor::<RunId>(query.cursor.as_deref())?;
    let window = query.window(&seen, app.clock.now())?;
    Ok(Json(service::list(&app, &seen, &window, state, before.as_ref(), limit).await?))
}

/// Show a run of a workflow
///
/// One of this workspace's own, or of a workflow that it wrote. `GET /api/runs/{id}` shows an own one with all it did.
#[utoipa::path(get, path = "/api/executions/{id}", tag = "analytics", operation_id = "show_execution", params(("id" = String, Path, description = "`run_…`")),
    responses((status = 200, description = "The run", body = ExecutionAnswer), (status = 404, description = "No such run", body = Problem)))]
async fn show_one(State(app): State<App>, caller: May<need::RunsRead>, Path(id): Path<RunId>) -> Result<Json<ExecutionAnswer>, ApiError> {
    Ok(Json(service::one(&app, &caller.tenant, &id).await?))
}
