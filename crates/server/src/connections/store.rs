//! The SQL of connections.

use std::collections::HashMap;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Query, Row, Tx, sql};
use millrace_ids::{ConnectionId, OAuthAppId, TenantId, UserId};

use super::limits;
use super::model::{Checked, Connection, Origin, PublicFields, Source, Uses};

/// A connection with its sealed fields.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub meta: Connection,
    pub sealed: String,
}

const INSERT: &str = "INSERT INTO connections (id, tenant_id, service, name, auth_kind, fields, public, status, expires_at, version, created_at, updated_at, credential_source, \
    oauth_app_id, user_id, account_label, scopes) VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, 1, $10, $10, $11, $12, $13, $14, $15)";
const GET: &str = "SELECT * FROM connections WHERE tenant_id = $1 AND id = $2";
const LIST: &str = "SELECT * FROM connections WHERE tenant_id = $1 AND ($2 IS NULL OR service = $2) AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4";
/// What is uninstalled keeps nothing from being deleted.
const UNLINK: &str = "DELETE FROM installation_connections WHERE tenant_id = $1 AND connection_id = $2 \
    AND installation_id IN (SELECT id FROM installations WHERE tenant_id = $1 AND uninstalled_at IS NOT NULL)";
/// Of each connection between two ids, both included, the newest installations at work with it; one that uses it twice counts once.
const USES: &str = "SELECT connection_id, id, name, total FROM (SELECT u.*, count(*) OVER (PARTITION BY u.connection_id) AS total, \
      row_number() OVER (PARTITION BY u.connection_id ORDER BY u.id DESC) AS place FROM (SELECT DISTINCT c.connection_id, i.id, i.name FROM installation_connections c \
        JOIN installations i ON i.tenant_id = c.tenant_id AND i.id = c.installation_id AND i.uninstalled_at IS NULL \
        WHERE c.tenant_id = $1 AND c.connection_id >= $2 AND c.connection_id <= $3) u) placed WHERE place <= $4 ORDER BY connection_id, place";
const MADE_ANEW: &str = "UPDATE connections SET fields = $4, public = $5, expires_at = $6, status = 'active', version = version + 1, updated_at = $7, renewer = NULL, renewer_until = NULL, \
    auth_kind = $8, credential_source = $9, oauth_app_id = $10, user_id = $11, account_label = $12, scopes = $13, health_status = NULL, last_error = NULL WHERE tenant_id = $1 AND id = $2 AND version = $3";
const OF_APP: &str = "SELECT id FROM connections WHERE tenant_id = $1 AND service = $2 AND oauth_app_id = $3 ORDER BY id LIMIT 1";
const MINTED: &str = "SELECT oauth_app_id, status FROM connections WHERE tenant_id = $1 AND id = $2 AND oauth_app_id IS NOT NULL";
/// Of several nodes that would look at the same connection, one does.
const CHECKING: &str = "UPDATE connections SET last_health_check_at = $4 WHERE tenant_id = $1 AND id = $2 AND (last_health_check_at IS NULL OR last_health_check_at < $3)";
const CHECKED: &str = "UPDATE connections SET health_status = $3, last_error = $4, last_health_check_at = $5 WHERE tenant_id = $1 AND id = $2";
/// Who is told of a connection: whoever connected it, and whoever installed what uses it.
const TOLD: &str = "SELECT email FROM users WHERE status = 'active' AND id IN (SELECT user_id FROM connections WHERE tenant_id = $1 AND id = $2 AND user_id IS NOT NULL \
    UNION SELECT i.user_id FROM installers i JOIN installation_connections c ON c.installation_id = i.installation_id AND c.tenant_id = i.tenant_id \
    WHERE c.tenant_id = $1 AND c.connection_id = $2) ORDER BY id";
const WORKSPACE: &str = "SELECT name FROM tenants WHERE id = $1";
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
    tx.execute(with_origin(statement, &meta.origin)).await.map(drop)
}

fn with_origin(statement: Query, origin: &Origin) -> Query {
    statement
        .bind(origin.source.as_str())
        .bind(origin.app.as_ref().map(OAuthAppId::as_str))
        .bind(origin.user.as_ref().map(UserId::as_str))
        .bind(origin.account_label.as_deref())
        .bind(serde_json::to_string(&origin.scopes).unwrap_or_else(|_| "[]".to_owned()))
}

/// Stores what a person granted anew in place of version `new.meta.version`; `false` when the row has changed or is gone.
pub(super) async fn made_anew(tx: &mut Tx, tenant: &TenantId, new: &Stored, now: Timestamp) -> Result<bool, DbError> {
    let meta = &new.meta;
    let statement = sql(MADE_ANEW).bind(tenant.as_str()).bind(meta.id.as_str()).bind(meta.version).bind(&new.sealed).bind(to_json(&meta.public));
    let statement = statement.bind(meta.expires_at).bind(now).bind(&meta.auth_kind);
    Ok(tx.execute(with_origin(statement, &meta.origin)).await? == 1)
}

