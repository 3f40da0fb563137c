//! Where forks come from: rows of `workflow_lineage`, and what is shown of them.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{TenantId, WorkflowId};

use super::model::{Listing, ListingStatus, Visibility};
use super::{limits, store};

const GET: &str = "SELECT * FROM workflow_lineage WHERE workflow_id = $1";
const INSERT: &str = "INSERT INTO workflow_lineage (workflow_id, original_id, parent_id, fork_depth, forked_at, reason, parent_version, original_name, original_developer_id, parent_name, parent_developer_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const COUNT: &str = "SELECT count(*) AS n FROM workflow_lineage WHERE parent_id = $1";
const SHOWN: &str = "SELECT l.workflow_id FROM workflow_lineage l JOIN marketplace_integrations m ON m.id = l.workflow_id \
    WHERE l.parent_id = $1 AND m.deleted_at IS NULL AND ((m.status <> 'draft' AND m.visibility = 'public') OR m.developer_id = $2) ORDER BY l.workflow_id LIMIT $3";

/// A workflow that another one was made from, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ancestor {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Its name.
    pub name: String,
    /// Who wrote it.
    pub developer: TenantId,
}

/// Where a fork comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// The fork.
    pub workflow: WorkflowId,
    /// The first workflow of the line.
    pub original: Ancestor,
    /// The one that was forked.
    pub parent: Ancestor,
    /// Which version of it.
    pub parent_version: String,
    /// How many forks lie between it and the original, itself counted.
    pub depth: i64,
    /// When.
    pub forked_at: Timestamp,
    /// Why, as whoever forked it says.
    pub reason: Option<String>,
}

/// Where a workflow comes from; nothing for one that is no fork.
pub async fn of(tx: &mut Tx, id: &WorkflowId) -> Result<Option<Lineage>, DbError> {
    tx.optional(sql(GET).bind(id.as_str())).await?.as_ref().map(read).transpose()
}

/// The first workflow of a workflow's line: itself when it is no fork.
pub async fn original(tx: &mut Tx, id: &WorkflowId) -> Result<WorkflowId, DbError> {
    Ok(of(tx, id).await?.map_or_else(|| id.clone(), |lineage| lineage.original.workflow))
}

/// Writes that `fork` was made of this version of `parent` now.
pub async fn record(tx: &mut Tx, fork: &WorkflowId, parent: &Ancestor, version: &str, reason: Option<&str>, now: Timestamp) -> Result<Lineage, DbError> {
    let before = of(tx, &parent.workflow).await?;
    let new = Lineage {
        workflow: fork.clone(),
        depth: before.as_ref().map_or(0, |l| l.depth) + 1,
        original: before.map_or_else(|| parent.clone(), |l| l.original),
        parent: parent.clone(),
        parent_version: version.to_owned(),
        forked_at: now,
        reason: reason.map(str::to_owned),
    };
    let q = sql(INSERT).bind(new.workflow.as_str()).bind(new.original.workflow.as_str()).bind(new.parent.workflow.as_str()).bind(new.depth).bind(now).bind(reason).bind(version);
    let q = q.bind(&new.original.name).bind(new.original.developer.as_str()).bind(&new.parent.name).bind(new.parent.developer.as_str());
    tx.execute(q).await?;
    Ok(new)
}

/// A line as somebody may see it.
#[derive(Debug, Clone)]
pub struct Line {
    /// The workflow.
    pub workflow: WorkflowId,
    /// Where it comes from; nothing for one that is no fork.
    pub lineage: Option<Lineage>,
    /// What is in the marketplace of the original and of the parent, where whoever looks may find it there.
    pub original: Option<Listing>,
    /// As `original`.
    pub parent: Option<Listing>,
    /// Forks that were made of it, drafts too.
    pub forks: i64,
}

/// The line of a workflow as somebody of this workspace, or of none, may see it. The transaction must see all workspaces' listings, as any does.
pub async fn line(tx: &mut Tx, id: &WorkflowId, own: Option<&TenantId>) -> Result<Line, DbError> {
    let lineage = of(tx, id).await?;
    let (mut original, mut parent) = (None, None);
    if let Some(lineage) = &lineage {
        let found = |listing: Option<Listing>| listing.filter(|l| is_found(l, own));
        original = found(store::get(tx, &lineage.original.workflow).await?);
        parent = found(store::get(tx, &lineage.parent.workflow).await?);
    }
    let forks = tx.one(sql(COUNT).bind(id.as_str())).await?.get("n")?;
    Ok(Line { workflow: id.clone(), lineage, original, parent, forks })
}

/// Whether a listing is one that everybody finds, or one's own: an unlisted or private one is not told of by what was made from it.
fn is_found(listing: &Listing, own: Option<&TenantId>) -> bool {
    let is_open = listing.status != ListingStatus::Draft && listing.visibility == Visibility::Public && listing.deleted_at.is_none();
    is_open || own == Some(&listing.developer)
}

/// Forks made of a workflow, those that everybody finds and one's own.
pub async fn forks(tx: &mut Tx, id: &WorkflowId, own: Option<&TenantId>) -> Result<Vec<Listing>, DbError> {
    let rows = tx.all(sql(SHOWN).bind(id.as_str()).bind(own.map_or("", TenantId::as_str)).bind(limits::FORKS_SHOWN)).await?;
    let mut all = Vec::with_capacity(rows.len());
    for row in &rows {
        all.extend(store::get(tx, &row.get("workflow_id")?).await?);
    }
    Ok(all)
}

fn read(row: &Row) -> Result<Lineage, DbError> {
    Ok(Lineage {
        workflow: row.get("workflow_id")?,
        original: Ancestor { workflow: row.get("original_id")?, name: row.get("original_name")?, developer: row.get("original_developer_id")? },
        parent: Ancestor { workflow: row.get("parent_id")?, name: row.get("parent_name")?, developer: row.get("parent_developer_id")? },
        parent_version: row.get("parent_version")?,
        depth: row.get("fork_depth")?,
        forked_at: row.time("forked_at")?,
        reason: row.get("reason")?,
    })
}
