//! `/api/developer/workflows`: deploying, and looking at what was deployed.

use std::collections::BTreeMap;

use axum::extract::State;
use http::StatusCode;
use millrace_bundle::SourceTree;
use millrace_ids::{VersionId, WorkflowId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::finding::Finding;
use super::model::{Capabilities, Version, VersionState, Workflow};
use super::service::{self, Deployed, Options};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Problem, Query, page_cursor, page_limit};
use crate::identity::{Caller, May, need};
use crate::marketplace::publish::{Wish, noted};
use crate::access::{self, install_url};
use crate::marketplace::{ListingStatus, Standing, Visibility, access_list};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(deploy, list)).routes(routes!(show)).routes(routes!(publish)).routes(routes!(add_version)).merge(super::source::routes())
}

/// A source tree to deploy.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DeployRequest {
    /// Relative path → text: the workflow's file, what it imports, `package.json`, `millrace.config.ts`.
    #[schema(example = json!({"workflow.ts": "import { defineWorkflow, manual } from '@millrace/sdk';\n…"}))]
    pub files: BTreeMap<String, String>,
    /// The workflow's file; found by the usual names when absent.
    #[serde(default)]
    pub entry: Option<String>,
    /// Only make the version; otherwise a module that states `visibility` is published.
    #[serde(default)]
    pub draft: bool,
    /// What is new in it.
    #[serde(default)]
    pub notes: Option<String>,
    /// Publish although it breaks what is installed and the first number stays.
    #[serde(default, alias = "allowBreaking")]
    pub allow_breaking: bool,
    /// When it becomes private: whether what other workspaces installed loses its access. Otherwise it keeps it.
    #[serde(default, alias = "revokeExisting")]
    pub revoke_existing: bool,
}

impl DeployRequest {
    fn read(self) -> Result<(SourceTree, Options), ApiError> {
        let wish = Wish { notes: noted("notes", self.notes)?, allow_breaking: self.allow_breaking, revoke_existing: self.revoke_existing, rollout: None };
        let options = Options { entry: self.entry, draft: self.draft, wish, ..Options::default() };
        Ok((SourceTree { files: self.files }, options))
    }
}

/// What a deploy did with one workflow.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeployAnswer {
    /// The workflow's id.
    pub workflow_id: WorkflowId,
    /// The id its module states.
    pub slug: String,
    /// The version that holds this content.
    pub version_id: VersionId,
    /// The author's semantic version.
    pub version: String,
    /// Counts deploys from 1.
    pub number: i64,
    /// The name people see.
    pub name: String,
    /// `public`, `private` or `unlisted`: who finds it once it is published.
    pub visibility: Visibility,
    /// Where the version stands: `draft`, `published`, or `pending` while the operator reviews it.
    pub state: VersionState,
    /// Where the listing stands: a draft is seen by its own workspace only.
    pub status: ListingStatus,
    /// Who may install it, as the module states; of a code only its end.
    pub access: Vec<String>,
    /// Where it is installed.
    pub install_url: String,
    /// Content hash of the bundle.
    pub hash: String,
    /// Whether this deploy made the version; `false`: the same content was there already.
    pub created: bool,
    /// What there is to say about the source.
    pub warnings: Vec<Finding>,
    /// What it asks for.
    pub capabilities: Capabilities,
    /// Further workflows of the same module: its other exports.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub others: Vec<DeployAnswer>,
}

/// A workflow in a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkflowAnswer {
    /// Its id.
    pub id: WorkflowId,
    /// The id its module states.
    pub slug: String,
    /// The name people see.
    pub name: String,
    /// One sentence.
    pub description: String,
    /// The version that new installations get.
    pub latest_version_id: VersionId,
    /// When it was first deployed.
    pub created_at: String,
    /// When it was last deployed.
    pub updated_at: String,
}

/// A workflow, and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct ListedWorkflow {
    /// The workflow.
    #[serde(flatten)]
    pub workflow: WorkflowAnswer,
    /// Where it stands in the marketplace; none for what was last deployed before there was one.
    pub listing: Option<Standing>,
}

/// A workflow with its versions.
#[derive(Debug, Serialize, ToSchema)]
pub struct WorkflowDetail {
    /// The workflow.
    #[serde(flatten)]
    pub workflow: WorkflowAnswer,
    /// Its newest versions, newest first; at most 100.
    pub versions: Vec<VersionAnswer>,
}

