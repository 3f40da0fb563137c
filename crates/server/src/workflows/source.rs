//! `GET /api/developer/workflows/{id}/versions/{v}/source`: what a version was deployed from, for who wrote it.

use std::collections::BTreeMap;

use axum::extract::State;
use millrace_bundle::Bundle;
use millrace_ids::VersionId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::service;
use crate::app::App;
use crate::http::{ApiError, Json, Path, Problem};
use crate::identity::{May, need};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(source))
}

/// The files of a version.
#[derive(Debug, Serialize, ToSchema)]
struct SourceAnswer {
    /// The version.
    version_id: VersionId,
    /// The author's semantic version.
    version: String,
    /// Counts deploys from 1.
    number: i64,
    /// The workflow's file.
    entry: String,
    /// Path → text: the workflow's file, what it imports, and the project's settings.
    files: BTreeMap<String, String>,
}

/// Show the source of a version
///
/// For the workspace that wrote it. A file that nothing imports was not kept.
#[utoipa::path(get, path = "/api/developer/workflows/{id}/versions/{v}/source", tag = "workflows", operation_id = "show_source",
    params(("id" = String, Path, description = "The workflow, or the id its module states"), ("v" = String, Path, description = "An id, a semantic version, `v3` or `latest`")),
    responses((status = 200, body = SourceAnswer), (status = 404, body = Problem)))]
async fn source(State(app): State<App>, caller: May<need::WorkflowsRead>, Path((id, v)): Path<(String, String)>) -> Result<Json<SourceAnswer>, ApiError> {
    let mut tx = app.of(&caller.tenant).read().await?;
    let workflow = service::find(&mut tx, &caller.tenant, &id).await?;
    let version = service::find_version(&mut tx, &caller.tenant, &workflow, Some(&v)).await?;
    drop(tx);
    let loaded = service::program(&app, &caller.tenant, &version.id).await?;
    Ok(Json(SourceAnswer { version_id: version.id, version: version.version, number: version.number, entry: loaded.bundle.entry.clone(), files: of_bundle(&loaded.bundle) }))
}

/// The author's files of a bundle: what its workflows reach, and its project file.
pub fn of_bundle(bundle: &Bundle) -> BTreeMap<String, String> {
    let all = bundle.modules.iter().chain(bundle.config.iter().flat_map(|config| config.modules.iter()));
    all.filter_map(|module| Some((module.name.clone(), module.source.clone()?))).collect()
}
