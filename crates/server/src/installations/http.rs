//! `/api/installations`.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{HeaderMap, StatusCode};
use millrace_ids::InstallationId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{ChangeRequest, InstallRequest, InstallationAnswer, ListQuery, RemovalAnswer, RemoveQuery, Sight, TriggerAnswer, TriggerRequest, answer};
use super::model::Status;
use super::service::{self, Erasure, Filter, Gone, ManualRun};
use crate::app::App;
use crate::http::{ApiError, DataJson, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{May, need};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(install, list))
        .routes(routes!(show, change, delete))
        .routes(routes!(activate))
        .routes(routes!(pause))
        .routes(routes!(trigger))
        .routes(routes!(run))
        .merge(super::onboarding_http::routes())
        .merge(super::pickers::routes())
}

/// Install a workflow
///
/// The installation, its new connections and its triggers appear together or not at all. Inputs are checked against the
/// module's declaration; those that are secrets are sealed and never shown again. With `activate` it must be complete;
/// without, connections and inputs may come later. A complete configuration is shown to the module's `validateConfig`. With
/// `activate`, its `onEnable` runs, and the answer waits for it for a moment: `status` says how far it has come.
#[utoipa::path(post, path = "/api/installations", tag = "installations", operation_id = "install", request_body = InstallRequest,
    responses(
        (status = 201, description = "Installed; `webhooks[]` holds addresses and signing secrets", body = InstallationAnswer),
        (status = 400, description = "`INVALID_CONFIG` with every field in `errors[]`, `UNKNOWN_SERVICE`, `MISSING_FIELD` of a connection, `INVALID_CRON`, `INVALID_TIMEZONE`", body = Problem),
        (status = 404, description = "No such workflow or version", body = Problem),
        (status = 409, description = "`ALREADY_INSTALLED`: an installation of this workflow has this name; `CONNECTION_MISSING`, `ONBOARDING_INCOMPLETE`: it was to be active and is not complete", body = Problem),
    ))]
async fn install(State(app): State<App>, caller: May<need::InstallationsWrite>, Json(request): Json<InstallRequest>) -> Result<(StatusCode, Json<InstallationAnswer>), ApiError> {
    let mut shown = service::install(&app, &caller.tenant, &caller.by, request.into()).await?;
    if shown.whole.installation.status == Status::Activating {
        shown = service::settled(&app, &caller.tenant, &shown.whole.installation.id).await?;
    }
    Ok((StatusCode::CREATED, Json(answer(&app, &shown, Sight::Full)?)))
}

/// List installations
#[utoipa::path(get, path = "/api/installations", tag = "installations", operation_id = "list_installations", params(ListQuery),
    responses((status = 200, description = "Newest first; signing secrets are masked", body = Page<InstallationAnswer>)))]
async fn list(State(app): State<App>, caller: May<need::InstallationsRead>, Query(query): Query<ListQuery>) -> Result<Json<Page<InstallationAnswer>>, ApiError> {
    let before = page_cursor(query.cursor.as_deref())?;
    let filter = Filter { status: query.status, workflow: query.workflow_id };
    let page = service::list(&app, &caller.tenant, &filter, before.as_ref(), page_limit(query.limit)?).await?;
    let sight = Sight::of(&caller, Sight::Masked);
    let data = page.data.iter().map(|shown| answer(&app, shown, sight)).collect::<Result<_, _>>()?;
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
}

/// Show an installation
#[utoipa::path(get, path = "/api/installations/{id}", tag = "installations", operation_id = "show_installation",
    params(("id" = String, Path, description = "`inst_…`")),
    responses((status = 200, body = InstallationAnswer), (status = 404, body = Problem)))]
async fn show(State(app): State<App>, caller: May<need::InstallationsRead>, Path(id): Path<InstallationId>) -> Result<Json<InstallationAnswer>, ApiError> {
    let shown = service::get(&app, &caller.tenant, &id).await?;
    Ok(Json(answer(&app, &shown, Sight::of(&caller, Sight::Full))?))
}