/// The oldest connection of a service that an app made.
pub(super) async fn of_app(tx: &mut Tx, tenant: &TenantId, service: &str, app: &OAuthAppId) -> Result<Option<ConnectionId>, DbError> {
    tx.optional(sql(OF_APP).bind(tenant.as_str()).bind(service).bind(app.as_str())).await?.map(|row| row.get("id")).transpose()
}

/// The app that made a connection, and whether the connection has ended; nothing when no app made it.
pub(super) async fn minted(tx: &mut Tx, tenant: &TenantId, id: &ConnectionId) -> Result<Option<(OAuthAppId, bool)>, DbError> {
    let row = tx.optional(sql(MINTED).bind(tenant.as_str()).bind(id.as_str())).await?;
    row.map(|row| Ok((row.get("oauth_app_id")?, row.get::<String>("status")? == "expired"))).transpose()
}

/// Takes the look at a connection; `false` when another node did.
pub(super) async fn checking(tx: &mut Tx, tenant: &TenantId, id: &ConnectionId, since: Timestamp, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(CHECKING).bind(tenant.as_str()).bind(id.as_str()).bind(since).bind(now)).await? == 1)
}

/// What a look found.
pub(super) async fn checked(tx: &mut Tx, tenant: &TenantId, id: &ConnectionId, found: &Checked) -> Result<(), DbError> {
    let statement = sql(CHECKED).bind(tenant.as_str()).bind(id.as_str()).bind(&found.health).bind(found.error.as_deref()).bind(found.at);
    tx.execute(statement).await.map(drop)
}

/// The addresses of those who are told when a connection ends.
pub(super) async fn told(tx: &mut Tx, tenant: &TenantId, id: &ConnectionId) -> Result<Vec<String>, DbError> {
    tx.all(sql(TOLD).bind(tenant.as_str()).bind(id.as_str())).await?.iter().map(|row| row.get("email")).collect()
}

pub(super) async fn workspace_name(tx: &mut Tx, tenant: &TenantId) -> Result<String, DbError> {
    tx.one(sql(WORKSPACE).bind(tenant.as_str())).await?.get("name")
}

pub(super) async fn get(tx: &mut Tx, tenant: &TenantId, id: &ConnectionId) -> Result<Option<Stored>, DbError> {
    tx.optional(sql(GET).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

/// Newest first, without their sealed fields.
pub(super) async fn list(tx: &mut Tx, tenant: &TenantId, service: Option<&str>, before: Option<&ConnectionId>, limit: u32) -> Result<Vec<Connection>, DbError> {
    let statement = sql(LIST).bind(tenant.as_str()).bind(service).bind(before.map(ConnectionId::as_str)).bind(limit);
    tx.all(statement).await?.iter().map(|row| Ok(from_row(row)?.meta)).collect()
}

/// Who uses the connections between two ids, both included.
pub(super) async fn uses(tx: &mut Tx, tenant: &TenantId, (first, last): (&ConnectionId, &ConnectionId)) -> Result<HashMap<ConnectionId, Uses>, DbError> {
    let mut found: HashMap<ConnectionId, Uses> = HashMap::new();
    for row in tx.all(sql(USES).bind(tenant.as_str()).bind(first.as_str()).bind(last.as_str()).bind(limits::USERS_SHOWN)).await? {
        let of = found.entry(row.get("connection_id")?).or_default();
        of.count = row.get("total")?;
        of.newest.push((row.get("id")?, row.get("name")?));
    }
    Ok(found)
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
        origin: origin(row)?,
        checked: checked_of(row)?,
        version: row.get("version")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    };
    Ok(Stored { meta, sealed: row.get("fields")? })
}

/// A row of an older version says nothing of it: the workspace brought the fields.
fn origin(row: &Row) -> Result<Origin, DbError> {
    let source: Option<String> = row.get("credential_source")?;
    let scopes: Option<String> = row.get("scopes")?;
    Ok(Origin {
        source: source.and_then(|text| text.parse().ok()).unwrap_or(Source::Organization),
        app: row.get("oauth_app_id")?,
        user: row.get("user_id")?,
        account_label: row.get("account_label")?,
        scopes: scopes.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
    })
}

fn checked_of(row: &Row) -> Result<Option<Checked>, DbError> {
    let (health, at): (Option<String>, Option<Timestamp>) = (row.get("health_status")?, row.time_opt("last_health_check_at")?);
    let error = row.get("last_error")?;
    Ok(health.zip(at).map(|(health, at)| Checked { at, health, error }))
}
