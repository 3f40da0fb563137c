//! `/api/marketplace/{id}/fork` and `/lineage`: making a workflow from another's, and where workflows come from.

use std::collections::BTreeMap;

use axum::extract::State;
use http::StatusCode;
use millrace_ids::{TenantId, VersionId, WorkflowId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::answer::ListingAnswer;
use super::fork::{self, Forked};
use super::lineage::{Ancestor, Line};
use super::model::{Listing, ListingStatus};
use super::publish::noted;
use crate::app::App;
use crate::http::{ApiError, Json, OptionalJson, Path, Problem};
use crate::identity::{May, Visitor, need};
use crate::workflows::finding::Finding;
use crate::workflows::service::Deployed;

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(make)).routes(routes!(show))
}

/// Where a workflow comes from.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineageAnswer {
    /// The workflow.
    pub workflow_id: WorkflowId,
    /// The first workflow of its line; null: it is no fork.
    pub original: Option<AncestorAnswer>,
    /// The one that was forked; null: it is no fork.
    pub parent: Option<AncestorAnswer>,
    /// Which version of the parent.
    pub parent_version: Option<String>,
    /// 0: it is no fork; 1: a fork of the original; 2: a fork of that.
    pub depth: i64,
    /// When it was forked.
    pub forked_at: Option<String>,
    /// Why, as whoever forked it says.
    pub reason: Option<String>,
    /// Workflows that were made from this one, drafts too.
    pub forks_count: i64,
}

/// A workflow that another one was made from.
#[derive(Debug, Serialize, ToSchema)]
pub struct AncestorAnswer {
    /// Its name then.
    pub name: String,
    /// The workspace that wrote it.
    pub developer_id: TenantId,
    /// The workflow; null where it is not one that everybody finds, nor the caller's own.
    pub workflow_id: Option<WorkflowId>,
    /// The word in its address; null as `workflow_id`.
    pub slug: Option<String>,
}

/// Where a workflow comes from, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineageDetail {
    /// Where it comes from.
    #[serde(flatten)]
    pub lineage: LineageAnswer,
    /// Forks of it that everybody finds, and the caller's own; 100 at most.
    pub forks: Vec<ListingAnswer>,
}

/// What is asked of forking.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ForkRequest {
    /// Why; everybody who sees the fork may read it.
    reason: Option<String>,
}

/// A fork that was made: a draft of the caller's own workspace.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForkAnswer {
    /// The workflow that was asked for.
    #[serde(flatten)]
    pub workflow: ForkedWorkflow,
    /// Further workflows of the same module.
    pub others: Vec<ForkedWorkflow>,
    /// Where it comes from.
    pub lineage: LineageAnswer,
    /// The file that exports it.
    pub entry: String,
    /// Its source: path → text.
    pub files: BTreeMap<String, String>,
    /// What there is to say about the source.
    pub warnings: Vec<Finding>,
}

/// A workflow that a fork made.
#[derive(Debug, Serialize, ToSchema)]
pub struct ForkedWorkflow {
    /// Its id, which nothing else has.
    pub workflow_id: WorkflowId,
    /// The id that its module states.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Its first version.
    pub version_id: VersionId,
    /// The semantic version that its module states.
    pub version: String,
    /// `draft`: only its own workspace sees it.
    pub status: ListingStatus,
}

impl LineageAnswer {
    /// As whoever looked may see it.
    pub fn of(line: &Line) -> Self {
        let ancestor = |one: &Ancestor, found: &Option<Listing>| AncestorAnswer {
            name: one.name.clone(),
            developer_id: one.developer.clone(),
            workflow_id: found.as_ref().map(|listing| listing.id.clone()),
            slug: found.as_ref().map(|listing| listing.slug.clone()),
        };
        let lineage = line.lineage.as_ref();
        Self {
            workflow_id: line.workflow.clone(),
            original: lineage.map(|l| ancestor(&l.original, &line.original)),
            parent: lineage.map(|l| ancestor(&l.parent, &line.parent)),
            parent_version: lineage.map(|l| l.parent_version.clone()),
            depth: lineage.map_or(0, |l| l.depth),
            forked_at: lineage.map(|l| l.forked_at.to_string()),
            reason: lineage.and_then(|l| l.reason.clone()),
            forks_count: line.forks,
        }
    }
}

impl From<&Deployed> for ForkedWorkflow {
    fn from(one: &Deployed) -> Self {
        Self {
            workflow_id: one.workflow.id.clone(),
            slug: one.workflow.slug.clone(),
            name: one.workflow.name.clone(),
            version_id: one.version.id.clone(),
            version: one.version.version.clone(),
            status: one.listing.status,
        }
    }
}

/// Fork a workflow
///
/// Makes a draft of one's own workspace from the source of the version that new installations get, where its author allows that
/// (`forkable`, or an open `license`). The fork has an id and storage of its own, and says where it comes from.
#[utoipa::path(post, path = "/api/marketplace/{id}/fork", tag = "marketplace", operation_id = "fork_workflow", request_body = Option<ForkRequest>,
    params(("id" = String, Path, description = "`wf_…`, or the word in its address")),
    responses((status = 201, body = ForkAnswer), (status = 403, description = "`NOT_FORKABLE`: its author does not allow it", body = Problem), (status = 404, body = Problem),
        (status = 409, description = "`WORKFLOW_ID_TAKEN`: this workspace has a workflow with the id that the source states", body = Problem)))]
async fn make(State(app): State<App>, caller: May<need::WorkflowsWrite>, Path(id): Path<String>, OptionalJson(body): OptionalJson<ForkRequest>) -> Result<(StatusCode, Json<ForkAnswer>), ApiError> {
    let Forked { deployed, line, entry, files } = fork::fork(&app, &caller.tenant, &caller.by, &id, noted("reason", body.reason)?).await?;
    let (first, others): (Vec<_>, Vec<_>) = deployed.iter().partition(|one| one.workflow.id == line.workflow);
    let first = first.first().ok_or_else(|| ApiError::internal("a fork of nothing"))?;
    let answer = ForkAnswer {
        workflow: ForkedWorkflow::from(*first),
        others: others.into_iter().map(ForkedWorkflow::from).collect(),
        lineage: LineageAnswer::of(&line),
        entry,
        files,
        warnings: first.warnings.clone(),
    };
    Ok((StatusCode::CREATED, Json(answer)))
}

/// Show where a workflow comes from
///
/// Open to whoever may see the workflow: the original and the parent of a fork, and the forks made of it.
#[utoipa::path(get, path = "/api/marketplace/{id}/lineage", tag = "marketplace", operation_id = "show_lineage", security((), ("api_key" = [])),
    params(("id" = String, Path, description = "`wf_…`, or the word in its address")),
    responses((status = 200, body = LineageDetail), (status = 401, description = "Nobody need say who they are; who does must be right", body = Problem), (status = 404, body = Problem)))]
async fn show(State(app): State<App>, visitor: Visitor, Path(id): Path<String>) -> Result<Json<LineageDetail>, ApiError> {
    let (line, forks) = fork::line(&app, &visitor, &id).await?;
    Ok(Json(LineageDetail { lineage: LineageAnswer::of(&line), forks: forks.iter().map(|one| ListingAnswer::of(one, &visitor)).collect() }))
}
