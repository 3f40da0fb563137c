//! What an installation was configured with before it was changed, for the runs that were accepted before.
//!
//! Every change keeps what it replaces, in its own transaction. A run names the revision it was accepted with, so that each
//! of its activations, and each replay, is given the same inputs and services (docs/decisions/0012).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_ids::{ConnectionId, InstallationId, TenantId, WorkflowId};
use serde_json::{Map, Value};

use super::limits::{REVISION_AGE, REVISIONS};
use super::model::{Installation, InstallationSnapshot};
use super::{history, snapshot};
use crate::app::Parts;
use crate::connections::service as connections;
use crate::http::ApiError;
use crate::variables::model::{Seen, seen};
use crate::variables::service as variables;

/// One statement, so that inputs, connections and variables are of one moment. Two changes of one revision keep it once.
macro_rules! keep {
    ($connections:literal, $variables:literal, $which:literal, $lock:literal) => {
        concat!(
            "INSERT INTO installation_revisions (installation_id, tenant_id, revision, config, secret_names, connections, variables, replaced_at) \
             SELECT id, tenant_id, revision, config, secret_names, \
               (SELECT ",
            $connections,
            " FROM installation_connections c WHERE c.installation_id = installations.id), (SELECT ",
            $variables,
            " FROM workflow_variables v WHERE v.tenant_id = COALESCE(installations.publisher_id, installations.tenant_id) AND v.workflow_id = installations.workflow_id), $3 \
             FROM installations WHERE ",
            $which,
            $lock,
            " ON CONFLICT DO NOTHING"
        )
    };
}
/// The rows are locked before anything is written, by every change in this order.
macro_rules! keep_where {
    ($which:literal) => {
        Sql::pair(
            keep!("json_group_object(service, connection_id)", "json_group_object(name, CASE WHEN secret THEN NULL ELSE value END)", $which, ""),
            keep!(
                "COALESCE(json_object_agg(service, connection_id)::text, '{}')",
                "COALESCE(json_object_agg(name, CASE WHEN secret THEN NULL ELSE value END)::text, '{}')",
                $which,
                " FOR UPDATE OF installations"
            ),
        )
    };
}
const KEEP: Sql = keep_where!("tenant_id = $1 AND id = $2 AND revision = $4");
const KEEP_OF_WORKFLOW: Sql = keep_where!("COALESCE(publisher_id, tenant_id) = $1 AND workflow_id = $2");
const REVISE: &str = "UPDATE installations SET revision = revision + 1 WHERE COALESCE(publisher_id, tenant_id) = $1 AND workflow_id = $2 RETURNING id, tenant_id";
/// A workspace does not see another one's variables: those of a workflow that it did not deploy are given.
const SET_VARIABLES: &str = "UPDATE installation_revisions SET variables = $4 WHERE tenant_id = $1 AND installation_id = $2 AND revision = $3";
const GET: &str = "SELECT config, secret_names, connections, variables FROM installation_revisions WHERE tenant_id = $1 AND installation_id = $2 AND revision = $3";
const LIST: &str = "SELECT revision FROM installation_revisions WHERE tenant_id = $1 AND installation_id = $2 AND replaced_at < $3";
const DELETE: &str = "DELETE FROM installation_revisions WHERE tenant_id = $1 AND installation_id = $2 AND revision = $3";

/// What a revision was made of.
struct Kept {
    config: Map<String, Value>,
    secret_names: BTreeSet<String>,
    connections: BTreeMap<String, ConnectionId>,
    variables: Seen,
}

/// The variables of another workspace's workflow, to be read before the transaction that changes its installation. When they change
/// meanwhile, the installation has a new revision, and the change finds that out.
pub(super) async fn of_publisher(parts: &Parts, tenant: &TenantId, installation: &Installation) -> Result<Option<Seen>, DbError> {
    if installation.publisher == *tenant {
        return Ok(None);
    }
    Ok(Some(seen(&variables::of_published(parts, &installation.publisher, &installation.workflow).await?)))
}

/// Keeps the revision that a change is about to replace. `given` are variables that [`of_publisher`] read.
pub(super) async fn keep(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, revision: i64, given: Option<&Seen>, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(KEEP).bind(tenant.as_str()).bind(id.as_str()).bind(now).bind(revision)).await?;
    if let Some(given) = given {
        let text = serde_json::to_string(given).unwrap_or_default();
        tx.execute(sql(SET_VARIABLES).bind(tenant.as_str()).bind(id.as_str()).bind(revision).bind(text)).await?;
    }
    Ok(())
}

/// Keeps the revisions of all installations of a workflow, and gives each a new one: before the workflow's variables change.
pub(super) async fn replace(tx: &mut Tx, publisher: &TenantId, workflow: &WorkflowId, now: Timestamp) -> Result<Vec<(TenantId, InstallationId)>, DbError> {
    tx.execute(sql(KEEP_OF_WORKFLOW).bind(publisher.as_str()).bind(workflow.as_str()).bind(now)).await?;
    tx.all(sql(REVISE).bind(publisher.as_str()).bind(workflow.as_str())).await?.iter().map(|row| Ok((row.get("tenant_id")?, row.get("id")?))).collect()
}

/// An installation as it is now, with inputs, connections and variables as they were at `revision`. A revision that was not kept (a node
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
    present.refused = crate::oauth_apps::slot::refused(parts, tenant, id, &present.version, &chosen).await?;
    // A secret that the present version does not know has no present value: a run of the version that did has the one it had.
    let left: BTreeSet<&String> = kept.secret_names.difference(&present.secret_names).collect();
    if !left.is_empty() {
        let archived = history::secrets_since(parts, tenant, id, revision, &left).await?;
        let mut secrets = snapshot::open(parts, tenant, id, present.sealed.as_deref())?;
        secrets.extend(archived);
        present.sealed = snapshot::seal(parts, tenant, id, &secrets);
    }
    present.connections = chosen;
    present.config = kept.config;
    present.secret_names = kept.secret_names;
    present.variables = kept.variables;
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
    // A version that knew of no variables gave its runs none.
    let variables = if row.get::<Option<String>>("variables")?.is_some() { row.json("variables")? } else { Seen::new() };
    Ok(Kept { config: row.json("config")?, secret_names: row.json("secret_names")?, connections: row.json("connections")?, variables })
}
