//! `/api/developer/workflows/{id}`: what a publisher does with a listing and its versions.

use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::{ListingAnswer, PublishedAnswer, OwnVersionAnswer};
use super::model::{CredentialMode, Visibility};
use super::publish::{Published, Wish, noted};
use super::rollout;
use super::service::{self, Change};
use super::{limits, versions};
use crate::access::{self, install_url};
use crate::app::{App, Parts};
use crate::http::{ApiError, Json, OptionalJson, Page, Path, Problem, Query};
use crate::identity::{May, need};
use crate::workflows::breaking::Comparison;
use crate::workflows::changelog;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .routes(routes!(change))
        .routes(routes!(publish))
        .routes(routes!(unpublish))
        .routes(routes!(list))
        .routes(routes!(publish_version))
        .routes(routes!(restore))
        .routes(routes!(deprecate))
        .routes(routes!(history))
        .routes(routes!(diff))
}

/// What changes of a listing. What is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
struct ChangeListing {
    /// Who finds it.
    visibility: Option<Visibility>,
    /// Whose OAuth app connects accounts.
    #[serde(alias = "credentialMode")]
    credential_mode: Option<CredentialMode>,
    /// Half a sentence, 100 characters at most.
    tagline: Option<String>,
    /// A sentence or more, 500 characters at most.
    description: Option<String>,
    /// One word.
    category: Option<String>,
    /// An address or an emoji.
    icon: Option<String>,
    /// `light` or `heavy`.
    #[serde(alias = "complexityTier")]
    complexity_tier: Option<String>,
    /// When it becomes private: whether what other workspaces installed loses its access. Otherwise it keeps it.
    #[serde(alias = "revokeExisting", default)]
    revoke_existing: bool,
}

/// What is asked of publishing.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct PublishWorkflowRequest {
    /// The version: an id, a semantic version, `v3` or `latest`; the latest unless said.
    version: Option<String>,
    /// What is new in it.
    notes: Option<String>,
    /// Publish although it breaks what is installed and the first number stays.
    #[serde(alias = "allowBreaking", default)]
    allow_breaking: bool,
    /// When it becomes private: whether what other workspaces installed loses its access. Otherwise it keeps it.
    #[serde(alias = "revokeExisting", default)]
    revoke_existing: bool,
    /// How it reaches what is installed; what the module states unless given.
    rollout: Option<PublishRollout>,
}

/// How a version reaches what is installed.
#[derive(Debug, Deserialize, ToSchema)]
struct PublishRollout {
    /// `gradual`, `immediate` or `all`.
    strategy: Option<String>,
    /// The share of installations, 0 to 100.
    percentage: Option<f64>,
}

/// What is asked of unpublishing.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct UnpublishRequest {
    /// Whether what other workspaces installed loses its access. Otherwise it keeps it.
    #[serde(alias = "revokeExisting", default)]
    revoke_existing: bool,
}

/// What is asked of restoring.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct RestoreRequest {
    /// The number of the copy; the next after the highest unless said.
    #[serde(alias = "semver")]
    version: Option<String>,
}

/// Why a version is taken off the offer.
#[derive(Debug, Default, Deserialize, ToSchema)]
struct DeprecateRequest {
    /// Shown to whoever has it.
    reason: Option<String>,
}

/// Two versions.
#[derive(Debug, Deserialize, ToSchema)]
struct DiffRequest {
    /// The older one.
    #[serde(alias = "fromVersion")]
    from_version: String,
    /// The newer one; the latest unless said.
    #[serde(alias = "toVersion")]
    to_version: Option<String>,
}

/// Since when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HistoryQuery {
    /// Only what came after this version.
    from: Option<String>,
}

