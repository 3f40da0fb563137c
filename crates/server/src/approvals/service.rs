//! Use cases of approvals.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_engine::{Call, Outcome, Run, WaitSpec};
use millrace_ids::{ApprovalId, RunId, TenantId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::store::{self, NewApproval};
use super::{Approval, Status};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;

/// Longest title: it is shown in one line.
const TITLE_CHARS: usize = 300;
/// Largest detail as JSON text: what a person can look through before deciding.
const DETAIL_BYTES: usize = 64 * 1024;

#[derive(Deserialize)]
struct Args {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    detail: Value,
    #[serde(default)]
    approvers: Option<Vec<String>>,
    #[serde(default)]
    timeout_ms: Option<f64>,
}

/// Writes the request of a run's `approval()` call; part of the transaction that registers the wait.
///
/// # Errors
/// The database failed. A mistake of the caller is `Err(Outcome)` inside.
pub async fn request(tx: &mut Tx, run: &Run, call: &Call, now: Timestamp) -> Result<Result<WaitSpec, Outcome>, DbError> {
    let args: Args = match serde_json::from_str(&call.args) {
        Ok(args) => args,
        Err(e) => return Ok(Err(Outcome::error("TypeError", "invalid_input", format!("approval: {e}")))),
    };
    let title = args.title.unwrap_or_default();
    if title.trim().is_empty() || title.chars().count() > TITLE_CHARS {
        return Ok(Err(Outcome::error("TypeError", "invalid_input", format!("approval needs a `title` of at most {TITLE_CHARS} characters"))));
    }
    let detail = args.detail.to_string();
    if detail.len() > DETAIL_BYTES {
        return Ok(Err(Outcome::error("TypeError", "invalid_input", format!("approval: `detail` may have {DETAIL_BYTES} bytes as JSON"))));
    }
    let due_at = args.timeout_ms.map(|ms| crate::perform::after_ms(now, ms));
    let new = NewApproval {
        tenant: &run.tenant,
        run: &run.id,
        generation: run.generation,
        seq: i64::try_from(call.seq).unwrap_or(i64::MAX),
        title: &title.replace('\0', ""),
        detail,
        approvers: json!(args.approvers.unwrap_or_default()).to_string(),
        due_at,
    };
    let id = store::insert(tx, new, now).await?;
    Ok(Ok(WaitSpec { kind: "approval".into(), key: id.as_str().to_owned(), due_at }))
}

/// Closes what nobody decided when a run ends.
///
/// # Errors
/// The database failed.
pub async fn runs_ended(tx: &mut Tx, runs: &[&RunId], now: Timestamp) -> Result<(), DbError> {
    store::close(tx, runs, now).await
}

/// A tenant's approvals, newest first; one more than `limit` tells that there are more.
///
/// # Errors
/// The database failed.
pub async fn list(app: &App, tenant: &TenantId, status: Option<Status>, run: Option<&RunId>, before: Option<&ApprovalId>, limit: u32) -> Result<Vec<Approval>, ApiError> {
    let mut tx = app.of(tenant).read().await?;
    Ok(store::list(&mut tx, tenant, status, run, before, limit).await?)
}

/// Decides; the run that waits hears of it in the same transaction. The first decision counts.
///
/// # Errors
/// No such approval, or it is not pending any more.
pub async fn decide(app: &App, tenant: &TenantId, id: &ApprovalId, approved: bool, by: &Actor, comment: Option<&str>) -> Result<Approval, ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(tenant).begin().await?;
    let status = if approved { Status::Approved } else { Status::Rejected };
    let outcome = Outcome::value(json!({ "approved": approved, "decided_by": by.as_str(), "comment": comment }).to_string());
    // The wait decides, not the row: a time-out that fired a moment ago has won.
    let first = app.engine.settle(&mut tx, tenant, "approval", id.as_str(), &outcome).await?;
    if first {
        store::decide(&mut tx, tenant, id, status, by.as_str(), comment, now).await?;
    }
    let approval = store::get(&mut tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("approval"))?;
    if !first {
        return Err(ApiError::conflict("APPROVAL_NOT_PENDING", format!("This approval is {} already.", approval.status.as_str())));
    }
    let action = if approved { Action::ApprovalApproved } else { Action::ApprovalDenied };
    let entry = Entry::new(action, "approval", id).meta(json!({ "run_id": approval.run_id }));
    let entry = match comment {
        Some(comment) => entry.own("comment", comment),
        None => entry,
    };
    audit::record(&mut tx, Some(tenant), by, entry, now).await?;
    tx.commit().await?;
    app.engine.wake();
    Ok(approval)
}
