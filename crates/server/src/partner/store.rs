//! The SQL of what partners read, and the rows it is read from.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{AutomationId, AutomationVersionId, InstallationId, TenantId};

use super::model::{Automation, AutomationVersion, NewAutomation, NewAutomationVersion};

const INSERT: &str = "INSERT INTO automations (id, tenant_id, name, department, owner_id, created_by_user_id, status, created_at, updated_at) \
    VALUES ($2, $1, $3, $4, $5, $5, 'active', $6, $6)";
const INSERT_VERSION: &str = "INSERT INTO automation_versions (id, tenant_id, automation_id, version, major, minor, patch, status, created_at, updated_at) \
    VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $9)";
const BIND: &str = "INSERT INTO workflow_bindings (automation_version_id, tenant_id, runtime_workflow_id, status, created_at, updated_at) VALUES ($2, $1, $3, 'active', $4, $4)";
/// The current version is the live one, else the newest.
const LIST: &str = "SELECT a.id, a.name, a.department, a.status, v.id AS version_id, v.version, v.status AS version_status FROM automations a \
    LEFT JOIN automation_versions v ON v.tenant_id = a.tenant_id AND v.id = ( \
        SELECT n.id FROM automation_versions n WHERE n.tenant_id = a.tenant_id AND n.automation_id = a.id \
        ORDER BY CASE WHEN n.status = 'Live' THEN 0 ELSE 1 END, n.created_at DESC, n.id DESC LIMIT 1) \
    WHERE a.tenant_id = $1 AND ($2 = '' OR a.status = $2) AND ($3 = '' OR a.department = $3) AND ($4 = '' OR a.id < $4) ORDER BY a.id DESC LIMIT $5";
const INSTALLATION: &str = "SELECT b.runtime_workflow_id FROM automation_versions v LEFT JOIN workflow_bindings b ON b.automation_version_id = v.id \
    WHERE v.tenant_id = $1 AND v.id = $2";

/// Stores an automation.
///
/// # Errors
/// The database failed, or an active one has this name.
pub async fn insert_automation(tx: &mut Tx, tenant: &TenantId, new: &NewAutomation<'_>, now: Timestamp) -> Result<(), DbError> {
    let statement = sql(INSERT).bind(tenant.as_str()).bind(new.id.as_str()).bind(new.name).bind(new.department).bind(new.owner.as_str()).bind(now);
    tx.execute(statement).await.map(drop)
}

/// Stores a version of an automation of this workspace.
///
/// # Errors
/// The database failed, the automation is not of this workspace, or there is such a version.
pub async fn insert_version(tx: &mut Tx, tenant: &TenantId, automation: &AutomationId, new: &NewAutomationVersion<'_>, now: Timestamp) -> Result<(), DbError> {
    let (major, minor, patch) = new.number;
    let statement = sql(INSERT_VERSION)
        .bind(tenant.as_str())
        .bind(new.id.as_str())
        .bind(automation.as_str())
        .bind(format!("{major}.{minor}.{patch}"))
        .bind(major)
        .bind(minor)
        .bind(patch)
        .bind(new.status)
        .bind(now);
    tx.execute(statement).await.map(drop)
}

/// Says which installation performs a version.
///
/// # Errors
/// The database failed, the version is not of this workspace, or one of the two is bound already.
pub async fn bind(tx: &mut Tx, tenant: &TenantId, version: &AutomationVersionId, installation: &InstallationId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(BIND).bind(tenant.as_str()).bind(version.as_str()).bind(installation.as_str()).bind(now)).await.map(drop)
}

/// Automations, newest first.
pub(super) async fn list(tx: &mut Tx, tenant: &TenantId, status: &str, department: &str, before: Option<&AutomationId>, limit: u32) -> Result<Vec<Automation>, DbError> {
    let statement = sql(LIST).bind(tenant.as_str()).bind(status).bind(department).bind(before.map_or("", AutomationId::as_str)).bind(limit);
    tx.all(statement).await?.iter().map(automation).collect()
}

/// The installation that performs a version; `Some(None)` while none does, nothing when there is no such version.
pub(super) async fn installation(tx: &mut Tx, tenant: &TenantId, version: &AutomationVersionId) -> Result<Option<Option<String>>, DbError> {
    tx.optional(sql(INSTALLATION).bind(tenant.as_str()).bind(version.as_str())).await?.map(|row| row.get("runtime_workflow_id")).transpose()
}

fn automation(row: &Row) -> Result<Automation, DbError> {
    let current = row.get::<Option<String>>("version_id")?.map(|id| -> Result<AutomationVersion, DbError> {
        Ok(AutomationVersion { id: AutomationVersionId::from_stored(id), version: row.get("version")?, status: row.get("version_status")? })
    });
    Ok(Automation { id: row.get("id")?, name: row.get("name")?, department: row.get("department")?, status: row.get("status")?, current: current.transpose()? })
}
