//! The SQL of leaving. These statements look at workspaces and people from outside: they are for overseers, who have no tenant.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_ids::{TenantId, UserId};

use super::model::{Account, TenantStatus, Workspace};

macro_rules! workspaces {
    ($rest:literal) => {
        concat!("SELECT t.id, t.slug, t.name, t.status, t.created_at, t.deactivated_at, t.deleted_at, \
            (SELECT count(*) FROM memberships m WHERE m.tenant_id = t.id AND m.status = 'active') AS members FROM tenants t ", $rest)
    };
}
const WORKSPACE: &str = workspaces!("WHERE t.id = $1");
const LOCK_WORKSPACE: Sql = Sql::pair(WORKSPACE, workspaces!("WHERE t.id = $1 FOR NO KEY UPDATE OF t"));
const WORKSPACES: &str = workspaces!("WHERE ($1 IS NULL OR t.status = $1) AND ($2 IS NULL OR t.slug = $2) AND ($3 IS NULL OR t.id < $3) ORDER BY t.id DESC LIMIT $4");
const SET_STATUS: &str = "UPDATE tenants SET status = $2, updated_at = $3, \
    suspended_at = CASE WHEN $2 = 'suspended' THEN $3 WHEN $2 = 'active' THEN NULL ELSE suspended_at END, \
    deactivated_at = CASE WHEN $2 = 'deactivated' THEN $3 WHEN $2 = 'active' THEN NULL ELSE deactivated_at END WHERE id = $1";
/// What remains: the id, under a name that says nothing. The short name is free again.
const BURY: &str = "UPDATE tenants SET status = 'deleted', deleted_at = $2, updated_at = $2, slug = id, name = 'Deleted workspace' WHERE id = $1";
const DUE: &str = "SELECT id FROM tenants WHERE status = 'deactivated' AND status <> 'active' AND deactivated_at <= $1 ORDER BY id LIMIT $2";
const END_SUPPORT: &str = "UPDATE support_accesses SET ended_at = $2 WHERE tenant_id = $1 AND ended_at IS NULL AND expires_at > $2";

macro_rules! accounts {
    ($rest:literal) => {
        concat!("SELECT u.id, u.email, u.status, u.created_at, u.last_login_at, \
            (SELECT count(*) FROM memberships m WHERE m.user_id = u.id AND m.status = 'active') AS memberships FROM users u ", $rest)
    };
}
const ACCOUNT: &str = accounts!("WHERE u.id = $1");
const ACCOUNT_BY_EMAIL: &str = accounts!("WHERE u.email = $1");
const SET_USER_STATUS: &str = "UPDATE users SET status = $2, updated_at = $3 WHERE id = $1";

pub(super) async fn workspace(tx: &mut Tx, id: &TenantId) -> Result<Option<Workspace>, DbError> {
    tx.optional(sql(WORKSPACE).bind(id.as_str())).await?.as_ref().map(read_workspace).transpose()
}

/// As [`workspace`], locked until the transaction ends: of two who change its state, one does it after the other.
pub(super) async fn lock_workspace(tx: &mut Tx, id: &TenantId) -> Result<Option<Workspace>, DbError> {
    tx.optional(sql(LOCK_WORKSPACE).bind(id.as_str())).await?.as_ref().map(read_workspace).transpose()
}

/// Workspaces, newest first.
pub(super) async fn workspaces(tx: &mut Tx, status: Option<TenantStatus>, slug: Option<&str>, before: Option<&TenantId>, limit: u32) -> Result<Vec<Workspace>, DbError> {
    let statement = sql(WORKSPACES).bind(status.map(TenantStatus::as_str)).bind(slug).bind(before.map(TenantId::as_str)).bind(limit);
    tx.all(statement).await?.iter().map(read_workspace).collect()
}

pub(super) async fn set_status(tx: &mut Tx, id: &TenantId, status: TenantStatus, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(SET_STATUS).bind(id.as_str()).bind(status.as_str()).bind(now)).await.map(drop)
}

/// Leaves of a workspace its id.
pub(super) async fn bury(tx: &mut Tx, id: &TenantId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(BURY).bind(id.as_str()).bind(now)).await.map(drop)
}

/// Workspaces that were deactivated at or before this.
pub(super) async fn due(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<Vec<TenantId>, DbError> {
    tx.all(sql(DUE).bind(before).bind(limit)).await?.iter().map(|row| row.get("id")).collect()
}

/// Ends what staff had open in a workspace that is closed.
pub(super) async fn end_support(tx: &mut Tx, id: &TenantId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(END_SUPPORT).bind(id.as_str()).bind(now)).await.map(drop)
}

pub(super) async fn account(tx: &mut Tx, id: &UserId) -> Result<Option<Account>, DbError> {
    tx.optional(sql(ACCOUNT).bind(id.as_str())).await?.as_ref().map(read_account).transpose()
}

pub(super) async fn account_by_email(tx: &mut Tx, email: &str) -> Result<Option<Account>, DbError> {
    tx.optional(sql(ACCOUNT_BY_EMAIL).bind(email)).await?.as_ref().map(read_account).transpose()
}

pub(super) async fn set_user_status(tx: &mut Tx, id: &UserId, status: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(SET_USER_STATUS).bind(id.as_str()).bind(status).bind(now)).await.map(drop)
}

fn read_workspace(row: &Row) -> Result<Workspace, DbError> {
    Ok(Workspace {
        id: row.get("id")?,
        slug: row.get("slug")?,
        name: row.get("name")?,
        status: row.parse("status")?,
        created_at: row.time("created_at")?,
        deactivated_at: row.time_opt("deactivated_at")?,
        deleted_at: row.time_opt("deleted_at")?,
        members: row.get("members")?,
    })
}

fn read_account(row: &Row) -> Result<Account, DbError> {
    Ok(Account {
        id: row.get("id")?,
        email: row.get("email")?,
        status: row.get("status")?,
        created_at: row.time("created_at")?,
        last_login_at: row.time_opt("last_login_at")?,
        memberships: row.get("memberships")?,
    })
}
