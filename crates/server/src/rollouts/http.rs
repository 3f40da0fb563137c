//! `/api/developer/workflows/{id}/rollout`: how far a version goes.

use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{RolloutAnswer, RolloutRequest, StopRequest};
use super::control::{self, Further};
use super::model::{AutoHalt, How, Rollout, RolloutStatus, share};
use super::{limits, service, store};
use crate::app::App;
use crate::http::{ApiError, Json, OptionalJson, Path, Problem};
use crate::identity::{Caller, May, need};
use crate::marketplace;
use crate::workflows::model::{Version, Workflow};
use crate::workflows::service as workflows;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(put, show)).routes(routes!(halt)).routes(routes!(roll_back)).merge(super::rehearsal_http::routes()).merge(super::installation_http::routes())
}

/// Roll out a version, or change how far it goes
///
/// Installations move in the background, the same ones first each time; a higher percentage only adds some. Who was moved stays when it is
/// lowered, unless `rollback` is set. A halted rollout goes on.
#[utoipa::path(put, path = "/api/developer/workflows/{id}/rollout", tag = "workflows", operation_id = "set_rollout", request_body = RolloutRequest,
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, body = RolloutAnswer), (status = 400, description = "`INVALID_REQUEST`", body = Problem), (status = 404, description = "No such workflow or version", body = Problem),
        (status = 409, description = "`ROLLOUT_CHANGED`: somebody else changed it at the same time; `REHEARSAL_DIFFERS`", body = Problem)))]
async fn put(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path(id): Path<String>, Json(asked): Json<RolloutRequest>) -> Result<Json<RolloutAnswer>, ApiError> {
    let percentage = percentage(&asked)?;
    let (workflow, version, newest) = find(&app, &caller, &id, asked.version.as_deref()).await?;
    let auto_halt = asked.auto_halt.map(AutoHalt::from);
    check_halt(auto_halt.as_ref())?;
    if asked.rehearse && !asked.accept_differences {
        super::rehearsal_http::require_same(&app, &caller, &version).await?;
    }
    let going = newest.filter(|r| r.to == version.id && r.status != RolloutStatus::Superseded);
    match going {
        Some(read) => {
            let further = Further { percentage, back: asked.rollback && percentage < read.percentage.max(1), auto_halt };
            control::change(&app, &caller.by, &read, &further).await?;
        }
        None => {
            let how = How { percentage, fresh_sample: asked.salt.as_deref() == Some("version"), auto_halt };
            let mut tx = app.of(&caller.tenant).begin().await?;
            service::start_in(&mut tx, &app, &caller.by, &caller.tenant, &version, &how, app.clock.now()).await.map_err(|error| raced(&error))?;
            tx.commit().await?;
        }
    }
    answer(&app, control::newest(&app, &caller.tenant, &workflow.id).await?).await
}

/// Two that begin a rollout at once: the second one looks again.
fn raced(error: &ApiError) -> ApiError {
    if error.status.is_server_error() { ApiError::unavailable("The rollout could not be begun right now. Nothing was changed; try again.") } else { error.clone() }
}

fn percentage(asked: &RolloutRequest) -> Result<i64, ApiError> {
    let wrong = |field: &str, message: &str| ApiError::invalid("INVALID_REQUEST", format!("`{field}` {message}.")).with_field(field, "INVALID_VALUE", message);
    if asked.salt.as_deref().is_some_and(|salt| salt != "version") {
        return Err(wrong("salt", "is `version` or absent"));
    }
    share(asked.strategy.as_deref(), asked.percentage).map_err(|(field, message)| wrong(field, message))
}

fn check_halt(halts: Option<&AutoHalt>) -> Result<(), ApiError> {
    let Some(halts) = halts else { return Ok(()) };
    let wrong = |field: &str, message: &str| Err(ApiError::invalid("INVALID_REQUEST", format!("`auto_halt.{field}` {message}.")).with_field(format!("auto_halt.{field}"), "INVALID_VALUE", message));
    if !(1.0..=1_000.0).contains(&halts.factor) {
        return wrong("factor", "is from 1 to 1000");
    }
    if !(1..=1_000_000).contains(&halts.min_runs) {
        return wrong("min_runs", "is from 1 to 1000000");
    }
    if (0.0..=100.0).contains(&halts.floor_percent) { Ok(()) } else { wrong("floor_percent", "is from 0 to 100") }
}

