//! The SQL of memberships.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{TenantId, UserId};

use super::deactivate;
use super::model::{Membership, Place};
use crate::identity::Role;

const ADD: &str = "INSERT INTO memberships (tenant_id, user_id, role, status, created_at, updated_at) VALUES ($1, $2, $3, 'active', $4, $4) \
    ON CONFLICT (tenant_id, user_id) DO UPDATE SET role = $3, status = 'active', updated_at = $4 WHERE memberships.status <> 'active'";
const FIND: &str = "SELECT * FROM memberships WHERE tenant_id = $1 AND user_id = $2";
/// A person is in few workspaces; the bound is for the one who collects them.
const OF_USER: &str = "SELECT m.tenant_id, m.role, t.name, t.slug FROM memberships m JOIN tenants t ON t.id = m.tenant_id \
    WHERE m.user_id = $1 AND m.status = 'active' AND t.status = 'active' ORDER BY m.created_at, m.tenant_id LIMIT 500";
const OF_TENANT: &str = "SELECT m.tenant_id, m.user_id, m.role, m.status, m.created_at, u.email, u.name, u.last_login_at \
    FROM memberships m JOIN users u ON u.id = m.user_id LEFT JOIN member_deactivations d ON d.tenant_id = m.tenant_id AND d.user_id = m.user_id \
    WHERE m.tenant_id = $1 AND (m.status = 'active' OR d.user_id IS NOT NULL) AND ($2 = '' OR m.user_id < $2) ORDER BY m.user_id DESC LIMIT $3";
const MANAGERS: &str = "SELECT u.email FROM memberships m JOIN users u ON u.id = m.user_id \
    WHERE m.tenant_id = $1 AND m.status = 'active' AND m.role IN ('owner', 'admin') AND u.status = 'active' ORDER BY u.email";
const OWNER_ADDRESSES: &str = "SELECT u.email FROM memberships m JOIN users u ON u.id = m.user_id \
    WHERE m.tenant_id = $1 AND m.status = 'active' AND m.role = 'owner' AND u.status = 'active' ORDER BY u.email";
/// Its rows are locked on PostgreSQL, so that of two owners who leave at once one sees the other gone.
const OWNERS: millrace_db::Sql = millrace_db::Sql::pair(
    "SELECT user_id FROM memberships WHERE tenant_id = $1 AND role = 'owner' AND status = 'active'",
    "SELECT user_id FROM memberships WHERE tenant_id = $1 AND role = 'owner' AND status = 'active' ORDER BY user_id FOR NO KEY UPDATE",
);
const SET_ROLE: &str = "UPDATE memberships SET role = $3, updated_at = $4 WHERE tenant_id = $1 AND user_id = $2 AND status = 'active'";
const REMOVE: &str = "UPDATE memberships SET status = 'removed', updated_at = $3 WHERE tenant_id = $1 AND user_id = $2 AND status = 'active'";

/// Makes a person a member, or again one; answers whether that changed anything.
pub(crate) async fn add(tx: &mut Tx, tenant: &TenantId, user: &UserId, role: Role, now: Timestamp) -> Result<bool, DbError> {
    let added = tx.execute(sql(ADD).bind(tenant.as_str()).bind(user.as_str()).bind(role.as_str()).bind(now)).await? == 1;
    deactivate::forget(tx, tenant, user).await?;
    Ok(added)
}

/// A person's membership of a workspace, whether it holds or not.
pub(crate) async fn find(tx: &mut Tx, tenant: &TenantId, user: &UserId) -> Result<Option<Membership>, DbError> {
    tx.optional(sql(FIND).bind(tenant.as_str()).bind(user.as_str())).await?.as_ref().map(membership).transpose()
}

/// The workspaces of a person that are open to them, oldest membership first.
pub(crate) async fn list_of_user(tx: &mut Tx, user: &UserId) -> Result<Vec<Place>, DbError> {
    tx.all(sql(OF_USER).bind(user.as_str())).await?.iter().map(place).collect()
}

/// A member in a list.
#[derive(Debug, Clone)]
pub(super) struct Listed {
    /// The membership.
    pub membership: Membership,
    /// The person's address.
    pub email: String,
    /// The person's name; empty when never told.
    pub name: String,
    /// When the person last signed in.
    pub last_login_at: Option<Timestamp>,
}

/// Members of a workspace, newest person first.
pub(super) async fn list_of_tenant(tx: &mut Tx, tenant: &TenantId, before: Option<&UserId>, limit: u32) -> Result<Vec<Listed>, DbError> {
    let rows = tx.all(sql(OF_TENANT).bind(tenant.as_str()).bind(before.map_or("", UserId::as_str)).bind(limit)).await?;
    let listed = |row: &Row| Ok(Listed { membership: membership(row)?, email: row.get("email")?, name: row.get("name")?, last_login_at: row.time_opt("last_login_at")? });
    rows.iter().map(listed).collect()
}

/// The addresses of those who run a workspace.
pub(crate) async fn managers(tx: &mut Tx, tenant: &TenantId) -> Result<Vec<String>, DbError> {
    tx.all(sql(MANAGERS).bind(tenant.as_str())).await?.iter().map(|row| row.get("email")).collect()
}

/// The addresses of a workspace's owners.
pub(crate) async fn owner_addresses(tx: &mut Tx, tenant: &TenantId) -> Result<Vec<String>, DbError> {
    tx.all(sql(OWNER_ADDRESSES).bind(tenant.as_str())).await?.iter().map(|row| row.get("email")).collect()
}

/// The owners of a workspace, locked until the transaction ends.
pub(crate) async fn owners(tx: &mut Tx, tenant: &TenantId) -> Result<Vec<UserId>, DbError> {
    tx.all(sql(OWNERS).bind(tenant.as_str())).await?.iter().map(|row| row.get("user_id")).collect()
}

/// Gives a member another role; answers whether there was such a member.
pub(super) async fn set_role(tx: &mut Tx, tenant: &TenantId, user: &UserId, role: Role, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(SET_ROLE).bind(tenant.as_str()).bind(user.as_str()).bind(role.as_str()).bind(now)).await? == 1)
}

/// Ends a membership; answers whether there was one.
pub(super) async fn remove(tx: &mut Tx, tenant: &TenantId, user: &UserId, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REMOVE).bind(tenant.as_str()).bind(user.as_str()).bind(now)).await? == 1)
}

fn membership(row: &Row) -> Result<Membership, DbError> {
    Ok(Membership {
        tenant: row.get("tenant_id")?,
        user: row.get("user_id")?,
        role: row.parse("role")?,
        status: row.parse("status")?,
        created_at: row.time("created_at")?,
    })
}

fn place(row: &Row) -> Result<Place, DbError> {
    Ok(Place { tenant: row.get("tenant_id")?, name: row.get("name")?, slug: row.get("slug")?, role: row.parse("role")? })
}
