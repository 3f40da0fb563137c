//! SQL of approvals.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_ids::{ApprovalId, RunId, TenantId};

use super::{Approval, Status};

/// Keyed by the call, so that a repeated commit finds its own row.
const INSERT: &str = "INSERT INTO approvals (id, tenant_id, run_id, generation, seq, title, detail, approvers, status, created_at, due_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', $9, $10) ON CONFLICT (run_id, generation, seq) DO UPDATE SET title = $6 RETURNING id";
const GET: &str = "SELECT * FROM approvals WHERE tenant_id = $1 AND id = $2";
const LIST: &str = "SELECT * FROM approvals WHERE tenant_id = $1 AND ($2 IS NULL OR status = $2) AND ($3 IS NULL OR run_id = $3) AND ($4 IS NULL OR id < $4) ORDER BY id DESC LIMIT $5";
const DECIDE: &str = "UPDATE approvals SET status = $3, decided_by = $4, comment = $5, decided_at = $6 WHERE tenant_id = $1 AND id = $2 AND status = 'pending'";
const CLOSE: Sql = Sql::pair(
    "UPDATE approvals SET status = 'closed', decided_at = $2 WHERE run_id IN (SELECT value FROM json_each($1)) AND status = 'pending'",
    "UPDATE approvals SET status = 'closed', decided_at = $2 WHERE run_id = ANY(ARRAY(SELECT json_array_elements_text($1::json))) AND status = 'pending'",
);

/// A new request.
pub struct NewApproval<'a> {
    pub tenant: &'a TenantId,
    pub run: &'a RunId,
    pub generation: i64,
    pub seq: i64,
    pub title: &'a str,
    pub detail: String,
    pub approvers: String,
    pub due_at: Option<Timestamp>,
}

pub async fn insert(tx: &mut Tx, new: NewApproval<'_>, now: Timestamp) -> Result<ApprovalId, DbError> {
    let q = sql(INSERT).bind(ApprovalId::generate().as_str()).bind(new.tenant.as_str()).bind(new.run.as_str()).bind(new.generation).bind(new.seq);
    tx.one(q.bind(new.title).bind(new.detail).bind(new.approvers).bind(now).bind(new.due_at)).await?.get("id")
}

pub async fn get(tx: &mut Tx, tenant: &TenantId, id: &ApprovalId) -> Result<Option<Approval>, DbError> {
    tx.optional(sql(GET).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

pub async fn list(tx: &mut Tx, tenant: &TenantId, status: Option<Status>, run: Option<&RunId>, before: Option<&ApprovalId>, limit: u32) -> Result<Vec<Approval>, DbError> {
    let q = sql(LIST).bind(tenant.as_str()).bind(status.map(Status::as_str)).bind(run.map(RunId::as_str)).bind(before.map(ApprovalId::as_str)).bind(limit);
    tx.all(q).await?.iter().map(from_row).collect()
}

pub async fn decide(tx: &mut Tx, tenant: &TenantId, id: &ApprovalId, status: Status, by: &str, comment: Option<&str>, now: Timestamp) -> Result<bool, DbError> {
    let q = sql(DECIDE).bind(tenant.as_str()).bind(id.as_str()).bind(status.as_str()).bind(by).bind(comment).bind(now);
    Ok(tx.execute(q).await? == 1)
}

pub async fn close(tx: &mut Tx, runs: &[&RunId], now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(CLOSE).bind(serde_json::json!(runs).to_string()).bind(now)).await?;
    Ok(())
}

fn from_row(row: &Row) -> Result<Approval, DbError> {
    let json = |column: &str| -> Result<serde_json::Value, DbError> {
        let text: String = row.get(column)?;
        serde_json::from_str(&text).map_err(|e| DbError::Column { column: column.into(), reason: e.to_string() })
    };
    Ok(Approval {
        id: row.get("id")?,
        run_id: row.get("run_id")?,
        title: row.get("title")?,
        detail: json("detail")?,
        approvers: serde_json::from_value(json("approvers")?).unwrap_or_default(),
        status: row.parse("status")?,
        decided_by: row.get("decided_by")?,
        comment: row.get("comment")?,
        created_at: row.time("created_at")?,
        due_at: row.time_opt("due_at")?,
        decided_at: row.time_opt("decided_at")?,
    })
}