/// The workflow, the version that is meant, and the rollout that counts.
async fn find(app: &App, caller: &Caller, id: &str, wanted: Option<&str>) -> Result<(Workflow, Version, Option<Rollout>), ApiError> {
    let mut tx = app.of(&caller.tenant).read().await?;
    let workflow = workflows::find(&mut tx, &caller.tenant, id).await?;
    let newest = store::newest(&mut tx, &workflow.id).await?;
    let published = marketplace::service::find(&mut tx, workflow.id.as_str()).await?.and_then(|listing| listing.current_version);
    let meant = match (wanted, &newest, published) {
        (Some(wanted), _, _) => Some(wanted.to_owned()),
        (None, Some(rollout), _) => Some(rollout.to.to_string()),
        (None, None, published) => published.map(|id| id.to_string()),
    };
    let version = workflows::find_version(&mut tx, &caller.tenant, &workflow, meant.as_deref()).await?;
    Ok((workflow, version, newest))
}

async fn answer(app: &App, rollout: Rollout) -> Result<Json<RolloutAnswer>, ApiError> {
    let standing = service::standing(app, &rollout).await?;
    Ok(Json(RolloutAnswer::new(rollout, standing)))
}

/// Show how far the latest rollout has come
///
/// Installations are counted over all workspaces, and ends of runs by version.
#[utoipa::path(get, path = "/api/developer/workflows/{id}/rollout", tag = "workflows", operation_id = "show_rollout",
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, body = RolloutAnswer), (status = 404, description = "No such workflow, or no version of it was ever rolled out", body = Problem)))]
async fn show(State(app): State<App>, caller: May<need::WorkflowsRead>, Path(id): Path<String>) -> Result<Json<RolloutAnswer>, ApiError> {
    let rollout = latest(&app, &caller, &id).await?;
    answer(&app, rollout).await
}

async fn latest(app: &App, caller: &Caller, id: &str) -> Result<Rollout, ApiError> {
    let mut tx = app.of(&caller.tenant).read().await?;
    let workflow = workflows::find(&mut tx, &caller.tenant, id).await?;
    drop(tx);
    control::newest(app, &caller.tenant, &workflow.id).await
}

/// Halt a rollout
///
/// Nobody gets the version any more; who has it keeps it. Setting a percentage lets it go on.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/rollout/halt", tag = "workflows", operation_id = "halt_rollout", request_body = Option<StopRequest>,
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, body = RolloutAnswer), (status = 404, description = "No such workflow, or nothing was rolled out", body = Problem),
        (status = 409, description = "`ROLLOUT_NOT_ACTIVE`", body = Problem)))]
async fn halt(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path(id): Path<String>, OptionalJson(asked): OptionalJson<StopRequest>) -> Result<Json<RolloutAnswer>, ApiError> {
    let read = latest(&app, &caller, &id).await?;
    if read.status != RolloutStatus::Active {
        return Err(ApiError::conflict("ROLLOUT_NOT_ACTIVE", format!("This rollout is {}: there is nothing to halt.", read.status)));
    }
    let halted = control::halt(&app, &caller.by, &read, &reason(&asked), false).await?;
    answer(&app, halted).await
}

/// Take a rollout back
///
/// Installations that it moved get the version and the configuration that they had before, in the background.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/rollout/rollback", tag = "workflows", operation_id = "roll_back_rollout", request_body = Option<StopRequest>,
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, body = RolloutAnswer), (status = 404, description = "No such workflow, or nothing was rolled out", body = Problem),
        (status = 409, description = "`ROLLOUT_NOT_ACTIVE`", body = Problem)))]
async fn roll_back(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path(id): Path<String>, OptionalJson(asked): OptionalJson<StopRequest>) -> Result<Json<RolloutAnswer>, ApiError> {
    let read = latest(&app, &caller, &id).await?;
    if matches!(read.status, RolloutStatus::RolledBack | RolloutStatus::Superseded) {
        return Err(ApiError::conflict("ROLLOUT_NOT_ACTIVE", format!("This rollout is {}: there is nothing to take back.", read.status)));
    }
    let back = control::halt(&app, &caller.by, &read, &reason(&asked), true).await?;
    answer(&app, back).await
}

fn reason(asked: &StopRequest) -> String {
    let said = asked.reason.as_deref().map(str::trim).filter(|text| !text.is_empty()).unwrap_or("by hand");
    said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(limits::REASON_CHARS).collect()
}
