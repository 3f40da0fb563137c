//! `/api/installations/{id}/version-info`, `pin-version`, `update`: which version an installation has.

use axum::extract::State;
use millrace_ids::InstallationId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{PinRequest, UpdateRequest, VersionInfoAnswer};
use super::moving::Looked;
use super::{limits, service};
use crate::app::App;
use crate::http::{ApiError, Json, OptionalJson, Path, Problem};
use crate::identity::{Caller, May, need};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(pin)).routes(routes!(update))
}

async fn answer(app: &App, caller: &Caller, id: InstallationId) -> Result<Json<VersionInfoAnswer>, ApiError> {
    let info = service::version_info(app, &caller.tenant, &id).await?;
    Ok(Json(VersionInfoAnswer::new(id, info)))
}

/// Show which version an installation has, and which it is offered
///
/// With what came in between, what somebody must look at, and what the last rollout did.
#[utoipa::path(get, path = "/api/installations/{id}/version-info", tag = "installations", operation_id = "show_version_info",
    params(("id" = String, Path, description = "`inst_…`")),
    responses((status = 200, body = VersionInfoAnswer), (status = 404, body = Problem)))]
async fn show(State(app): State<App>, caller: May<need::InstallationsRead>, Path(id): Path<InstallationId>) -> Result<Json<VersionInfoAnswer>, ApiError> {
    answer(&app, &caller, id).await
}

/// Pin an installation to a version, or unpin it
///
/// A pinned one stays at its version whatever is rolled out. Another version than the present one is taken at once.
#[utoipa::path(post, path = "/api/installations/{id}/pin-version", tag = "installations", operation_id = "pin_version", request_body = PinRequest,
    params(("id" = String, Path, description = "`inst_…`")),
    responses((status = 200, body = VersionInfoAnswer), (status = 400, description = "`INVALID_REQUEST`, `INVALID_CONFIG`", body = Problem), (status = 404, description = "No such installation or version", body = Problem),
        (status = 409, description = "`MIGRATION_FAILED`, `CONNECTION_MISSING`: the installation cannot have that version", body = Problem)))]
async fn pin(State(app): State<App>, caller: May<need::InstallationsWrite>, Path(id): Path<InstallationId>, Json(asked): Json<PinRequest>) -> Result<Json<VersionInfoAnswer>, ApiError> {
    match asked.version_id.as_deref() {
        None => service::end_pin(&app, &caller.tenant, &caller.by, &id).await?,
        Some(version) => service::pin(&app, &caller.tenant, &caller.by, &id, version, &reason(asked.reason.as_deref())?).await?,
    }
    answer(&app, &caller, id).await
}

fn reason(stated: Option<&str>) -> Result<String, ApiError> {
    let stated = stated.map(str::trim).unwrap_or_default();
    if stated.is_empty() || stated.chars().count() > limits::REASON_CHARS || stated.chars().any(char::is_control) {
        let message = format!("is a text of 1 to {} characters", limits::REASON_CHARS);
        return Err(ApiError::invalid("INVALID_REQUEST", format!("`reason` {message}.")).with_field("reason", "INVALID_VALUE", message));
    }
    Ok(stated.to_owned())
}

/// Take the offered version now
///
/// After a migration that failed, and where something must be looked at first: the request may fill in inputs and connections. A pin ends.
#[utoipa::path(post, path = "/api/installations/{id}/update", tag = "installations", operation_id = "update_installation", request_body = Option<UpdateRequest>,
    params(("id" = String, Path, description = "`inst_…`")),
    responses((status = 200, body = VersionInfoAnswer), (status = 400, description = "`INVALID_CONFIG`: the new version needs other inputs", body = Problem), (status = 404, body = Problem),
        (status = 409, description = "`NO_UPDATE_OFFERED`, `MIGRATION_FAILED`, `CONNECTION_MISSING`", body = Problem)))]
async fn update(State(app): State<App>, caller: May<need::InstallationsWrite>, Path(id): Path<InstallationId>, OptionalJson(asked): OptionalJson<UpdateRequest>) -> Result<Json<VersionInfoAnswer>, ApiError> {
    let looked = Looked { config: asked.config, connections: asked.connections };
    service::update(&app, &caller.tenant, &caller.by, &id, &looked).await?;
    answer(&app, &caller, id).await
}
