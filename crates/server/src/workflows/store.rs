//! The SQL of workflows, versions and bundles.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_ids::{TenantId, VersionId, WorkflowId};
use serde_json::Value;

use super::model::{Version, Workflow};

const WORKFLOW: &str = "SELECT * FROM workflows WHERE tenant_id = $1 AND id = $2";
const WORKFLOW_BY_SLUG: &str = "SELECT * FROM workflows WHERE tenant_id = $1 AND slug = $2";
const WORKFLOWS: &str = "SELECT * FROM workflows WHERE tenant_id = $1 AND ($2 IS NULL OR id < $2) ORDER BY id DESC LIMIT $3";
const INSERT_WORKFLOW: &str = "INSERT INTO workflows (id, tenant_id, slug, name, description, latest_version_id, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
/// An embedded database has one writer at a time anyway. On PostgreSQL, who installs the workflow waits, too: the reference to it does.
const HOLD: Sql = Sql::pair("SELECT id FROM workflows WHERE tenant_id = $1 AND id = $2", "SELECT id FROM workflows WHERE tenant_id = $1 AND id = $2 FOR UPDATE");
const SET_LATEST: &str = "UPDATE workflows SET latest_version_id = $3, name = $4, description = $5, updated_at = $6 WHERE tenant_id = $1 AND id = $2";

const VERSION: &str = "SELECT * FROM workflow_versions WHERE tenant_id = $1 AND id = $2";
const OF_VERSION: &str = "SELECT workflow_id FROM workflow_versions WHERE id = $1";
const VERSIONS: &str = "SELECT * FROM workflow_versions WHERE tenant_id = $1 AND workflow_id = $2 ORDER BY number DESC LIMIT $3";
const VERSIONS_OF_BUNDLE: &str = "SELECT * FROM workflow_versions WHERE tenant_id = $1 AND bundle_hash = $2 ORDER BY id LIMIT 100";
const VERSION_OF_BUNDLE: &str = "SELECT * FROM workflow_versions WHERE tenant_id = $1 AND workflow_id = $2 AND bundle_hash = $3 AND restored_from IS NULL";
const VERSION_BY_TEXT: &str = "SELECT * FROM workflow_versions WHERE tenant_id = $1 AND workflow_id = $2 AND version = $3 ORDER BY number DESC LIMIT 1";
const VERSION_BY_NUMBER: &str = "SELECT * FROM workflow_versions WHERE tenant_id = $1 AND workflow_id = $2 AND number = $3";
const LAST_NUMBER: &str = "SELECT coalesce(max(number), 0) AS n FROM workflow_versions WHERE tenant_id = $1 AND workflow_id = $2";
const INSERT_VERSION: &str = "INSERT INTO workflow_versions \
    (id, tenant_id, workflow_id, number, version, export, bundle_hash, definition, metadata, hosts, warnings, created_at, state, notes, functions, restored_from, created_by) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)";
const SET_FUNCTIONS: &str = "UPDATE workflow_versions SET functions = $3 WHERE tenant_id = $1 AND bundle_hash = $2 AND functions IS NULL";

const SET_STATE: &str = "UPDATE workflow_versions SET state = $3, notes = $4, is_breaking = $5, breaking_description = $6, published_by = $7, published_at = $8, deprecated_at = $9, deprecation_reason = $10 \
    WHERE tenant_id = $1 AND id = $2";
const PENDING: &str = "SELECT v.*, v.tenant_id AS owner FROM workflow_versions v WHERE v.state = 'pending' AND v.id > $1 ORDER BY v.id LIMIT $2";
const OWNER: &str = "SELECT tenant_id FROM workflows WHERE id = $1";

const INSERT_BUNDLE: &str = "INSERT INTO bundles (tenant_id, hash, bytes, size, created_at) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (tenant_id, hash) DO NOTHING";
const BUNDLE: &str = "SELECT bytes, size FROM bundles WHERE tenant_id = $1 AND hash = $2";