/// One immutable version.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionAnswer {
    /// Its id.
    pub id: VersionId,
    /// The author's semantic version.
    pub version: String,
    /// Counts deploys from 1.
    pub number: i64,
    /// Content hash of the bundle.
    pub hash: String,
    /// Which export of the module it is.
    pub export: String,
    /// The data part of the module's `metadata`.
    pub metadata: Value,
    /// What the deploy had to say.
    pub warnings: Vec<Finding>,
    /// What it asks for.
    pub capabilities: Capabilities,
    /// When it was deployed.
    pub created_at: String,
}

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Items of the page, 1 to 200; 50 by default.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<u32>,
}

/// Deploy a workflow
///
/// Bundles the source, evaluates the module once in the sandbox without network, checks its definition, and stores an
/// immutable version. The same content again answers 200 with the version that holds it. Runs in flight keep theirs.
/// A version number that was deployed before with other content is accepted with the warning `VERSION_UNCHANGED`.
/// A module that states `visibility` is published by it, unless `draft` is set: then its version must be greater than what is published.
#[utoipa::path(post, path = "/api/developer/workflows", tag = "workflows", operation_id = "deploy_workflow", request_body = DeployRequest,
    responses(
        (status = 201, description = "A new version", body = DeployAnswer),
        (status = 200, description = "The content was deployed before", body = DeployAnswer),
        (status = 400, description = "The source or its definition is not valid: `code` is the first finding's, `errors[]` lists all, each with `file:line:column` or its place in the definition", body = Problem),
        (status = 409, description = "`VERSION_NOT_NEWER`, `BREAKING_CHANGE_REQUIRES_MAJOR`, `SIMILAR_WORKFLOW`: nothing was stored", body = Problem),
        (status = 413, description = "`BUNDLE_TOO_LARGE`", body = Problem),
    ))]
async fn deploy(State(app): State<App>, caller: May<need::WorkflowsWrite>, body: Result<Json<DeployRequest>, ApiError>) -> Result<(StatusCode, Json<DeployAnswer>), ApiError> {
    let Json(request) = body.map_err(too_large)?;
    let (tree, options) = request.read()?;
    deployed(&app, &caller, tree, &options).await
}

/// Deploy and publish a workflow
///
/// As deploying, and publishes it even when the module does not state who finds it: everybody does then.
#[utoipa::path(post, path = "/api/workflows/publish", tag = "workflows", operation_id = "deploy_and_publish_workflow", request_body = DeployRequest,
    responses(
        (status = 201, description = "A new version", body = DeployAnswer),
        (status = 200, description = "The content was deployed before", body = DeployAnswer),
        (status = 400, description = "As of deploying", body = Problem),
        (status = 409, description = "`VERSION_NOT_NEWER`, `BREAKING_CHANGE_REQUIRES_MAJOR`, `SIMILAR_WORKFLOW`: nothing was stored", body = Problem),
        (status = 413, description = "`BUNDLE_TOO_LARGE`", body = Problem),
    ))]
async fn publish(State(app): State<App>, caller: May<need::WorkflowsWrite>, body: Result<Json<DeployRequest>, ApiError>) -> Result<(StatusCode, Json<DeployAnswer>), ApiError> {
    let Json(request) = body.map_err(too_large)?;
    let (tree, options) = request.read()?;
    let options = Options { publish: !options.draft, ..options };
    deployed(&app, &caller, tree, &options).await
}

/// Add a version to a workflow
///
/// As deploying with `draft`; the module must be this workflow's.
#[utoipa::path(post, path = "/api/developer/workflows/{id}/versions", tag = "workflows", operation_id = "add_version", request_body = DeployRequest,
    params(("id" = String, Path, description = "The workflow, or the id its module states")),
    responses(
        (status = 201, description = "A new version", body = DeployAnswer),
        (status = 200, description = "The content was deployed before", body = DeployAnswer),
        (status = 400, description = "As of deploying; `INVALID_WORKFLOW_ID`: the module is another workflow's", body = Problem),
        (status = 404, body = Problem),
        (status = 413, description = "`BUNDLE_TOO_LARGE`", body = Problem),
    ))]
async fn add_version(
    State(app): State<App>, caller: May<need::WorkflowsWrite>, Path(id): Path<String>, body: Result<Json<DeployRequest>, ApiError>,
) -> Result<(StatusCode, Json<DeployAnswer>), ApiError> {
    let Json(request) = body.map_err(too_large)?;
    let (tree, options) = request.read()?;
    service::get(&app, &caller.tenant, &id).await?;
    let options = Options { draft: true, only: Some(id), ..options };
    deployed(&app, &caller, tree, &options).await
}

