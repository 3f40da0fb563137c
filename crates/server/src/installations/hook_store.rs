//! The SQL of lifecycle functions that are to be called.

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Row, Tx, sql};
use millrace_ids::{InstallationId, RunId, TenantId};

use super::hooks::{Asked, Hook};

const ASK: &str = "INSERT INTO installation_hooks (id, tenant_id, installation_id, function, version_id, revision, follows, forced, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const GET: &str = "SELECT * FROM installation_hooks WHERE tenant_id = $1 AND id = $2";
const ALL: &str = "SELECT * FROM installation_hooks WHERE tenant_id = $1 AND installation_id = $2 ORDER BY id";
const STARTED: &str = "UPDATE installation_hooks SET run_id = $3 WHERE tenant_id = $1 AND id = $2";
const RELEASE: &str = "UPDATE installation_hooks SET follows = 'nothing' WHERE tenant_id = $1 AND installation_id = $2 AND follows = 'activate'";
const FORCE: &str = "UPDATE installation_hooks SET forced = $3 WHERE tenant_id = $1 AND installation_id = $2 AND follows = 'erase'";
const REMOVE: &str = "DELETE FROM installation_hooks WHERE tenant_id = $1 AND id = $2";
const PENDING: &str = "SELECT DISTINCT tenant_id, installation_id FROM installation_hooks ORDER BY tenant_id, installation_id LIMIT $1";

/// Notes a function to be called.
pub(super) async fn ask(tx: &mut Tx, asked: &Asked) -> Result<(), DbError> {
    let q = sql(ASK).bind(asked.id.as_str()).bind(asked.tenant.as_str()).bind(asked.installation.as_str()).bind(asked.hook.map(Hook::function));
    let q = q.bind(asked.version.as_str()).bind(asked.revision).bind(asked.follows.as_str()).bind(asked.forced);
    tx.execute(q.bind(asked.created_at)).await.map(drop)
}

/// One that has not ended.
pub(super) async fn get(tx: &mut Tx, tenant: &TenantId, id: &RunId) -> Result<Option<Asked>, DbError> {
    tx.optional(sql(GET).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(read).transpose()
}

/// What is left of an installation's, in the order in which they go.
pub(super) async fn all(tx: &mut Tx, tenant: &TenantId, installation: &InstallationId) -> Result<Vec<Asked>, DbError> {
    tx.all(sql(ALL).bind(tenant.as_str()).bind(installation.as_str())).await?.iter().map(read).collect()
}

/// Notes the run that is waited for.
pub(super) async fn started(tx: &mut Tx, tenant: &TenantId, id: &RunId, run: &RunId) -> Result<(), DbError> {
    tx.execute(sql(STARTED).bind(tenant.as_str()).bind(id.as_str()).bind(run.as_str())).await.map(drop)
}

/// An activation that was called off: its function ends as it likes, and nothing follows.
pub(super) async fn release(tx: &mut Tx, tenant: &TenantId, installation: &InstallationId) -> Result<(), DbError> {
    tx.execute(sql(RELEASE).bind(tenant.as_str()).bind(installation.as_str())).await.map(drop)
}

/// An erasure that is under way goes on whatever its function says.
pub(super) async fn force(tx: &mut Tx, tenant: &TenantId, installation: &InstallationId) -> Result<(), DbError> {
    tx.execute(sql(FORCE).bind(tenant.as_str()).bind(installation.as_str()).bind(true)).await.map(drop)
}

/// Takes one away; false when another node was faster.
pub(super) async fn remove(tx: &mut Tx, tenant: &TenantId, id: &RunId) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REMOVE).bind(tenant.as_str()).bind(id.as_str())).await? == 1)
}

/// Installations of all workspaces for which something is left to do.
pub(super) async fn pending(db: &Db, limit: u32) -> Result<Vec<(TenantId, InstallationId)>, DbError> {
    db.all(sql(PENDING).bind(limit)).await?.iter().map(|row| Ok((row.get("tenant_id")?, row.get("installation_id")?))).collect()
}

