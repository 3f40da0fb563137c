//! The SQL of installations and their connections.

use std::collections::{BTreeMap, BTreeSet};

use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{ConnectionId, InstallationId, TenantId, UserId};
use serde_json::{Map, Value};

use super::model::{Installation, Status};

const GET: &str = "SELECT * FROM installations WHERE tenant_id = $1 AND id = $2";
/// Without a status, those that are there: who wants to see the uninstalled ones asks for them.
const LIST: &str = "SELECT i.* FROM installations i WHERE i.tenant_id = $1 AND ($2 IS NULL OR i.id < $2) \
    AND ($3 IS NOT NULL OR i.uninstalled_at IS NULL) AND ($3 IS NULL OR $3 = CASE WHEN i.uninstalled_at IS NOT NULL THEN 'uninstalled' \
    WHEN i.status_reason = 'activating' AND i.status <> 'active' THEN 'activating' ELSE i.status END) AND ($4 IS NULL OR i.workflow_id = $4) ORDER BY i.id DESC LIMIT $5";
const INSERT: &str = "INSERT INTO installations \
    (id, tenant_id, workflow_id, version_id, name, status, problem, timezone, config, secret_names, secrets, revision, created_at, updated_at, publisher_id) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
const UPDATE: &str = "UPDATE installations SET version_id = $4, name = $5, status = COALESCE($6, status), problem = $7, timezone = $8, config = $9, secret_names = $10, \
    secrets = $11, revision = $12, updated_at = $13, status_reason = $14 WHERE tenant_id = $1 AND id = $2 AND revision = $3";
const DELETE: &str = "DELETE FROM installations WHERE tenant_id = $1 AND id = $2";

const CONNECTIONS: &str = "SELECT installation_id, service, connection_id FROM installation_connections WHERE tenant_id = $1 AND installation_id = $2";
const CONNECTIONS_OF_MANY: &str = "SELECT installation_id, service, connection_id FROM installation_connections \
    WHERE tenant_id = $1 AND installation_id >= $2 AND installation_id <= $3";
const USING: &str = "SELECT installation_id, service FROM installation_connections WHERE tenant_id = $1 AND connection_id = $2 ORDER BY installation_id";
const CLEAR_CONNECTIONS: &str = "DELETE FROM installation_connections WHERE tenant_id = $1 AND installation_id = $2";
const ADD_CONNECTION: &str = "INSERT INTO installation_connections (installation_id, tenant_id, service, connection_id) VALUES ($1, $2, $3, $4)";

const INSTALLER: &str = "SELECT user_id FROM installers WHERE tenant_id = $1 AND installation_id = $2";
const SET_INSTALLER: &str = "INSERT INTO installers (installation_id, tenant_id, user_id) VALUES ($1, $2, $3)";

/// Connections by service as declared.
pub(super) type Links = BTreeMap<String, ConnectionId>;

/// Which installations to list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only in this status.
    pub status: Option<Status>,
    /// Only of this workflow.
    pub workflow: Option<millrace_ids::WorkflowId>,
}

