//! The operator's review of what everybody finds, where the configuration asks for one.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{ListingAnswer, OwnVersionAnswer};
use super::publish::noted;
use super::versions::{self, Verdict};
use crate::app::App;
use crate::http::{ApiError, Json, OptionalJson, Page, Path, Problem, Query, page_limit};
use crate::identity::Overseer;
use crate::workflows::finding::Finding;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(waiting)).routes(routes!(approve)).routes(routes!(reject))
}

/// Which page.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
struct WaitingQuery {
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Items of the page, 1 to 200; 50 by default.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A version that waits for the operator.
#[derive(Debug, Serialize, ToSchema)]
struct WaitingAnswer {
    /// What it would be shown as.
    listing: ListingAnswer,
    /// The version.
    version: OwnVersionAnswer,
    /// What its deploy had to say.
    warnings: Vec<Finding>,
}

/// What the operator says.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct ApproveRequest {
    /// Publish it at once; otherwise its developer does.
    #[serde(default)]
    publish: bool,
}

/// Why not.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct RejectRequest {
    /// Shown to its developer.
    reason: Option<String>,
}

/// List versions that wait for review
///
/// Of all workspaces, oldest first. For the operator and staff with `ops_admin`; empty unless `MILLRACE_MARKETPLACE_REVIEW` is on.
#[utoipa::path(get, path = "/api/developer/workflows/versions/pending-approvals", tag = "developer", operation_id = "list_pending_versions", params(WaitingQuery),
    responses((status = 200, body = Page<WaitingAnswer>)))]
async fn waiting(State(app): State<App>, _: Overseer, Query(query): Query<WaitingQuery>) -> Result<Json<Page<WaitingAnswer>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let found = versions::waiting(&app, query.cursor.as_deref().unwrap_or_default(), limit + 1).await?;
    let page = Page::from_overfull(found, limit, |w| w.version.id.to_string());
    Ok(Json(page.map(|w| WaitingAnswer { listing: ListingAnswer::seen(&w.listing, false), version: OwnVersionAnswer::of(&w.version, None), warnings: w.version.warnings })))
}

/// Approve a version
///
/// Its developer may publish it now. For the operator and staff with `ops_admin`.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/versions/{v}/approve", tag = "developer", operation_id = "approve_version", request_body = Option<ApproveRequest>,
    params(("id" = String, Path, description = "The workflow, or the word in its address"), ("v" = String, Path, description = "An id, a semantic version or `v3`")),
    responses((status = 200, body = OwnVersionAnswer), (status = 404, body = Problem), (status = 409, description = "`VERSION_STATE`: it does not wait", body = Problem)))]
async fn approve(State(app): State<App>, overseer: Overseer, Path((id, v)): Path<(String, String)>, OptionalJson(body): OptionalJson<ApproveRequest>) -> Result<Json<OwnVersionAnswer>, ApiError> {
    let version = versions::review(&app, &overseer.by, &id, &v, Verdict::Approve { publish: body.publish }).await?;
    Ok(Json(OwnVersionAnswer::of(&version, None)))
}

/// Reject a version
///
/// It stays what its own workspace has, and is not published. For the operator and staff with `ops_admin`.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/versions/{v}/reject", tag = "developer", operation_id = "reject_version", request_body = Option<RejectRequest>,
    params(("id" = String, Path, description = "The workflow, or the word in its address"), ("v" = String, Path, description = "An id, a semantic version or `v3`")),
    responses((status = 200, body = OwnVersionAnswer), (status = 404, body = Problem), (status = 409, description = "`VERSION_STATE`: it does not wait", body = Problem)))]
async fn reject(State(app): State<App>, overseer: Overseer, Path((id, v)): Path<(String, String)>, OptionalJson(body): OptionalJson<RejectRequest>) -> Result<Json<OwnVersionAnswer>, ApiError> {
    let reason = noted("reason", body.reason)?;
    let version = versions::review(&app, &overseer.by, &id, &v, Verdict::Reject { reason }).await?;
    Ok(Json(OwnVersionAnswer::of(&version, None)))
}