fn read(row: &Row) -> Result<Asked, DbError> {
    let hook = row.get::<Option<String>>("function")?.map(|word| Hook::of(&word).ok_or(word)).transpose();
    Ok(Asked {
        id: row.get("id")?,
        tenant: row.get("tenant_id")?,
        installation: row.get("installation_id")?,
        hook: hook.map_err(|word| DbError::Column { column: "function".to_owned(), reason: format!("`{word}` is no lifecycle function") })?,
        version: row.get("version_id")?,
        revision: row.get("revision")?,
        follows: row.parse("follows")?,
        forced: row.get("forced")?,
        run: row.get("run_id")?,
        created_at: row.time("created_at")?,
    })
}

const SET_INSTANCE: &str = "UPDATE installations SET instance_key = $3 WHERE tenant_id = $1 AND id = $2";
const SET_CREDENTIAL_SOURCE: &str = "UPDATE installations SET credential_source = $3 WHERE tenant_id = $1 AND id = $2";
const UNINSTALL: &str = "UPDATE installations SET status = 'paused', status_reason = 'uninstalled', problem = NULL, uninstalled_at = $4, instance_key = NULL, \
    revision = revision + 1, updated_at = $4 WHERE tenant_id = $1 AND id = $2 AND revision = $3";
const REFUSED: &str = "UPDATE installations SET status_reason = 'hook_failed', problem = $3, revision = revision + 1, updated_at = $4 WHERE tenant_id = $1 AND id = $2";
const SIBLING: &str = "SELECT id FROM installations WHERE tenant_id = $1 AND workflow_id = $2 LIMIT 1";
/// Past their time, with nothing under way; one whose function refused is asked again a day later.
const DUE: &str = "SELECT id, tenant_id, uninstalled_at FROM installations WHERE uninstalled_at < $1 AND (status_reason <> 'hook_failed' OR updated_at < $2) \
    AND NOT EXISTS (SELECT 1 FROM installation_hooks h WHERE h.installation_id = installations.id) ORDER BY id LIMIT $3";

/// The name under which an installation stands beside others of its workflow; it fails with `Kind::Unique` if it is taken.
pub(super) async fn set_instance(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, key: &str) -> Result<(), DbError> {
    tx.execute(sql(SET_INSTANCE).bind(tenant.as_str()).bind(id.as_str()).bind(key)).await.map(drop)
}

/// Notes whose app the installation's connections are made with.
pub(super) async fn set_credential_source(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, source: &str) -> Result<(), DbError> {
    tx.execute(sql(SET_CREDENTIAL_SOURCE).bind(tenant.as_str()).bind(id.as_str()).bind(source)).await.map(drop)
}

/// Uninstalls, unless it was changed since `read_at` was read.
pub(super) async fn uninstall(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, read_at: i64, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(UNINSTALL).bind(tenant.as_str()).bind(id.as_str()).bind(read_at).bind(now)).await? == 1)
}

/// Says why a function stopped what was to follow.
pub(super) async fn refused(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, problem: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(REFUSED).bind(tenant.as_str()).bind(id.as_str()).bind(problem).bind(now)).await.map(drop)
}

/// Whether the workspace has another installation of this workflow, uninstalled ones included: they share what it stored.
pub(super) async fn has_sibling(tx: &mut Tx, tenant: &TenantId, workflow: &millrace_ids::WorkflowId) -> Result<bool, DbError> {
    Ok(tx.optional(sql(SIBLING).bind(tenant.as_str()).bind(workflow.as_str())).await?.is_some())
}

/// Installations of all workspaces that were uninstalled before `kept_since`, each with when that was.
pub(super) async fn due(tx: &mut Tx, kept_since: Timestamp, asked_before: Timestamp, limit: u32) -> Result<Vec<(TenantId, InstallationId, Timestamp)>, DbError> {
    let rows = tx.all(sql(DUE).bind(kept_since).bind(asked_before).bind(limit)).await?;
    rows.iter().map(|row| Ok((row.get("tenant_id")?, row.get("id")?, row.time("uninstalled_at")?))).collect()
}