/// Change a listing
///
/// What the module states wins again when its next version is published.
#[utoipa::path(patch, path = "/api/developer/workflows/{id}", tag = "developer", operation_id = "change_listing", request_body = ChangeListing,
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, body = ListingAnswer), (status = 400, body = Problem), (status = 404, body = Problem)))]
async fn change(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path(id): Path<String>, Json(body): Json<ChangeListing>) -> Result<Json<ListingAnswer>, ApiError> {
    let most = [
        ("tagline", &body.tagline, limits::TAGLINE_CHARS),
        ("description", &body.description, limits::DESCRIPTION_CHARS),
        ("category", &body.category, limits::WORD_CHARS),
        ("icon", &body.icon, limits::ICON_CHARS),
    ];
    for (field, text, most) in most {
        if text.as_ref().is_some_and(|t| t.chars().count() > most) {
            let message = format!("may have {most} characters");
            return Err(ApiError::invalid("INVALID_REQUEST", format!("`{field}` {message}.")).with_field(field, "TOO_LONG", message));
        }
    }
    if body.complexity_tier.as_deref().is_some_and(|tier| !matches!(tier, "light" | "heavy")) {
        return Err(ApiError::invalid("INVALID_REQUEST", "`complexity_tier` is light or heavy.").with_field("complexity_tier", "INVALID_VALUE", "is light or heavy"));
    }
    let change = Change {
        visibility: body.visibility,
        credential_mode: body.credential_mode,
        tagline: body.tagline,
        description: body.description,
        category: body.category.map(|c| c.to_lowercase()),
        icon: body.icon,
        complexity_tier: body.complexity_tier,
        revoke_existing: body.revoke_existing,
    };
    let listing = service::change(&app, &caller.tenant, &caller.by, &id, &change).await?;
    access::service::enforce(&app, &listing.id).await;
    Ok(Json(ListingAnswer::seen(&listing, true)))
}

/// Publish a workflow
///
/// The version becomes what the marketplace shows and new installations get. It must be greater than what is published; one that
/// breaks what is installed needs a greater first number, a migration or `allow_breaking`.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/publish", tag = "developer", operation_id = "publish_workflow", request_body = Option<PublishWorkflowRequest>,
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, body = PublishedAnswer), (status = 404, body = Problem),
        (status = 409, description = "`VERSION_NOT_NEWER`, `BREAKING_CHANGE_REQUIRES_MAJOR`, `SIMILAR_WORKFLOW`, `VERSION_STATE`", body = Problem)))]
async fn publish(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path(id): Path<String>, OptionalJson(body): OptionalJson<PublishWorkflowRequest>) -> Result<Json<PublishedAnswer>, ApiError> {
    let version = body.version.clone();
    let done = service::publish(&app, &caller.tenant, &caller.by, &id, version.as_deref(), &wish(body)?).await?;
    access::service::enforce(&app, &done.listing.id).await;
    Ok(Json(answer(&app, &done)))
}

/// Publish one version
///
/// As publishing the workflow, with the version in the path.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/versions/{v}/publish", tag = "developer", operation_id = "publish_version", request_body = Option<PublishWorkflowRequest>,
    params(("id" = String, Path, description = "The workflow, or the id its module states"), ("v" = String, Path, description = "An id, a semantic version, `v3` or `latest`")),
    responses((status = 200, body = PublishedAnswer), (status = 404, body = Problem),
        (status = 409, description = "`VERSION_NOT_NEWER`, `BREAKING_CHANGE_REQUIRES_MAJOR`, `SIMILAR_WORKFLOW`, `VERSION_STATE`", body = Problem)))]
async fn publish_version(
    State(app): State<App>, caller: May<need::WorkflowsWrite>, Path((id, v)): Path<(String, String)>, OptionalJson(body): OptionalJson<PublishWorkflowRequest>,
) -> Result<Json<PublishedAnswer>, ApiError> {
    let done = service::publish(&app, &caller.tenant, &caller.by, &id, Some(&v), &wish(body)?).await?;
    access::service::enforce(&app, &done.listing.id).await;
    Ok(Json(answer(&app, &done)))
}

fn wish(body: PublishWorkflowRequest) -> Result<Wish, ApiError> {
    let rollout = body.rollout.map(|r| rollout::asked(r.strategy.as_deref(), r.percentage)).transpose()?;
    Ok(Wish { notes: noted("notes", body.notes)?, allow_breaking: body.allow_breaking, revoke_existing: body.revoke_existing, rollout })
}

fn answer(parts: &Parts, done: &Published) -> PublishedAnswer {
    PublishedAnswer {
        listing: ListingAnswer::seen(&done.listing, true),
        version: OwnVersionAnswer::of(&done.version, done.listing.current_version.as_ref()),
        warnings: done.warnings.clone(),
        install_url: install_url(parts, &done.listing),
    }
}

/// Take a workflow out of the marketplace
///
/// It is a draft again: only its own workspace sees it. What others installed keeps its access, unless `revoke_existing`.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/unpublish", tag = "developer", operation_id = "unpublish_workflow", request_body = Option<UnpublishRequest>,
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, body = ListingAnswer), (status = 404, body = Problem), (status = 409, description = "`VERSION_STATE`: it is not published", body = Problem)))]
async fn unpublish(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path(id): Path<String>, OptionalJson(body): OptionalJson<UnpublishRequest>) -> Result<Json<ListingAnswer>, ApiError> {
    let listing = service::unpublish(&app, &caller.tenant, &caller.by, &id, body.revoke_existing).await?;
    access::service::enforce(&app, &listing.id).await;
    Ok(Json(ListingAnswer::seen(&listing, true)))
}

