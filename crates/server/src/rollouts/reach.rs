//! The SQL of the installations that a rollout is about: across workspaces where it moves and counts, within one where it is asked about.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Query, Row, Tx, sql};
use millrace_ids::{InstallationId, RolloutId, TenantId, VersionId, WorkflowId};

use super::model::{Pin, Rollout, Update, UpdateStatus};
use super::store::{Candidate, candidate};

/// Installations of older versions that nothing holds back.
const AHEAD: &str = "SELECT i.id, i.tenant_id FROM installations i JOIN workflow_versions v ON v.id = i.version_id \
    WHERE i.workflow_id = $1 AND i.id > $2 AND v.number < $3 AND i.uninstalled_at IS NULL \
      AND NOT EXISTS (SELECT 1 FROM installation_pins p WHERE p.installation_id = i.id) \
      AND NOT EXISTS (SELECT 1 FROM installation_updates u WHERE u.rollout_id = $4 AND u.installation_id = i.id AND u.status <> 'rolled_back') ORDER BY i.id LIMIT $5";
/// Installations that it moved and that still have its version.
const BACK: &str = "SELECT i.id, i.tenant_id FROM installation_updates u JOIN installations i ON i.id = u.installation_id \
    WHERE u.rollout_id = $4 AND u.status = 'moved' AND i.id > $2 AND i.workflow_id = $1 AND i.version_id = $3 AND i.uninstalled_at IS NULL \
      AND NOT EXISTS (SELECT 1 FROM installation_pins p WHERE p.installation_id = i.id) ORDER BY i.id LIMIT $5";
const ALL: &str = "SELECT i.id, i.tenant_id FROM installations i WHERE i.workflow_id = $1 AND i.id > $2 AND i.uninstalled_at IS NULL ORDER BY i.id LIMIT $3";
const COUNT_ALL: &str = "SELECT count(*) AS n FROM installations WHERE workflow_id = $1 AND uninstalled_at IS NULL";
const COUNT_PINNED: &str = "SELECT count(*) AS n FROM installation_pins p JOIN installations i ON i.id = p.installation_id WHERE i.workflow_id = $1 AND i.uninstalled_at IS NULL";
const COUNT_UPDATES: &str = "SELECT status, count(*) AS n FROM installation_updates WHERE rollout_id = $1 GROUP BY status";

const LATEST_UPDATE: &str = "SELECT * FROM installation_updates WHERE tenant_id = $1 AND installation_id = $2 ORDER BY at DESC, rollout_id DESC LIMIT 1";
const SET_UPDATE: &str = "INSERT INTO installation_updates (rollout_id, installation_id, tenant_id, from_version_id, to_version_id, status, code, message, at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (rollout_id, installation_id) DO UPDATE SET from_version_id = excluded.from_version_id, to_version_id = excluded.to_version_id, \
    status = excluded.status, code = excluded.code, message = excluded.message, at = excluded.at";
const PIN: &str = "SELECT * FROM installation_pins WHERE tenant_id = $1 AND installation_id = $2";
const SET_PIN: &str = "INSERT INTO installation_pins (installation_id, tenant_id, version_id, reason, pinned_by, pinned_at) VALUES ($2, $1, $3, $4, $5, $6) \
    ON CONFLICT (installation_id) DO UPDATE SET version_id = excluded.version_id, reason = excluded.reason, pinned_by = excluded.pinned_by, pinned_at = excluded.pinned_at";
const UNPIN: &str = "DELETE FROM installation_pins WHERE tenant_id = $1 AND installation_id = $2";
const LAST_RUNS: &str = "SELECT id FROM runs WHERE tenant_id = $1 AND subject = $2 AND state IN ('completed', 'failed', 'skipped') AND started_at IS NOT NULL AND program <> $4 ORDER BY id DESC LIMIT $3";

/// Installations after `after` that may go ahead to the version; buckets are not looked at.
pub(super) async fn ahead(tx: &mut Tx, r: &Rollout, after: &str, limit: u32) -> Result<Vec<Candidate>, DbError> {
    let q = sql(AHEAD).bind(r.workflow.as_str()).bind(after).bind(r.to_number).bind(r.id.as_str()).bind(limit);
    tx.all(q).await?.iter().map(candidate).collect()
}

