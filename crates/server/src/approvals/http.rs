//! `GET /api/approvals`, `POST /api/approvals/{id}/decide`.

use axum::extract::State;
use millrace_ids::{ApprovalId, RunId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Approval, Status, service};
use crate::app::App;
use crate::http::{ApiError, Json, Page, Path, Query, page_cursor, page_limit};
use crate::identity::{May, need};

/// The routes of approvals.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(decide))
}

/// A request for a decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct ApprovalAnswer {
    /// Its id.
    id: ApprovalId,
    /// The run that waits.
    run_id: RunId,
    /// What is to be decided.
    title: String,
    /// What the decision rests on.
    detail: Value,
    /// Who is asked; empty means anybody of the workspace.
    approvers: Vec<String>,
    /// `pending`, `approved`, `rejected` or `closed`.
    status: &'static str,
    /// Who decided.
    decided_by: Option<String>,
    /// What they said.
    comment: Option<String>,
    /// When it was asked.
    created_at: String,
    /// When it ends by itself.
    due_at: Option<String>,
    /// When it was decided.
    decided_at: Option<String>,
}

impl From<Approval> for ApprovalAnswer {
    fn from(a: Approval) -> Self {
        Self {
            id: a.id,
            run_id: a.run_id,
            title: a.title,
            detail: a.detail,
            approvers: a.approvers,
            status: a.status.as_str(),
            decided_by: a.decided_by,
            comment: a.comment,
            created_at: a.created_at.to_string(),
            due_at: a.due_at.map(|t| t.to_string()),
            decided_at: a.decided_at.map(|t| t.to_string()),
        }
    }
}

/// Which approvals to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    /// `pending`, `approved`, `rejected` or `closed`.
    status: Option<String>,
    /// Only of this run.
    run: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// At most so many, 1 to 200; 50 unless told.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List approvals, newest first
#[utoipa::path(get, path = "/api/approvals", tag = "approvals", params(ListQuery), responses((status = 200, body = Page<ApprovalAnswer>), (status = 404, description = "`run` is no run")))]
async fn list(State(app): State<App>, caller: May<need::ApprovalsRead>, Query(query): Query<ListQuery>) -> Result<Json<Page<ApprovalAnswer>>, ApiError> {
    let limit = page_limit(query.limit)?;
    let before = page_cursor::<ApprovalId>(query.cursor.as_deref())?;
    let status = query.status.map(|s| s.parse::<Status>()).transpose().map_err(|e| ApiError::invalid("INVALID_QUERY", e))?;
    let run = query.run.map(|r| r.parse::<RunId>()).transpose().map_err(|_| ApiError::not_found("run"))?;
    let found = service::list(&app, &caller.tenant, status, run.as_ref(), before.as_ref(), limit + 1).await?;
    Ok(Json(Page::from_overfull(found, limit, |a| a.id.to_string()).map(ApprovalAnswer::from)))
}

/// A decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecideApprovalRequest {
    /// `approve` or `reject`.
    decision: Decision,
    /// Why; the run is told.
    comment: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Approve,
    Reject,
}

/// Decide an approval
#[utoipa::path(post, path = "/api/approvals/{id}/decide", tag = "approvals", params(("id" = String, Path)), request_body = DecideApprovalRequest,
    responses((status = 200, body = ApprovalAnswer), (status = 404, description = "No such approval"), (status = 409, description = "Decided already: APPROVAL_NOT_PENDING")))]
async fn decide(State(app): State<App>, caller: May<need::ApprovalsDecide>, Path(id): Path<ApprovalId>, Json(body): Json<DecideApprovalRequest>) -> Result<Json<ApprovalAnswer>, ApiError> {
    let approved = body.decision == Decision::Approve;
    let approval = service::decide(&app, &caller.tenant, &id, approved, &caller.by, body.comment.as_deref()).await?;
    Ok(Json(approval.into()))
}
