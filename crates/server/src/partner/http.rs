//! `/api/v1/public/…`: read with an API key.

use axum::extract::State;
use millrace_clock::Timestamp;
use millrace_engine::{Run, RunFilter, RunState};
use millrace_ids::{AutomationId, AutomationVersionId, RunId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::model::{Automation, AutomationVersion};
use super::service;
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{KeyMay, need};

/// The routes of the partner API.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(automations)).routes(routes!(runs))
}

/// An automation in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicAutomation {
    /// Its id.
    id: AutomationId,
    /// Its name.
    name: String,
    /// The department it works for.
    department: Option<String>,
    /// `active` or `archived`.
    status: String,
    /// The version that is live, or the newest one where none is.
    current_version: Option<PublicVersion>,
}

/// A version in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicVersion {
    /// Its id.
    id: AutomationVersionId,
    /// Its label.
    version: String,
    /// Where it stands in its life.
    status: String,
}

impl From<Automation> for PublicAutomation {
    fn from(a: Automation) -> Self {
        let version = |v: AutomationVersion| PublicVersion { id: v.id, version: v.version, status: v.status };
        Self { id: a.id, name: a.name, department: a.department, status: a.status, current_version: a.current.map(version) }
    }
}

/// A run in short.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PublicRun {
    /// Its id.
    run_id: RunId,
    /// `queued`, `running`, `waiting`, `completed`, `failed`, `cancelled` or `skipped`.
    status: &'static str,
    /// When it began.
    started_at: Option<String>,
    /// When it ended.
    completed_at: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<String>,
}

impl From<Run> for PublicRun {
    fn from(run: Run) -> Self {
        let error: Option<serde_json::Value> = run.error.as_deref().and_then(|e| serde_json::from_str(e).ok());
        Self {
            run_id: run.id,
            status: run.state.as_str(),
            started_at: run.started_at.map(|t| t.to_string()),
            completed_at: run.finished_at.map(|t| t.to_string()),
            error_message: error.as_ref().and_then(|e| e["message"].as_str()).map(str::to_owned),
        }
    }
}

/// Which automations to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AutomationsQuery {
    /// `active` or `archived`.
    status: Option<String>,
    /// `sales`, `marketing`, `finance`, `hr`, `ops` or `it`.
    department: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// Which runs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RunsQuery {
    /// Only accepted at or after this instant (RFC 3339).
    #[param(format = DateTime)]
    from: Option<String>,
    /// Only accepted before this instant (RFC 3339).
    #[param(format = DateTime)]
    to: Option<String>,
    /// `queued`, `running`, `waiting`, `completed`, `failed`, `cancelled` or `skipped`.
    status: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List automations, for partners
///
/// Newest first: no owner, no price, no blueprint. For API keys only, `read_only` or wider.
#[utoipa::path(get, path = "/api/v1/public/automations", tag = "partner", operation_id = "list_public_automations", params(AutomationsQuery),
    responses((status = 200, description = "A page", body = Page<PublicAutomation>), (status = 401, description = "`API_KEY_REQUIRED` and the codes of keys that open nothing", body = Problem),
        (status = 403, description = "`INSUFFICIENT_PERMISSIONS`", body = Problem), (status = 429, description = "`RATE_LIMITED`, per key and per workspace", body = Problem)))]
async fn automations(
    State(app): State<App>,
    caller: KeyMay<need::AutomationsSummary>,
    query: Result<Query<AutomationsQuery>, ApiError>,
) -> Result<Json<Page<PublicAutomation>>, ApiError> {
    let answer = async {
        service::admit(&app, &caller)?;
        let Query(query) = query?;
        let limit = page_limit(query.limit)?;
        let before: Option<AutomationId> = page_cursor(query.cursor.as_deref())?;
        let found = service::automations(&app, &caller.tenant, query.status.as_deref(), query.department.as_deref(), before.as_ref(), limit + 1).await?;
        Ok(Json(Page::from_overfull(found, limit, |a| a.id.to_string()).map(PublicAutomation::from)))
    };
    let answer = answer.await;
    app.accesses.note(&caller, "/api/v1/public/automations", status_of(&answer), app.clock.now());
    answer
}

/// List the runs of an automation version, for partners
///
/// Newest first. For API keys only, `read_only` or wider.
#[utoipa::path(get, path = "/api/v1/public/automation-versions/{id}/runs", tag = "partner", operation_id = "list_public_runs", params(("id" = String, Path, description = "`av_…`"), RunsQuery),
    responses((status = 200, description = "A page", body = Page<PublicRun>), (status = 401, description = "`API_KEY_REQUIRED` and the codes of keys that open nothing", body = Problem),
        (status = 403, description = "`INSUFFICIENT_PERMISSIONS`", body = Problem), (status = 404, description = "No such version", body = Problem),
        (status = 429, description = "`RATE_LIMITED`, per key and per workspace", body = Problem)))]
async fn runs(
    State(app): State<App>,
    caller: KeyMay<need::AutomationsSummary>,
    id: Result<Path<AutomationVersionId>, ApiError>,
    query: Result<Query<RunsQuery>, ApiError>,
) -> Result<Json<Page<PublicRun>>, ApiError> {
    let answer = async {
        service::admit(&app, &caller)?;
        let (Path(id), Query(query)) = (id?, query?);
        let limit = page_limit(query.limit)?;
        let filter = RunFilter {
            states: query.status.map(|s| s.parse::<RunState>()).transpose().map_err(|e| wrong("status", &e.to_string()))?.into_iter().collect(),
            since: instant("from", query.from.as_deref())?,
            until: instant("to", query.to.as_deref())?,
            before: page_cursor::<RunId>(query.cursor.as_deref())?,
            limit: limit + 1,
            ..RunFilter::default()
        };
        let found = service::runs(&app, &caller.tenant, &id, filter).await?;
        Ok(Json(Page::from_overfull(found, limit, |r| r.id.to_string()).map(PublicRun::from)))
    };
    let answer = answer.await;
    app.accesses.note(&caller, "/api/v1/public/automation-versions/{id}/runs", status_of(&answer), app.clock.now());
    answer
}

fn instant(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, ApiError> {
    text.map(Timestamp::parse).transpose().map_err(|_| wrong(name, "is an RFC 3339 instant"))
}

fn wrong(name: &str, message: &str) -> ApiError {
    ApiError::invalid("INVALID_REQUEST", format!("`{name}`: {message}.")).with_field(name, "INVALID_VALUE", message)
}

fn status_of<T>(answer: &Result<T, ApiError>) -> u16 {
    answer.as_ref().map_or_else(|error| error.status.as_u16(), |_| 200)
}
