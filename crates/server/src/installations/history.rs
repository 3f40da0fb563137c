//! What an installation was configured with in the version that it left: to go back to, and for its runs that are still on the way.

use std::collections::BTreeSet;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{InstallationId, RolloutId, TenantId, VersionId};
use serde_json::{Map, Value};

use super::model::{Installation, Secrets};
use super::{limits, snapshot};
use crate::app::Parts;
use crate::http::ApiError;

const KEEP: &str = "INSERT INTO config_history (installation_id, tenant_id, version_id, revision, config, secret_names, secrets, reason, rollout_id, actor, at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
const FORGET: &str = "DELETE FROM config_history WHERE tenant_id = $1 AND installation_id = $2 AND revision < \
    (SELECT min(revision) FROM (SELECT revision FROM config_history WHERE tenant_id = $1 AND installation_id = $2 ORDER BY revision DESC LIMIT $3) AS kept)";
const OF_ROLLOUT: &str = "SELECT * FROM config_history WHERE tenant_id = $1 AND installation_id = $2 AND rollout_id = $3 AND reason IN ('rollout', 'update') ORDER BY revision DESC LIMIT 1";
const SINCE: &str = "SELECT * FROM config_history WHERE tenant_id = $1 AND installation_id = $2 AND revision >= $3 ORDER BY revision LIMIT 50";

/// Why a configuration was archived.
#[derive(Debug, Clone)]
pub struct Left<'a> {
    /// `rollout`, `rollback`, `update`, `pin`, or `change`: its people asked for the version.
    pub reason: &'static str,
    /// The rollout that it belongs to.
    pub rollout: Option<&'a RolloutId>,
    /// Who did it.
    pub actor: &'a str,
}

/// An archived configuration.
#[derive(Debug, Clone)]
pub struct Archived {
    /// The version that it belongs to.
    pub version: VersionId,
    /// Plain inputs.
    pub config: Map<String, Value>,
    /// Secret inputs that had a value.
    pub secret_names: BTreeSet<String>,
    /// Their values, sealed.
    pub secrets: Option<String>,
}

/// Archives the configuration that a change of the version is about to replace.
pub(super) async fn keep(tx: &mut Tx, tenant: &TenantId, left: &Installation, why: &Left<'_>, now: Timestamp) -> Result<(), DbError> {
    let config = serde_json::to_string(&left.config).unwrap_or_default();
    let names = serde_json::to_string(&left.secret_names).unwrap_or_default();
    let q = sql(KEEP).bind(left.id.as_str()).bind(tenant.as_str()).bind(left.version.as_str()).bind(left.revision).bind(config).bind(names);
    tx.execute(q.bind(left.secrets.clone()).bind(why.reason).bind(why.rollout.map(RolloutId::as_str)).bind(why.actor).bind(now)).await?;
    tx.execute(sql(FORGET).bind(tenant.as_str()).bind(left.id.as_str()).bind(limits::ARCHIVED)).await.map(drop)
}

/// What an installation was configured with before a rollout moved it.
pub(super) async fn of_rollout(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, rollout: &RolloutId) -> Result<Option<Archived>, DbError> {
    let q = sql(OF_ROLLOUT).bind(tenant.as_str()).bind(id.as_str()).bind(rollout.as_str());
    tx.optional(q).await?.as_ref().map(read).transpose()
}

/// The secrets named `wanted` as they were in `revision` or soon after, for runs of a version that the installation has left: of a secret
/// that the present version does not know, no present value is there.
pub(super) async fn secrets_since(parts: &Parts, tenant: &TenantId, id: &InstallationId, revision: i64, wanted: &BTreeSet<&String>) -> Result<Secrets, ApiError> {
    let mut found = Secrets::new();
    let mut tx = parts.of(tenant).read().await?;
    let rows = tx.all(sql(SINCE).bind(tenant.as_str()).bind(id.as_str()).bind(revision)).await?;
    drop(tx);
    for row in &rows {
        let archived = read(row)?;
        for (name, secret) in snapshot::open(parts, tenant, id, archived.secrets.as_deref())? {
            if wanted.contains(&name) {
                found.entry(name).or_insert(secret);
            }
        }
    }
    Ok(found)
}

fn read(row: &Row) -> Result<Archived, DbError> {
    Ok(Archived { version: row.get("version_id")?, config: row.json("config")?, secret_names: row.json("secret_names")?, secrets: row.get("secrets")? })
}
