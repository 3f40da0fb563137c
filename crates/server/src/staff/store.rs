//! The SQL of staff and support access.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{SupportAccessId, TenantId, UserId};

use super::model::SupportAccess;
use crate::identity::StaffRole;

/// In `staff_tenants`: every workspace.
pub(super) const ALL: &str = "*";

const ROLES: &str = "SELECT r.role FROM staff_roles r JOIN users u ON u.id = r.user_id WHERE r.user_id = $1 AND u.status = 'active' ORDER BY r.role";
const FORGET_ROLES: &str = "DELETE FROM staff_roles WHERE user_id = $1";
const ADD_ROLE: &str = "INSERT INTO staff_roles (user_id, role, created_at) VALUES ($1, $2, $3)";
const FORGET_TENANTS: &str = "DELETE FROM staff_tenants WHERE user_id = $1";
const ADD_TENANT: &str = "INSERT INTO staff_tenants (user_id, tenant_id, created_at) VALUES ($1, $2, $3)";
const TENANTS: &str = "SELECT tenant_id FROM staff_tenants WHERE user_id = $1 ORDER BY tenant_id";
const MEMBERS: &str = "SELECT DISTINCT u.id, u.email FROM staff_roles r JOIN users u ON u.id = r.user_id ORDER BY u.email LIMIT 1000";
const USER_OF: &str = "SELECT id FROM users WHERE email = $1 AND status = 'active'";
const MAY_ENTER: &str = "SELECT t.id FROM tenants t WHERE t.id = $2 AND EXISTS (SELECT 1 FROM staff_tenants s WHERE s.user_id = $1 AND s.tenant_id IN ($2, '*'))";

const OPEN: &str = "INSERT INTO support_accesses (id, tenant_id, user_id, reason, created_at, expires_at) VALUES ($2, $1, $3, $4, $5, $6)";
/// Of members of staff only: their roles may have gone since it was opened.
const INSIDE: &str = "SELECT a.id FROM support_accesses a WHERE a.user_id = $1 AND a.tenant_id = $2 AND a.ended_at IS NULL AND a.expires_at > $3 \
    AND EXISTS (SELECT 1 FROM staff_roles r WHERE r.user_id = a.user_id) LIMIT 1";
const END: &str = "UPDATE support_accesses SET ended_at = $3, ended_by = $4 WHERE tenant_id = $1 AND id = $2 AND ended_at IS NULL AND expires_at > $3";
const END_ALL_OF: &str = "UPDATE support_accesses SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2";
/// The columns of an access by name: PostgreSQL refuses a prepared `*` once a newer node has added a column.
macro_rules! accesses {
    ($rest:literal) => {
        concat!("SELECT a.id, a.tenant_id, a.user_id, u.email, a.reason, a.created_at, a.expires_at, a.ended_at, a.ended_by FROM support_accesses a JOIN users u ON u.id = a.user_id ", $rest)
    };
}

const FIND: &str = accesses!("WHERE a.user_id = $1 AND a.id = $2");
const GET: &str = accesses!("WHERE a.tenant_id = $1 AND a.id = $2");
const OF_TENANT: &str = accesses!("WHERE a.tenant_id = $1 AND ($2 = '' OR a.id < $2) ORDER BY a.id DESC LIMIT $3");
const OF_USER: &str = accesses!("WHERE a.user_id = $1 AND ($2 = '' OR a.id < $2) ORDER BY a.id DESC LIMIT $3");

/// The staff roles of an active person.
pub(super) async fn roles(tx: &mut Tx, user: &UserId) -> Result<Vec<StaffRole>, DbError> {
    tx.all(sql(ROLES).bind(user.as_str())).await?.iter().map(|row| row.parse("role")).collect()
}

/// Whether a person administers the platform.
pub(crate) async fn is_admin(tx: &mut Tx, user: &UserId) -> Result<bool, DbError> {
    Ok(roles(tx, user).await?.contains(&StaffRole::Admin))
}

/// Replaces the roles and workspaces of a member of staff.
pub(super) async fn decide(tx: &mut Tx, user: &UserId, roles: &[StaffRole], tenants: &[&str], now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(FORGET_ROLES).bind(user.as_str())).await?;
    tx.execute(sql(FORGET_TENANTS).bind(user.as_str())).await?;
    for role in roles {
        tx.execute(sql(ADD_ROLE).bind(user.as_str()).bind(role.as_str()).bind(now)).await?;
    }
    for tenant in tenants {
        tx.execute(sql(ADD_TENANT).bind(user.as_str()).bind(*tenant).bind(now)).await?;
    }
    Ok(())
}

