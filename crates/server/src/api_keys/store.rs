//! The SQL of API keys.

use std::net::IpAddr;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{ApiKeyId, TenantId, UserId};

use super::ApiKeyText;
use super::model::{ApiKey, KeyGrant, NewApiKey, StoredKey};
use crate::identity::Scope;

const INSERT: &str = "INSERT INTO api_keys (id, tenant_id, name, role, scopes, secret_hash, scoped_hash, last4, created_by, created_at, expires_at) \
    VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
const FIND: &str = "SELECT k.id, k.tenant_id, k.role, k.scopes, COALESCE(k.scoped_hash, k.secret_hash) AS hash, k.expires_at, k.revoked_at, k.last_used_at, t.status AS tenant_status \
    FROM api_keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.id = $1";
const TOUCH: &str = "UPDATE api_keys SET last_used_at = $3, last_used_ip = $5 WHERE tenant_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $4)";
const REVOKE: &str = "UPDATE api_keys SET revoked_at = $3, revoked_by = $4 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL";
const GET: &str = "SELECT id, name, role, scopes, last4, created_by, created_at, expires_at, last_used_at, last_used_ip, revoked_at, revoked_by FROM api_keys \
    WHERE tenant_id = $1 AND id = $2";
const LIST: &str = "SELECT id, name, role, scopes, last4, created_by, created_at, expires_at, last_used_at, last_used_ip, revoked_at, revoked_by FROM api_keys \
    WHERE tenant_id = $1 AND ($2 = '' OR created_by = $2) AND ($3 = '' OR id < $3) ORDER BY id DESC LIMIT $4";
/// The people who are told of a key: its workspace's owners and admins, and whoever made it.
const TOLD: &str = "SELECT u.email FROM users u LEFT JOIN memberships m ON m.user_id = u.id AND m.tenant_id = $1 AND m.status = 'active' \
    WHERE u.status = 'active' AND (m.role IN ('owner', 'admin') OR (u.id = $2 AND m.user_id IS NOT NULL)) ORDER BY u.id";
const PERSON: &str = "SELECT name, email FROM users WHERE id = $1";
const WORKSPACE: &str = "SELECT name FROM tenants WHERE id = $1";

pub(super) async fn insert(tx: &mut Tx, tenant: &TenantId, key: &ApiKeyText, new: &NewApiKey, now: Timestamp) -> Result<(), DbError> {
    let hash = key.hash();
    let (scopes, secret_hash, scoped_hash) = match &new.grant {
        KeyGrant::Role(_) => (None, hash, None),
        KeyGrant::Scopes(scopes) => (Some(serde_json::to_string(scopes).map_err(unreadable)?), String::new(), Some(hash)),
    };
    let statement = sql(INSERT)
        .bind(tenant.as_str())
        .bind(key.id().as_str())
        .bind(&new.name)
        .bind(new.grant.role().as_str())
        .bind(scopes)
        .bind(secret_hash)
        .bind(scoped_hash)
        .bind(key.last4())
        .bind(new.created_by.as_ref().map(UserId::as_str))
        .bind(now)
        .bind(new.expires_at);
    tx.execute(statement).await.map(drop)
}

/// The only statement that looks for a key before a tenant is known: it is what makes the tenant known.
pub(super) async fn find(tx: &mut Tx, id: &ApiKeyId) -> Result<Option<StoredKey>, DbError> {
    tx.optional(sql(FIND).bind(id.as_str())).await?.as_ref().map(stored).transpose()
}

/// Remembers that a key was used, unless that was written after `not_since`.
pub(super) async fn touch(tx: &mut Tx, tenant: &TenantId, id: &ApiKeyId, from: Option<IpAddr>, now: Timestamp, not_since: Timestamp) -> Result<(), DbError> {
    let statement = sql(TOUCH).bind(tenant.as_str()).bind(id.as_str()).bind(now).bind(not_since).bind(from.map(|ip| ip.to_string()));
    tx.execute(statement).await.map(drop)
}

/// Ends a key; answers whether it was good until now.
pub(super) async fn revoke(tx: &mut Tx, tenant: &TenantId, id: &ApiKeyId, by: Option<&UserId>, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REVOKE).bind(tenant.as_str()).bind(id.as_str()).bind(now).bind(by.map(UserId::as_str))).await? == 1)
}

pub(super) async fn get(tx: &mut Tx, tenant: &TenantId, id: &ApiKeyId) -> Result<Option<ApiKey>, DbError> {
    tx.optional(sql(GET).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(listed).transpose()
}

/// Keys, newest first; with `of` only those that this person made.
pub(super) async fn list(tx: &mut Tx, tenant: &TenantId, of: Option<&UserId>, before: Option<&ApiKeyId>, limit: u32) -> Result<Vec<ApiKey>, DbError> {
    let (of, before) = (of.map_or("", UserId::as_str), before.map_or("", ApiKeyId::as_str));
    tx.all(sql(LIST).bind(tenant.as_str()).bind(of).bind(before).bind(limit)).await?.iter().map(listed).collect()
}

pub(super) async fn told(tx: &mut Tx, tenant: &TenantId, creator: Option<&UserId>) -> Result<Vec<String>, DbError> {
    tx.all(sql(TOLD).bind(tenant.as_str()).bind(creator.map_or("", UserId::as_str))).await?.iter().map(|row| row.get("email")).collect()
}

pub(super) async fn workspace_name(tx: &mut Tx, tenant: &TenantId) -> Result<String, DbError> {
    tx.one(sql(WORKSPACE).bind(tenant.as_str())).await?.get("name")
}

/// How people call this person: by name, or by address if it was never told.
pub(super) async fn person(tx: &mut Tx, id: Option<&UserId>) -> Result<String, DbError> {
    let Some(row) = tx.optional(sql(PERSON).bind(id.map_or("", UserId::as_str))).await? else { return Ok("the server".to_owned()) };
    let name: String = row.get("name")?;
    if name.is_empty() { row.get("email") } else { Ok(name) }
}

fn stored(row: &Row) -> Result<StoredKey, DbError> {
    Ok(StoredKey {
        id: row.get("id")?,
        tenant: row.get("tenant_id")?,
        grant: grant(row)?,
        hash: row.get("hash")?,
        expires_at: row.time_opt("expires_at")?,
        revoked_at: row.time_opt("revoked_at")?,
        last_used_at: row.time_opt("last_used_at")?,
        tenant_active: row.get::<String>("tenant_status")? == "active",
    })
}

fn listed(row: &Row) -> Result<ApiKey, DbError> {
    Ok(ApiKey {
        id: row.get("id")?,
        name: row.get("name")?,
        grant: grant(row)?,
        last4: row.get("last4")?,
        created_by: row.get("created_by")?,
        created_at: row.time("created_at")?,
        expires_at: row.time_opt("expires_at")?,
        last_used_at: row.time_opt("last_used_at")?,
        last_used_ip: row.get("last_used_ip")?,
        revoked_at: row.time_opt("revoked_at")?,
        revoked_by: row.get("revoked_by")?,
    })
}

fn grant(row: &Row) -> Result<KeyGrant, DbError> {
    match row.get::<Option<String>>("scopes")? {
        None => Ok(KeyGrant::Role(row.parse("role")?)),
        Some(json) => serde_json::from_str::<Vec<Scope>>(&json).map(KeyGrant::Scopes).map_err(unreadable),
    }
}

fn unreadable(error: serde_json::Error) -> DbError {
    DbError::Column { column: "api_keys.scopes".into(), reason: error.to_string() }
}