async fn deployed(app: &App, caller: &Caller, tree: SourceTree, options: &Options) -> Result<(StatusCode, Json<DeployAnswer>), ApiError> {
    let deployed = service::deploy(app, &caller.tenant, &caller.by, tree, options).await?;
    // What a module does not grant any more stops at once where it is installed.
    for done in deployed.iter().filter(|done| done.listing.visibility == Visibility::Private) {
        access::service::enforce(app, &done.workflow.id).await;
    }
    let status = if deployed.iter().any(|d| d.created) { StatusCode::CREATED } else { StatusCode::OK };
    let mut answers = deployed.into_iter().map(|d| answer(app, d));
    let mut first = answers.next().ok_or_else(|| ApiError::internal("a deploy of nothing"))?;
    first.others = answers.collect();
    Ok((status, Json(first)))
}

/// A body over the limit is a bundle over the limit here.
fn too_large(error: ApiError) -> ApiError {
    if error.code != "BODY_TOO_LARGE" {
        return error;
    }
    let detail = "The source is larger than a bundle may be (10 MB).";
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "BUNDLE_TOO_LARGE", detail).with_hint("A workflow is a few kilobytes of code: leave data sets and dependencies out of its folder.")
}

/// List workflows
#[utoipa::path(get, path = "/api/developer/workflows", tag = "workflows", operation_id = "list_workflows", params(ListQuery),
    responses((status = 200, description = "Newest first", body = Page<ListedWorkflow>)))]
async fn list(State(app): State<App>, caller: May<need::WorkflowsRead>, Query(query): Query<ListQuery>) -> Result<Json<Page<ListedWorkflow>>, ApiError> {
    let before = page_cursor(query.cursor.as_deref())?;
    let page = service::list(&app, &caller.tenant, before.as_ref(), page_limit(query.limit)?).await?;
    Ok(Json(page.map(|(w, listing)| ListedWorkflow { workflow: WorkflowAnswer::from(&w), listing })))
}

/// Show a workflow
///
/// By its id or by the id its module states; with its versions.
#[utoipa::path(get, path = "/api/developer/workflows/{id}", tag = "workflows", operation_id = "show_workflow",
    params(("id" = String, Path, description = "`wf_…`, or the id the module states")),
    responses((status = 200, body = WorkflowDetail), (status = 404, body = Problem)))]
async fn show(State(app): State<App>, caller: May<need::WorkflowsRead>, Path(id): Path<String>) -> Result<Json<WorkflowDetail>, ApiError> {
    let (workflow, versions) = service::get(&app, &caller.tenant, &id).await?;
    let versions = versions.into_iter().map(|v| version_answer(&app, v)).collect();
    Ok(Json(WorkflowDetail { workflow: WorkflowAnswer::from(&workflow), versions }))
}

fn answer(app: &App, done: Deployed) -> DeployAnswer {
    DeployAnswer {
        capabilities: service::capabilities(app, &done.version),
        visibility: done.listing.visibility,
        state: done.version.state,
        status: done.listing.status,
        access: access_list(&done.version.metadata),
        install_url: install_url(app, &done.listing),
        workflow_id: done.workflow.id,
        slug: done.workflow.slug,
        name: done.workflow.name,
        version_id: done.version.id,
        version: done.version.version,
        number: done.version.number,
        hash: done.version.bundle_hash,
        created: done.created,
        warnings: done.warnings,
        others: Vec::new(),
    }
}

fn version_answer(app: &App, version: Version) -> VersionAnswer {
    VersionAnswer {
        capabilities: service::capabilities(app, &version),
        id: version.id,
        version: version.version,
        number: version.number,
        hash: version.bundle_hash,
        export: version.export,
        metadata: access::without_codes(version.metadata),
        warnings: version.warnings,
        created_at: version.created_at.to_string(),
    }
}

impl From<&Workflow> for WorkflowAnswer {
    fn from(w: &Workflow) -> Self {
        Self {
            id: w.id.clone(),
            slug: w.slug.clone(),
            name: w.name.clone(),
            description: w.description.clone(),
            latest_version_id: w.latest.clone(),
            created_at: w.created_at.to_string(),
            updated_at: w.updated_at.to_string(),
        }
    }
}
