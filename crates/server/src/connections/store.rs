//! The SQL of connections.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{ConnectionId, TenantId};

use super::model::{Connection, PublicFields};

/// A connection with its sealed fields.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub meta: Connection,
    pub sealed: String,
}

const INSERT: &str = "INSERT INTO connections (id, tenant_id, service, name, auth_kind, fields, public, status, expires_at, version, created_at, updated_at) \
    VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10)";
const GET: &str = "SELECT * FROM connections WHERE tenant_id = $1 AND id = $2";
const LIST: &str = "SELECT * FROM connections WHERE tenant_id = $1 AND ($2 IS NULL OR service = $2) AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4";
/// What is uninstalled keeps nothing from being deleted.
const UNLINK: &str = "DELETE FROM installation_connections WHERE tenant_id = $1 AND connection_id = $2 \
    AND installation_id IN (SELECT id FROM installations WHERE tenant_id = $1 AND uninstalled_at IS NOT NULL)";
const DELETE: &str = "DELETE FROM connections WHERE tenant_id = $1 AND id = $2";
const CLAIM: &str = "UPDATE connections SET renewer = $4, renewer_until = $5 WHERE tenant_id = $1 AND id = $2 AND version = $3 \
    AND (renewer_until IS NULL OR renewer_until < $6)";
const RELEASE: &str = "UPDATE connections SET renewer = NULL, renewer_until = NULL WHERE tenant_id = $1 AND id = $2 AND renewer = $3";
const RENEWED: &str = "UPDATE connections SET fields = $4, public = $5, expires_at = $6, status = 'active', version = version + 1, updated_at = $7, \
    renewer = NULL, renewer_until = NULL WHERE tenant_id = $1 AND id = $2 AND version = $3";
const EXPIRE: &str = "UPDATE connections SET status = 'expired', version = version + 1, updated_at = $4, renewer = NULL, renewer_until = NULL \
    WHERE tenant_id = $1 AND id = $2 AND version = $3";

pub(super) async fn insert(tx: &mut Tx, tenant: &TenantId, new: &Stored) -> Result<(), DbError> {
    let meta = &new.meta;
    let statement = sql(INSERT)
        .bind(tenant.as_str())
        .bind(meta.id.as_str())
        .bind(&meta.service)
        .bind(&meta.name)
        .bind(&meta.auth_kind)
        .bind(&new.sealed)
        .bind(to_json(&meta.public))
        .bind(meta.status.as_str())
        .bind(meta.expires_at)
        .bind(meta.created_at);
    tx.execute(statement).await.map(drop)
}

pub(super) async fn get(tx: &mut Tx, tenant: &TenantId, id: &ConnectionId) -> Result<Option<Stored>, DbError> {
    tx.optional(sql(GET).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

/// Newest first, without their sealed fields.
pub(super) async fn list(tx: &mut Tx, tenant: &TenantId, service: Option<&str>, before: Option<&ConnectionId>, limit: u32) -> Result<Vec<Connection>, DbError> {
    let statement = sql(LIST).bind(tenant.as_str()).bind(service).bind(before.map(ConnectionId::as_str)).bind(limit);
    tx.all(statement).await?.iter().map(|row| Ok(from_row(row)?.meta)).collect()
}

pub(super) async fn delete(tx: &mut Tx, tenant: &TenantId, id: &ConnectionId) -> Result<bool, DbError> {
    tx.execute(sql(UNLINK).bind(tenant.as_str()).bind(id.as_str())).await?;
    Ok(tx.execute(sql(DELETE).bind(tenant.as_str()).bind(id.as_str())).await? == 1)
}

/// Takes the right to renew until `until`, unless somebody else has it or the row has changed.
pub(super) async fn claim(tx: &mut Tx, tenant: &TenantId, seen: &Connection, renewer: &str, until: Timestamp, now: Timestamp) -> Result<bool, DbError> {
    let statement = sql(CLAIM).bind(tenant.as_str()).bind(seen.id.as_str()).bind(seen.version).bind(renewer).bind(until).bind(now);
    Ok(tx.execute(statement).await? == 1)
}

/// Gives the right to renew back.
pub(super) async fn release(tx: &mut Tx, tenant: &TenantId, id: &ConnectionId, renewer: &str) -> Result<(), DbError> {
    tx.execute(sql(RELEASE).bind(tenant.as_str()).bind(id.as_str()).bind(renewer)).await.map(drop)
}

/// Stores new fields in place of version `new.meta.version`; `false` when the row has changed or is gone.
pub(super) async fn renewed(tx: &mut Tx, tenant: &TenantId, new: &Stored, now: Timestamp) -> Result<bool, DbError> {
    let meta = &new.meta;
    let statement = sql(RENEWED)
        .bind(tenant.as_str())
        .bind(meta.id.as_str())
        .bind(meta.version)
        .bind(&new.sealed)
        .bind(to_json(&meta.public))
        .bind(meta.expires_at)
        .bind(now);
    Ok(tx.execute(statement).await? == 1)
}

/// Says that a person must connect again; `false` when the row has changed.
pub(super) async fn expire(tx: &mut Tx, tenant: &TenantId, seen: &Connection, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(EXPIRE).bind(tenant.as_str()).bind(seen.id.as_str()).bind(seen.version).bind(now)).await? == 1)
}

fn to_json(public: &PublicFields) -> String {
    serde_json::to_string(public).unwrap_or_else(|_| "{}".to_owned())
}

fn from_row(row: &Row) -> Result<Stored, DbError> {
    let public: String = row.get("public")?;
    let public = serde_json::from_str(&public).map_err(|e| DbError::Column { column: "connections.public".to_owned(), reason: e.to_string() })?;
    let meta = Connection {
        id: row.get("id")?,
        service: row.get("service")?,
        name: row.get("name")?,
        auth_kind: row.get("auth_kind")?,
        public,
        status: row.parse("status")?,
        expires_at: row.time_opt("expires_at")?,
        version: row.get("version")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    };
    Ok(Stored { meta, sealed: row.get("fields")? })
}
