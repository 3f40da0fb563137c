//! `/api/installations/{id}/onboarding`, and what the developer's own set-up page sends.

use axum::extract::State;
use millrace_ids::InstallationId;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::onboarding::{self, Onboarding};
use crate::app::App;
use crate::http::{ApiError, Json, Path, Problem};
use crate::identity::{May, Permission, need};

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(show)).routes(routes!(skip)).routes(routes!(setup_complete))
}

/// What to do without.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct SkipRequest {
    /// An optional service; without it, all of them.
    #[serde(default)]
    service: Option<String>,
    /// `connections`, the only step with something to skip.
    #[serde(default)]
    step: Option<String>,
}

/// What a set-up page comes back with.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct SetupRequest {
    /// The word that stood in its address.
    state: String,
    /// Inputs that it collected.
    #[serde(default)]
    #[schema(value_type = Object)]
    config: Map<String, Value>,
}

/// Show how far a set-up has come
///
/// `access`, `setup`, `connections`, `byoo`, `config`, `activate`, in this order. `setup` holds the address of the workflow's own
/// page (`setup_url`) for those who may change the installation; `config` says what is asked first and what a form is filled in with.
#[utoipa::path(get, path = "/api/installations/{id}/onboarding", tag = "installations", operation_id = "show_onboarding",
    params(("id" = String, Path, description = "`inst_…`")),
    responses((status = 200, body = Onboarding), (status = 404, body = Problem)))]
async fn show(State(app): State<App>, caller: May<need::InstallationsRead>, Path(id): Path<InstallationId>) -> Result<Json<Onboarding>, ApiError> {
    let may_change = caller.may(Permission::InstallationsWrite);
    Ok(Json(onboarding::of(&app, &caller.tenant, &id, may_change).await?))
}

/// Do without optional services
#[utoipa::path(post, path = "/api/installations/{id}/onboarding/skip", tag = "installations", operation_id = "skip_onboarding_step", request_body = SkipRequest,
    params(("id" = String, Path, description = "`inst_…`")),
    responses(
        (status = 200, body = Onboarding),
        (status = 400, description = "`UNKNOWN_SERVICE`", body = Problem),
        (status = 404, body = Problem),
        (status = 409, description = "`STEP_NOT_OPTIONAL`: the workflow cannot do without it", body = Problem),
    ))]
async fn skip(State(app): State<App>, caller: May<need::InstallationsWrite>, Path(id): Path<InstallationId>, Json(request): Json<SkipRequest>) -> Result<Json<Onboarding>, ApiError> {
    if let Some(step) = request.step.filter(|step| step != "connections") {
        let shown: String = step.chars().take(64).collect();
        return Err(ApiError::conflict("STEP_NOT_OPTIONAL", format!("The step `{shown}` cannot be skipped.")).with_field("step", "STEP_NOT_OPTIONAL", "only `connections` can be skipped"));
    }
    onboarding::skip(&app, &caller.tenant, &caller.by, &id, request.service.as_deref()).await?;
    Ok(Json(onboarding::of(&app, &caller.tenant, &id, true).await?))
}

/// Come back from the workflow's own set-up page
///
/// Whoever holds the word of an open set-up may complete it once: it is the credential. Inputs are checked as for a change.
#[utoipa::path(post, path = "/api/installations/{id}/setup-complete", tag = "installations", operation_id = "complete_setup", request_body = SetupRequest, security(()),
    params(("id" = String, Path, description = "`inst_…`")),
    responses(
        (status = 200, description = "What is left to do", body = Onboarding),
        (status = 400, description = "`INVALID_STATE`: the word is wrong or used up; `INVALID_CONFIG`", body = Problem),
    ))]
async fn setup_complete(State(app): State<App>, Path(id): Path<InstallationId>, Json(request): Json<SetupRequest>) -> Result<Json<Onboarding>, ApiError> {
    Ok(Json(onboarding::complete_setup(&app, &id, &request.state, request.config).await?))
}