/// Change an installation
///
/// Version, name, inputs, connections, signing secrets, time zone: all of it, or nothing. Another version's migrations bring the inputs
/// over first. Addresses of webhooks stay as long as the module declares them. Runs in flight keep the version they started with.
/// An active installation must stay complete. Inputs are shown to the module's `validateConfig`; of an active installation, its
/// `metadata.onConfigChange` runs behind the answer.
#[utoipa::path(patch, path = "/api/installations/{id}", tag = "installations", operation_id = "change_installation", request_body = ChangeRequest,
    params(("id" = String, Path, description = "`inst_…`")),
    responses(
        (status = 200, body = InstallationAnswer),
        (status = 400, description = "As for installing", body = Problem),
        (status = 404, description = "No such installation, or no such version for this workspace", body = Problem),
        (status = 409, description = "`CONNECTION_MISSING`, `ALREADY_INSTALLED`, `INSTALLATION_UNINSTALLED`, `MIGRATION_FAILED` when the version's migration fails, or `INSTALLATION_CHANGED` when others change it at the same time", body = Problem),
    ))]
async fn change(State(app): State<App>, caller: May<need::InstallationsWrite>, Path(id): Path<InstallationId>, Json(request): Json<ChangeRequest>) -> Result<Json<InstallationAnswer>, ApiError> {
    let shown = service::change(&app, &caller.tenant, &caller.by, &id, &request.into()).await?;
    Ok(Json(answer(&app, &shown, Sight::Full)?))
}

/// Remove an installation
///
/// It is uninstalled: triggers go, runs are cancelled, the module's `onDisable` runs behind the answer. What it stored is kept for
/// thirty days and then erased, after its `onDelete`. With `permanent` it is erased now: the answer waits for `onDelete` for a moment,
/// and a failure keeps everything, unless `force` is given. Its connections stay.
#[utoipa::path(delete, path = "/api/installations/{id}", tag = "installations", operation_id = "delete_installation",
    params(("id" = String, Path, description = "`inst_…`"), RemoveQuery),
    responses(
        (status = 204, description = "Uninstalled; with `permanent`, erased"),
        (status = 202, description = "It is erased when the module's `onDelete` has ended", body = RemovalAnswer),
        (status = 404, body = Problem),
        (status = 409, description = "`HOOK_FAILED`: `onDelete` failed, nothing was erased", body = Problem),
    ))]
async fn delete(State(app): State<App>, caller: May<need::InstallationsWrite>, Path(id): Path<InstallationId>, Query(query): Query<RemoveQuery>) -> Result<Response, ApiError> {
    let erasure = Erasure { permanent: query.permanent, force: query.force };
    Ok(match service::uninstall(&app, &caller.tenant, &caller.by, &id, erasure).await? {
        Gone::Done => StatusCode::NO_CONTENT.into_response(),
        Gone::Erasing => (StatusCode::ACCEPTED, Json(RemovalAnswer { id, status: "erasing" })).into_response(),
    })
}

/// Activate an installation
///
/// Registers its triggers and schedules: from now on they start runs. It must be complete. The module's `validateConfig` is asked, then
/// its `onEnable` runs; the answer waits for that for a moment, and `activating` moves by itself.
#[utoipa::path(post, path = "/api/installations/{id}/activate", tag = "installations", operation_id = "activate_installation",
    params(("id" = String, Path, description = "`inst_…`")),
    responses(
        (status = 200, body = InstallationAnswer),
        (status = 202, description = "The module's `onEnable` still runs: `status` is `activating`", body = InstallationAnswer),
        (status = 400, description = "`INVALID_CONFIG`, `INVALID_CRON`: its inputs make a run or a schedule impossible", body = Problem),
        (status = 404, body = Problem),
        (status = 409, description = "`CONNECTION_MISSING` names each service, `ONBOARDING_INCOMPLETE` each open step; `HOOK_FAILED`: `onEnable` failed", body = Problem),
    ))]
