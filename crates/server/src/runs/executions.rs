//! `/api/executions/{id}/…`: the marketplace's words for what can be done with an own run; the same as `/api/runs/{id}/…`.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use millrace_ids::RunId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::http::{CancelAnswer, LogEvent, LogsQuery, RetryAnswer};
use super::model::LogEntry;
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Query};
use crate::identity::{May, need};

/// The routes.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(logs)).routes(routes!(cancel)).routes(routes!(retry))
}

/// Log lines of an own run; live as Server-Sent Events
///
/// As `GET /api/runs/{id}/logs`. Logs of other organisations' runs are nobody's but theirs.
#[utoipa::path(get, path = "/api/executions/{id}/logs", tag = "analytics", operation_id = "execution_logs", params(("id" = String, Path, description = "`run_…`"), LogsQuery),
    responses((status = 200, description = "Lines, or the stream", content((Page<LogEntry> = "application/json"), (LogEvent = "text/event-stream"))), (status = 404, description = "No such run"), (status = 429, description = "`TOO_MANY_STREAMS`, `RATE_LIMITED`")))]
async fn logs(State(app): State<App>, caller: May<need::RunsRead>, Path(id): Path<RunId>, Query(query): Query<LogsQuery>, headers: HeaderMap) -> Result<Response, ApiError> {
    super::http::logs_of(app, caller.0, id, query, &headers).await
}

/// Cancel an own run and everything it started
#[utoipa::path(post, path = "/api/executions/{id}/cancel", tag = "analytics", operation_id = "cancel_execution", params(("id" = String, Path, description = "`run_…`")),
    responses((status = 200, description = "What became of it", body = CancelAnswer), (status = 404, description = "No such run")))]
async fn cancel(State(app): State<App>, caller: May<need::RunsWrite>, Path(id): Path<RunId>) -> Result<Json<CancelAnswer>, ApiError> {
    super::http::cancel_of(&app, &caller, id).await
}

/// Start an own failed or cancelled run again, as a new run
#[utoipa::path(post, path = "/api/executions/{id}/retry", tag = "analytics", operation_id = "retry_execution", params(("id" = String, Path, description = "`run_…`")),
    responses((status = 202, description = "The new run", body = RetryAnswer), (status = 404, description = "No such run"), (status = 409, description = "The run has not failed")))]
async fn retry(State(app): State<App>, caller: May<need::RunsWrite>, Path(id): Path<RunId>) -> Result<Response, ApiError> {
    super::http::retry_of(&app, &caller, id).await
}