/// The workspaces a member of staff may ask for; `*` is all.
pub(super) async fn tenants(tx: &mut Tx, user: &UserId) -> Result<Vec<String>, DbError> {
    tx.all(sql(TENANTS).bind(user.as_str())).await?.iter().map(|row| row.get("tenant_id")).collect()
}

/// Everybody with a staff role: id and address.
pub(super) async fn members(tx: &mut Tx) -> Result<Vec<(UserId, String)>, DbError> {
    tx.all(sql(MEMBERS)).await?.iter().map(|row| Ok((row.get("id")?, row.get("email")?))).collect()
}

pub(super) async fn user_of(tx: &mut Tx, email: &str) -> Result<Option<UserId>, DbError> {
    tx.optional(sql(USER_OF).bind(email)).await?.map(|row| row.get("id")).transpose()
}

/// Whether there is such a workspace and this member of staff may ask for it.
pub(super) async fn may_enter(tx: &mut Tx, user: &UserId, tenant: &TenantId) -> Result<bool, DbError> {
    Ok(tx.optional(sql(MAY_ENTER).bind(user.as_str()).bind(tenant.as_str())).await?.is_some())
}

/// Whether a member of staff has an access to this workspace that is open now.
pub(super) async fn is_inside(tx: &mut Tx, user: &UserId, tenant: &TenantId, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.optional(sql(INSIDE).bind(user.as_str()).bind(tenant.as_str()).bind(now)).await?.is_some())
}

pub(super) async fn open(tx: &mut Tx, tenant: &TenantId, id: &SupportAccessId, user: &UserId, reason: &str, now: Timestamp, until: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(OPEN).bind(tenant.as_str()).bind(id.as_str()).bind(user.as_str()).bind(reason).bind(now).bind(until)).await.map(drop)
}

/// Ends an access; answers whether it was open until now.
pub(super) async fn end(tx: &mut Tx, tenant: &TenantId, id: &SupportAccessId, by: &UserId, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(END).bind(tenant.as_str()).bind(id.as_str()).bind(now).bind(by.as_str())).await? == 1)
}

/// Ends all accesses of somebody who is no longer of the staff, or may not act any more.
pub(crate) async fn end_all_of(tx: &mut Tx, user: &UserId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(END_ALL_OF).bind(user.as_str()).bind(now)).await.map(drop)
}

/// An access of this member of staff: the only look-up that makes a workspace known.
pub(super) async fn find(tx: &mut Tx, user: &UserId, id: &SupportAccessId) -> Result<Option<SupportAccess>, DbError> {
    tx.optional(sql(FIND).bind(user.as_str()).bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

pub(super) async fn get(tx: &mut Tx, tenant: &TenantId, id: &SupportAccessId) -> Result<Option<SupportAccess>, DbError> {
    tx.optional(sql(GET).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

/// Accesses to a workspace, newest first.
pub(super) async fn of_tenant(tx: &mut Tx, tenant: &TenantId, before: Option<&SupportAccessId>, limit: u32) -> Result<Vec<SupportAccess>, DbError> {
    let statement = sql(OF_TENANT).bind(tenant.as_str()).bind(before.map_or("", SupportAccessId::as_str)).bind(limit);
    tx.all(statement).await?.iter().map(from_row).collect()
}

/// Accesses of a member of staff, newest first.
pub(super) async fn of_user(tx: &mut Tx, user: &UserId, before: Option<&SupportAccessId>, limit: u32) -> Result<Vec<SupportAccess>, DbError> {
    let statement = sql(OF_USER).bind(user.as_str()).bind(before.map_or("", SupportAccessId::as_str)).bind(limit);
    tx.all(statement).await?.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<SupportAccess, DbError> {
    Ok(SupportAccess {
        id: row.get("id")?,
        tenant: row.get("tenant_id")?,
        user: row.get("user_id")?,
        email: row.get("email")?,
        reason: row.get("reason")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
        ended_at: row.time_opt("ended_at")?,
        ended_by: row.get("ended_by")?,
    })
}