async fn activate(State(app): State<App>, caller: May<need::InstallationsWrite>, Path(id): Path<InstallationId>) -> Result<(StatusCode, Json<InstallationAnswer>), ApiError> {
    let shown = service::activate(&app, &caller.tenant, &caller.by, &id).await?;
    let status = if shown.whole.installation.status == Status::Activating { StatusCode::ACCEPTED } else { StatusCode::OK };
    Ok((status, Json(answer(&app, &shown, Sight::Full)?)))
}

/// Pause an installation
///
/// Its triggers start nothing until it is activated again; deliveries are answered with `ignored`. Runs in flight go on.
/// The module's `onDisable` runs behind the answer; its failure is in the list of runs and stops nothing.
#[utoipa::path(post, path = "/api/installations/{id}/pause", tag = "installations", operation_id = "pause_installation",
    params(("id" = String, Path, description = "`inst_…`")),
    responses(
        (status = 200, body = InstallationAnswer),
        (status = 404, body = Problem),
        (status = 409, description = "`INSTALLATION_NOT_ACTIVE`: it never was", body = Problem),
    ))]
async fn pause(State(app): State<App>, caller: May<need::InstallationsWrite>, Path(id): Path<InstallationId>) -> Result<Json<InstallationAnswer>, ApiError> {
    let shown = service::pause(&app, &caller.tenant, &caller.by, &id).await?;
    Ok(Json(answer(&app, &shown, Sight::Full)?))
}

type Started = Result<(StatusCode, Json<TriggerAnswer>), ApiError>;

/// Start a run
///
/// With `Idempotency-Key`, the same key within 24 hours answers the same run.
#[utoipa::path(post, path = "/api/installations/{id}/trigger", tag = "triggers", operation_id = "trigger_installation",
    params(("id" = String, Path, description = "`inst_…`"), ("Idempotency-Key" = Option<String>, Header, description = "Any text of the caller's")),
    request_body(content = Option<TriggerRequest>, description = "May be empty"),
    responses(
        (status = 202, description = "The run is stored durably", body = TriggerAnswer),
        (status = 404, body = Problem),
        (status = 409, description = "`INSTALLATION_NOT_ACTIVE`", body = Problem),
    ))]
async fn trigger(State(app): State<App>, caller: May<need::RunsWrite>, Path(id): Path<InstallationId>, headers: HeaderMap, DataJson(request): DataJson<TriggerRequest>) -> Started {
    let by = caller.by.id().map(str::to_owned);
    let asked = ManualRun { data: request.data, kind: request.kind, event: request.event, service: request.service, by, idempotency_key: idempotency_key(&headers)? };
    let started = service::start_manual(&app, &caller.tenant, &id, asked).await?;
    Ok((StatusCode::ACCEPTED, Json(TriggerAnswer { run_id: started.run_id, duplicate: started.duplicate })))
}

/// Start a run (the same under another name)
#[utoipa::path(post, path = "/api/installations/{id}/run", tag = "triggers", operation_id = "run_installation",
    params(("id" = String, Path, description = "`inst_…`"), ("Idempotency-Key" = Option<String>, Header, description = "Any text of the caller's")),
    request_body(content = Option<TriggerRequest>, description = "May be empty"),
    responses(
        (status = 202, description = "The run is stored durably", body = TriggerAnswer),
        (status = 404, body = Problem),
        (status = 409, description = "`INSTALLATION_NOT_ACTIVE`", body = Problem),
    ))]
async fn run(app: State<App>, caller: May<need::RunsWrite>, id: Path<InstallationId>, headers: HeaderMap, request: DataJson<TriggerRequest>) -> Started {
    trigger(app, caller, id, headers, request).await
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let mut values = headers.get_all("idempotency-key").iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().ok().map(str::trim).filter(|t| !t.is_empty());
    match (text, values.next()) {
        (Some(text), None) => Ok(Some(text.to_owned())),
        _ => Err(ApiError::invalid("INVALID_REQUEST", "`Idempotency-Key` must be one plain text.").with_field("Idempotency-Key", "INVALID_VALUE", "one plain text")),
    }
}
