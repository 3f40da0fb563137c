//! What an installation was configured with before it was changed, for the runs that were accepted before.
//!
//! Every change keeps what it replaces, in its own transaction. A run names the revision it was accepted with, so that each
//! of its activations, and each replay, is given the same inputs and services (docs/decisions/0012).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_ids::{ConnectionId, InstallationId, TenantId};
use serde_json::{Map, Value};

use super::limits::{REVISION_AGE, REVISIONS};
use super::model::InstallationSnapshot;
use super::snapshot;
use crate::app::Parts;
use crate::connections::service as connections;
use crate::http::ApiError;

/// One statement, so that inputs and connections are of one moment. Two changes of one revision keep it once.
const KEEP: Sql = Sql::pair(
    "INSERT INTO installation_revisions (installation_id, tenant_id, revision, config, secret_names, connections, replaced_at) \
     SELECT id, tenant_id, revision, config, secret_names, \
       (SELECT json_group_object(service, connection_id) FROM installation_connections WHERE installation_id = installations.id), $4 \
     FROM installations WHERE tenant_id = $1 AND id = $2 AND revision = $3 ON CONFLICT DO NOTHING",
    "INSERT INTO installation_revisions (installation_id, tenant_id, revision, config, secret_names, connections, replaced_at) \
     SELECT id, tenant_id, revision, config, secret_names, \
       (SELECT COALESCE(json_object_agg(service, connection_id)::text, '{}') FROM installation_connections WHERE installation_id = installations.id), $4 \
     FROM installations WHERE tenant_id = $1 AND id = $2 AND revision = $3 ON CONFLICT DO NOTHING",
);
const GET: &str = "SELECT config, secret_names, connections FROM installation_revisions WHERE tenant_id = $1 AND installation_id = $2 AND revision = $3";
const LIST: &str = "SELECT revision FROM installation_revisions WHERE tenant_id = $1 AND installation_id = $2 AND replaced_at < $3";
const DELETE: &str = "DELETE FROM installation_revisions WHERE tenant_id = $1 AND installation_id = $2 AND revision = $3";

/// What a revision was made of.
struct Kept {
    config: Map<String, Value>,
    secret_names: BTreeSet<String>,
    connections: BTreeMap<String, ConnectionId>,
}

/// Keeps the revision that a change is about to replace.
pub(super) async fn keep(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, revision: i64, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(KEEP).bind(tenant.as_str()).bind(id.as_str()).bind(revision).bind(now)).await?;
    Ok(())
}

/// An installation as it is now, with inputs and connections as they were at `revision`. A revision that was not kept (a node
/// of an older version replaced it) is the present one.
pub(super) async fn at(parts: &Parts, tenant: &TenantId, id: &InstallationId, revision: i64) -> Result<Arc<InstallationSnapshot>, ApiError> {
    // In this order, and not from memory: what is found replaced here has been kept by then.
    let Some(mut present) = snapshot::read(parts, tenant, id).await? else { return Err(ApiError::not_found("installation")) };
    if present.revision == revision {
        return Ok(Arc::new(present));
    }
    let mut tx = parts.of(tenant).read().await?;
    let row = tx.optional(sql(GET).bind(tenant.as_str()).bind(id.as_str()).bind(revision)).await?;
    drop(tx);
    let Some(kept) = row.as_ref().map(read).transpose()? else {
        tracing::warn!(installation = %id, revision, "a run goes on with the present configuration: the one it was accepted with was not kept");
        return Ok(Arc::new(present));
    };
    let mut chosen = BTreeMap::new();
    for (service, connection) in kept.connections {
        // An account that is gone is replaced by the one of today: a program sees services and never which account serves one.
        let today = present.connections.get(&service).filter(|today| **today != connection);
        let used = match today {
            Some(today) if is_gone(parts, tenant, &connection).await? => today.clone(),
            _ => connection,
        };
        chosen.insert(service, used);
    }
    present.connections = chosen;
    present.config = kept.config;
    present.secret_names = kept.secret_names;
    present.revision = revision;
    Ok(Arc::new(present))
}

async fn is_gone(parts: &Parts, tenant: &TenantId, id: &ConnectionId) -> Result<bool, ApiError> {
    match connections::get(parts, tenant, id).await {
        Ok(_) => Ok(false),
        Err(error) if error.status == http::StatusCode::NOT_FOUND => Ok(true),
        Err(error) => Err(error),
    }
}

/// Forgets revisions that no run names any more, when there are many. What fails is tried again at the next change.
pub(super) async fn forget(parts: &Parts, tenant: &TenantId, id: &InstallationId, now: Timestamp) {
    if let Err(error) = try_forget(parts, tenant, id, now).await {
        tracing::debug!(installation = %id, %error, "old revisions of an installation stay for now");
    }
}

async fn try_forget(parts: &Parts, tenant: &TenantId, id: &InstallationId, now: Timestamp) -> Result<(), DbError> {
    let mut tx = parts.of(tenant).read().await?;
    // One that was replaced a moment ago may still be given to a run by a node that has not heard of it.
    let rows = tx.all(sql(LIST).bind(tenant.as_str()).bind(id.as_str()).bind(now.minus(REVISION_AGE))).await?;
    if rows.len() <= REVISIONS {
        return Ok(());
    }
    let named = millrace_engine::run::subject_revisions(&mut tx, tenant, id.as_str()).await?;
    drop(tx);
    let old = rows.iter().map(|row| row.get::<i64>("revision")).collect::<Result<BTreeSet<_>, _>>()?;
    let mut tx = parts.of(tenant).begin().await?;
    for revision in old.difference(&named) {
        tx.execute(sql(DELETE).bind(tenant.as_str()).bind(id.as_str()).bind(*revision)).await?;
    }
    tx.commit().await
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept { config: json(row, "config")?, secret_names: json(row, "secret_names")?, connections: json(row, "connections")? })
}

fn json<T: serde::de::DeserializeOwned>(row: &Row, column: &str) -> Result<T, DbError> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|e| DbError::Column { column: column.to_owned(), reason: e.to_string() })
}