/// List a workflow's versions
///
/// Newest first, at most 500, with where each stands.
#[utoipa::path(get, path = "/api/developer/workflows/{id}/versions", tag = "developer", operation_id = "list_versions",
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, body = Page<OwnVersionAnswer>), (status = 404, body = Problem)))]
async fn list(State(app): State<App>, caller: May<need::WorkflowsRead>, Path(id): Path<String>) -> Result<Json<Page<OwnVersionAnswer>>, ApiError> {
    let (listing, all) = versions::list(&app, &caller.tenant, &id).await?;
    let current = listing.as_ref().and_then(|l| l.current_version.as_ref());
    Ok(Json(Page { data: all.iter().map(|v| OwnVersionAnswer::of(v, current)).collect(), next_cursor: None }))
}

/// Restore a version
///
/// Makes a draft with its content under a new number. Publishing the draft brings the old content back.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/versions/{v}/restore", tag = "developer", operation_id = "restore_version", request_body = Option<RestoreRequest>,
    params(("id" = String, Path, description = "The workflow, or the id its module states"), ("v" = String, Path, description = "An id, a semantic version, `v3` or `latest`")),
    responses((status = 200, body = OwnVersionAnswer), (status = 400, description = "`INVALID_VERSION`", body = Problem), (status = 404, body = Problem)))]
async fn restore(
    State(app): State<App>, caller: May<need::WorkflowsWrite>, Path((id, v)): Path<(String, String)>, OptionalJson(body): OptionalJson<RestoreRequest>,
) -> Result<Json<OwnVersionAnswer>, ApiError> {
    let copy = versions::restore(&app, &caller.tenant, &caller.by, &id, &v, body.version.as_deref()).await?;
    Ok(Json(OwnVersionAnswer::of(&copy, None)))
}

/// Deprecate a version
///
/// It is not offered any more; where it is installed it goes on. The highest other published version takes its place.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/versions/{v}/deprecate", tag = "developer", operation_id = "deprecate_version", request_body = Option<DeprecateRequest>,
    params(("id" = String, Path, description = "The workflow, or the id its module states"), ("v" = String, Path, description = "An id, a semantic version, `v3` or `latest`")),
    responses((status = 200, body = OwnVersionAnswer), (status = 404, body = Problem), (status = 409, description = "`VERSION_STATE`: it was never published", body = Problem)))]
async fn deprecate(
    State(app): State<App>, caller: May<need::WorkflowsWrite>, Path((id, v)): Path<(String, String)>, OptionalJson(body): OptionalJson<DeprecateRequest>,
) -> Result<Json<OwnVersionAnswer>, ApiError> {
    let reason = noted("reason", body.reason)?;
    let version = versions::deprecate(&app, &caller.tenant, &caller.by, &id, &v, reason).await?;
    Ok(Json(OwnVersionAnswer::of(&version, None)))
}

/// Show what changed
///
/// The lines of the module's changelog with the notes of its published versions, newest first.
#[utoipa::path(get, path = "/api/developer/workflows/{id}/changelog", tag = "developer", operation_id = "show_changelog",
    params(("id" = String, Path, description = "The workflow, or the id its module states"), HistoryQuery),
    responses((status = 200, body = Page<changelog::VersionChange>), (status = 404, body = Problem)))]
async fn history(State(app): State<App>, caller: May<need::WorkflowsRead>, Path(id): Path<String>, Query(query): Query<HistoryQuery>) -> Result<Json<Page<changelog::VersionChange>>, ApiError> {
    let data = versions::history(&app, &caller.tenant, &id, query.from.as_deref()).await?;
    Ok(Json(Page { data, next_cursor: None }))
}

/// Compare two versions
///
/// What the newer one breaks for whoever has the older one installed.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/diff", tag = "developer", operation_id = "compare_versions", request_body = DiffRequest,
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses((status = 200, body = Comparison), (status = 404, body = Problem)))]
async fn diff(State(app): State<App>, caller: May<need::WorkflowsRead>, Path(id): Path<String>, Json(body): Json<DiffRequest>) -> Result<Json<Comparison>, ApiError> {
    Ok(Json(versions::diff(&app, &caller.tenant, &id, &body.from_version, body.to_version.as_deref()).await?))
}