pub(super) async fn get(tx: &mut Tx, tenant: &TenantId, id: &InstallationId) -> Result<Option<Installation>, DbError> {
    tx.optional(sql(GET).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(read).transpose()
}

pub(super) async fn list(tx: &mut Tx, tenant: &TenantId, filter: &Filter, before: Option<&InstallationId>, limit: u32) -> Result<Vec<Installation>, DbError> {
    let q = sql(LIST).bind(tenant.as_str()).bind(before.map(InstallationId::as_str)).bind(filter.status.map(Status::as_str));
    let q = q.bind(filter.workflow.as_ref().map(millrace_ids::WorkflowId::as_str)).bind(limit);
    tx.all(q).await?.iter().map(read).collect()
}

pub(super) async fn insert(tx: &mut Tx, tenant: &TenantId, i: &Installation) -> Result<(), DbError> {
    let q = sql(INSERT).bind(i.id.as_str()).bind(tenant.as_str()).bind(i.workflow.as_str()).bind(i.version.as_str()).bind(&i.name);
    let q = q.bind(i.status.stored().unwrap_or(Status::Installed.as_str())).bind(i.problem.clone()).bind(&i.timezone).bind(text(&i.config)).bind(names(i)).bind(i.secrets.clone());
    // Without one, as a version that knows of no other publishers writes it: the own workspace.
    let publisher = Some(i.publisher.as_str()).filter(|publisher| *publisher != tenant.as_str());
    tx.execute(q.bind(i.revision).bind(i.created_at).bind(i.updated_at).bind(publisher)).await?;
    Ok(())
}

/// Stores a change, unless another one was stored since `read_at` was read.
pub(super) async fn update(tx: &mut Tx, tenant: &TenantId, read_at: i64, i: &Installation) -> Result<bool, DbError> {
    let q = sql(UPDATE).bind(tenant.as_str()).bind(i.id.as_str()).bind(read_at).bind(i.version.as_str()).bind(&i.name).bind(i.status.stored());
    let q = q.bind(i.problem.clone()).bind(&i.timezone).bind(text(&i.config)).bind(names(i)).bind(i.secrets.clone());
    Ok(tx.execute(q.bind(i.revision).bind(i.updated_at).bind(i.status_reason.clone())).await? == 1)
}

pub(super) async fn delete(tx: &mut Tx, tenant: &TenantId, id: &InstallationId) -> Result<bool, DbError> {
    Ok(tx.execute(sql(DELETE).bind(tenant.as_str()).bind(id.as_str())).await? == 1)
}

pub(super) async fn connections(tx: &mut Tx, tenant: &TenantId, id: &InstallationId) -> Result<Links, DbError> {
    let rows = tx.all(sql(CONNECTIONS).bind(tenant.as_str()).bind(id.as_str())).await?;
    rows.iter().map(|row| Ok((row.get("service")?, row.get("connection_id")?))).collect()
}

/// The installations that use a connection, each with the service as its workflow declares it.
pub(super) async fn using(tx: &mut Tx, tenant: &TenantId, connection: &ConnectionId) -> Result<Vec<(InstallationId, String)>, DbError> {
    let rows = tx.all(sql(USING).bind(tenant.as_str()).bind(connection.as_str())).await?;
    rows.iter().map(|row| Ok((row.get("installation_id")?, row.get("service")?))).collect()
}

/// The person who installed, where it was a person and the version of that time noted it.
pub(super) async fn installer(tx: &mut Tx, tenant: &TenantId, id: &InstallationId) -> Result<Option<UserId>, DbError> {
    tx.optional(sql(INSTALLER).bind(tenant.as_str()).bind(id.as_str())).await?.map(|row| row.get("user_id")).transpose()
}

pub(super) async fn set_installer(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, user: &UserId) -> Result<(), DbError> {
    tx.execute(sql(SET_INSTALLER).bind(id.as_str()).bind(tenant.as_str()).bind(user.as_str())).await.map(drop)
}

/// The connections of all installations between two ids, both included.
pub(super) async fn connections_of(tx: &mut Tx, tenant: &TenantId, first: &InstallationId, last: &InstallationId) -> Result<BTreeMap<String, Links>, DbError> {
    let mut all: BTreeMap<String, Links> = BTreeMap::new();
    for row in tx.all(sql(CONNECTIONS_OF_MANY).bind(tenant.as_str()).bind(first.as_str()).bind(last.as_str())).await? {
        all.entry(row.get("installation_id")?).or_default().insert(row.get("service")?, row.get("connection_id")?);
    }
    Ok(all)
}

pub(super) async fn set_connections(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, links: &Links) -> Result<(), DbError> {
    tx.execute(sql(CLEAR_CONNECTIONS).bind(tenant.as_str()).bind(id.as_str())).await?;
    for (service, connection) in links {
        tx.execute(sql(ADD_CONNECTION).bind(id.as_str()).bind(tenant.as_str()).bind(service).bind(connection.as_str())).await?;
    }
    Ok(())
}

fn text(config: &Map<String, Value>) -> String {
    serde_json::to_string(config).unwrap_or_default()
}

fn names(i: &Installation) -> String {
    serde_json::to_string(&i.secret_names).unwrap_or_default()
}

/// The status as it is shown, from columns that the version before can read.
fn status(row: &Row, reason: Option<&str>, is_uninstalled: bool) -> Result<Status, DbError> {
    let stored = row.parse("status")?;
    Ok(match (stored, reason) {
        _ if is_uninstalled => Status::Uninstalled,
        (Status::Active, _) => stored,
        (_, Some("activating")) => Status::Activating,
        _ => stored,
    })
}

fn read(row: &Row) -> Result<Installation, DbError> {
    let (reason, uninstalled_at) = (row.get::<Option<String>>("status_reason")?, row.time_opt("uninstalled_at")?);
    Ok(Installation {
        id: row.get("id")?,
        workflow: row.get("workflow_id")?,
        publisher: match row.get::<Option<TenantId>>("publisher_id")? {
            Some(other) => other,
            None => row.get("tenant_id")?,
        },
        version: row.get("version_id")?,
        name: row.get("name")?,
        status: status(row, reason.as_deref(), uninstalled_at.is_some())?,
        problem: row.get("problem")?,
        status_reason: reason,
        uninstalled_at,
        grandfathered: row.get("grandfathered")?,
        timezone: row.get("timezone")?,
        config: row.json("config")?,
        secret_names: row.json::<BTreeSet<String>>("secret_names")?,
        secrets: row.get("secrets")?,
        revision: row.get("revision")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}