/// One workflow.
pub(super) async fn workflow(tx: &mut Tx, tenant: &TenantId, id: &WorkflowId) -> Result<Option<Workflow>, DbError> {
    tx.optional(sql(WORKFLOW).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(read_workflow).transpose()
}

/// The workflow whose module states this id.
pub(super) async fn workflow_by_slug(tx: &mut Tx, tenant: &TenantId, slug: &str) -> Result<Option<Workflow>, DbError> {
    tx.optional(sql(WORKFLOW_BY_SLUG).bind(tenant.as_str()).bind(slug)).await?.as_ref().map(read_workflow).transpose()
}

/// Locks a workflow until the transaction ends.
pub(super) async fn hold(tx: &mut Tx, tenant: &TenantId, id: &WorkflowId) -> Result<(), DbError> {
    tx.optional(sql(HOLD).bind(tenant.as_str()).bind(id.as_str())).await.map(drop)
}

/// A page of a tenant's workflows, newest first.
pub(super) async fn workflows(tx: &mut Tx, tenant: &TenantId, before: Option<&WorkflowId>, limit: u32) -> Result<Vec<Workflow>, DbError> {
    let q = sql(WORKFLOWS).bind(tenant.as_str()).bind(before.map(WorkflowId::as_str)).bind(limit);
    tx.all(q).await?.iter().map(read_workflow).collect()
}

/// Adds a workflow.
pub(super) async fn insert_workflow(tx: &mut Tx, tenant: &TenantId, w: &Workflow) -> Result<(), DbError> {
    let q = sql(INSERT_WORKFLOW).bind(w.id.as_str()).bind(tenant.as_str()).bind(&w.slug).bind(&w.name).bind(&w.description);
    tx.execute(q.bind(w.latest.as_str()).bind(w.created_at)).await?;
    Ok(())
}

/// Makes a version the latest, with its name and sentence.
pub(super) async fn set_latest(tx: &mut Tx, tenant: &TenantId, w: &Workflow) -> Result<(), DbError> {
    let q = sql(SET_LATEST).bind(tenant.as_str()).bind(w.id.as_str()).bind(w.latest.as_str()).bind(&w.name).bind(&w.description);
    tx.execute(q.bind(w.updated_at)).await?;
    Ok(())
}

/// One version.
pub(super) async fn version(tx: &mut Tx, tenant: &TenantId, id: &VersionId) -> Result<Option<Version>, DbError> {
    tx.optional(sql(VERSION).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(read_version).transpose()
}

/// The workflow that a version is of.
pub(super) async fn of_version(tx: &mut Tx, id: &VersionId) -> Result<Option<WorkflowId>, DbError> {
    tx.optional(sql(OF_VERSION).bind(id.as_str())).await?.map(|row| row.get("workflow_id")).transpose()
}

/// A workflow's versions, newest first.
pub(super) async fn versions(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId, limit: u32) -> Result<Vec<Version>, DbError> {
    tx.all(sql(VERSIONS).bind(tenant.as_str()).bind(workflow.as_str()).bind(limit)).await?.iter().map(read_version).collect()
}

/// All versions with this content, of whichever workflows.
pub(super) async fn versions_of_bundle(tx: &mut Tx, tenant: &TenantId, hash: &str) -> Result<Vec<Version>, DbError> {
    tx.all(sql(VERSIONS_OF_BUNDLE).bind(tenant.as_str()).bind(hash)).await?.iter().map(read_version).collect()
}

/// The version of a workflow with this content.
pub(super) async fn version_of_bundle(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId, hash: &str) -> Result<Option<Version>, DbError> {
    let q = sql(VERSION_OF_BUNDLE).bind(tenant.as_str()).bind(workflow.as_str()).bind(hash);
    tx.optional(q).await?.as_ref().map(read_version).transpose()
}

/// The newest version of a workflow that calls itself so.
pub(super) async fn version_by_text(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId, text: &str) -> Result<Option<Version>, DbError> {
    let q = sql(VERSION_BY_TEXT).bind(tenant.as_str()).bind(workflow.as_str()).bind(text);
    tx.optional(q).await?.as_ref().map(read_version).transpose()
}

/// The version of a workflow that has this number.
pub(super) async fn version_by_number(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId, number: i64) -> Result<Option<Version>, DbError> {
    let q = sql(VERSION_BY_NUMBER).bind(tenant.as_str()).bind(workflow.as_str()).bind(number);
    tx.optional(q).await?.as_ref().map(read_version).transpose()
}

/// The number of a workflow's last version; 0 without any.
pub(super) async fn last_number(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId) -> Result<i64, DbError> {
    tx.one(sql(LAST_NUMBER).bind(tenant.as_str()).bind(workflow.as_str())).await?.get("n")
}

/// Adds a version.
pub(super) async fn insert_version(tx: &mut Tx, tenant: &TenantId, v: &Version) -> Result<(), DbError> {
    let q = sql(INSERT_VERSION).bind(v.id.as_str()).bind(tenant.as_str()).bind(v.workflow.as_str()).bind(v.number);
    let q = q.bind(&v.version).bind(&v.export).bind(&v.bundle_hash).bind(v.definition.to_string()).bind(v.metadata.to_string());
    let warnings = serde_json::to_string(&v.warnings).unwrap_or_else(|_| "[]".to_owned());
    let q = q.bind(Value::from(v.hosts.clone()).to_string()).bind(warnings).bind(v.created_at).bind(v.state.as_str()).bind(v.notes.as_deref());
    let functions = v.functions.as_ref().map(|all| Value::from(all.clone()).to_string());
    tx.execute(q.bind(functions).bind(v.restored_from).bind(v.created_by.as_deref())).await?;
    Ok(())
}

/// Notes the functions of a module whose versions were deployed before that was noted.
pub(super) async fn set_functions(tx: &mut Tx, tenant: &TenantId, hash: &str, functions: &[String]) -> Result<(), DbError> {
    let q = sql(SET_FUNCTIONS).bind(tenant.as_str()).bind(hash).bind(Value::from(functions.to_vec()).to_string());
    tx.execute(q).await.map(drop)
}

/// Writes what happens to a version after it was made.
pub(super) async fn set_state(tx: &mut Tx, tenant: &TenantId, v: &Version) -> Result<(), DbError> {
    let q = sql(SET_STATE).bind(tenant.as_str()).bind(v.id.as_str()).bind(v.state.as_str()).bind(v.notes.as_deref()).bind(v.is_breaking).bind(v.breaking_description.as_deref());
    tx.execute(q.bind(v.published_by.as_deref()).bind(v.published_at).bind(v.deprecated_at).bind(v.deprecation_reason.as_deref())).await.map(drop)
}

/// Versions of all workspaces that wait for the operator's review, oldest first.
pub(super) async fn pending(tx: &mut Tx, after: &str, limit: u32) -> Result<Vec<(TenantId, Version)>, DbError> {
    let rows = tx.all(sql(PENDING).bind(after).bind(limit)).await?;
    rows.iter().map(|row| Ok((row.get("owner")?, read_version(row)?))).collect()
}

/// Whose a workflow is, whoever asks.
pub(super) async fn owner(tx: &mut Tx, id: &WorkflowId) -> Result<Option<TenantId>, DbError> {
    tx.optional(sql(OWNER).bind(id.as_str())).await?.map(|row| row.get("tenant_id")).transpose()
}

/// Keeps a bundle; the same content again changes nothing.
pub(super) async fn insert_bundle(tx: &mut Tx, tenant: &TenantId, hash: &str, packed: Vec<u8>, size: i64, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(INSERT_BUNDLE).bind(tenant.as_str()).bind(hash).bind(packed).bind(size).bind(now)).await?;
    Ok(())
}

/// A packed bundle and the size it unpacks to.
pub(super) async fn bundle(tx: &mut Tx, tenant: &TenantId, hash: &str) -> Result<Option<(Vec<u8>, i64)>, DbError> {
    match tx.optional(sql(BUNDLE).bind(tenant.as_str()).bind(hash)).await? {
        Some(row) => Ok(Some((row.get("bytes")?, row.get("size")?))),
        None => Ok(None),
    }
}

fn read_workflow(row: &Row) -> Result<Workflow, DbError> {
    Ok(Workflow {
        id: row.get("id")?,
        slug: row.get("slug")?,
        name: row.get("name")?,
        description: row.get("description")?,
        latest: row.get("latest_version_id")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn read_version(row: &Row) -> Result<Version, DbError> {
    Ok(Version {
        id: row.get("id")?,
        workflow: row.get("workflow_id")?,
        number: row.get("number")?,
        version: row.get("version")?,
        export: row.get("export")?,
        bundle_hash: row.get("bundle_hash")?,
        definition: row.json("definition")?,
        metadata: row.json("metadata")?,
        hosts: row.json("hosts")?,
        warnings: row.json("warnings")?,
        state: row.parse("state")?,
        notes: row.get("notes")?,
        is_breaking: row.get("is_breaking")?,
        breaking_description: row.get("breaking_description")?,
        functions: match row.get::<Option<String>>("functions")? {
            Some(_) => Some(row.json("functions")?),
            None => None,
        },
        restored_from: row.get("restored_from")?,
        created_by: row.get("created_by")?,
        published_by: row.get("published_by")?,
        published_at: row.time_opt("published_at")?,
        deprecated_at: row.time_opt("deprecated_at")?,
        deprecation_reason: row.get("deprecation_reason")?,
        created_at: row.time("created_at")?,
    })
}