/// Installations after `after` that were moved and may go back; buckets are not looked at.
pub(super) async fn back(tx: &mut Tx, r: &Rollout, after: &str, limit: u32) -> Result<Vec<Candidate>, DbError> {
    let q = sql(BACK).bind(r.workflow.as_str()).bind(after).bind(r.to.as_str()).bind(r.id.as_str()).bind(limit);
    tx.all(q).await?.iter().map(candidate).collect()
}

/// All installations of a workflow after `after`.
pub(super) async fn all(tx: &mut Tx, workflow: &WorkflowId, after: &str, limit: u32) -> Result<Vec<Candidate>, DbError> {
    tx.all(sql(ALL).bind(workflow.as_str()).bind(after).bind(limit)).await?.iter().map(candidate).collect()
}

/// How far a rollout has come, without those who wait.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Progress {
    pub installations: i64,
    pub pinned: i64,
    pub moved: i64,
    pub failed: i64,
    pub update_required: i64,
    pub rolled_back: i64,
}

pub(super) async fn progress(tx: &mut Tx, r: &Rollout) -> Result<Progress, DbError> {
    let mut found = Progress {
        installations: tx.one(sql(COUNT_ALL).bind(r.workflow.as_str())).await?.get("n")?,
        pinned: tx.one(sql(COUNT_PINNED).bind(r.workflow.as_str())).await?.get("n")?,
        ..Progress::default()
    };
    for row in tx.all(sql(COUNT_UPDATES).bind(r.id.as_str())).await? {
        let n = row.get("n")?;
        match row.parse("status")? {
            UpdateStatus::Moved => found.moved = n,
            UpdateStatus::Failed => found.failed = n,
            UpdateStatus::UpdateRequired => found.update_required = n,
            UpdateStatus::RolledBack => found.rolled_back = n,
        }
    }
    Ok(found)
}

pub(super) async fn latest_update(tx: &mut Tx, tenant: &TenantId, id: &InstallationId) -> Result<Option<Update>, DbError> {
    let read = |row: &Row| Ok(Update { rollout: row.get("rollout_id")?, to: row.get("to_version_id")?, status: row.parse("status")?, code: row.get("code")?, message: row.get("message")?, at: row.time("at")? });
    tx.optional(sql(LATEST_UPDATE).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(read).transpose()
}

/// The statement that notes what a rollout did to an installation.
pub(super) struct Noted<'a> {
    pub rollout: &'a RolloutId,
    pub installation: &'a InstallationId,
    pub tenant: &'a TenantId,
    pub from: &'a VersionId,
    pub to: &'a VersionId,
    pub status: UpdateStatus,
    pub code: Option<&'a str>,
    pub message: Option<&'a str>,
}

impl Noted<'_> {
    pub fn query(&self, now: Timestamp) -> Query {
        let q = sql(SET_UPDATE).bind(self.rollout.as_str()).bind(self.installation.as_str()).bind(self.tenant.as_str()).bind(self.from.as_str());
        q.bind(self.to.as_str()).bind(self.status.as_str()).bind(self.code).bind(self.message).bind(now)
    }
}

pub(super) async fn pin(tx: &mut Tx, tenant: &TenantId, id: &InstallationId) -> Result<Option<Pin>, DbError> {
    let read = |row: &Row| Ok(Pin { version: row.get("version_id")?, reason: row.get("reason")?, at: row.time("pinned_at")? });
    tx.optional(sql(PIN).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(read).transpose()
}

pub(super) fn set_pin(tenant: &TenantId, id: &InstallationId, version: &VersionId, reason: &str, by: &str, now: Timestamp) -> Query {
    sql(SET_PIN).bind(tenant.as_str()).bind(id.as_str()).bind(version.as_str()).bind(reason).bind(by).bind(now)
}

pub(super) async fn unpin(tx: &mut Tx, tenant: &TenantId, id: &InstallationId) -> Result<bool, DbError> {
    Ok(tx.execute(sql(UNPIN).bind(tenant.as_str()).bind(id.as_str())).await? == 1)
}

/// The newest finished runs of an installation that were not of this version.
pub(super) async fn last_runs(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, but: &VersionId, limit: u32) -> Result<Vec<millrace_ids::RunId>, DbError> {
    tx.all(sql(LAST_RUNS).bind(tenant.as_str()).bind(id.as_str()).bind(limit).bind(but.as_str())).await?.iter().map(|row| row.get("id")).collect()
}
