//! The SQL of invitations.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{InvitationId, TenantId, UserId};

use super::model::Invitation;
use crate::users::EmailAddress;

const INSERT: &str = "INSERT INTO invitations (id, tenant_id, email, role, auth_provider, token_hash, status, expires_at, invited_by_user_id, user_id, created_at, updated_at) \
    VALUES ($2, $1, $3, $4, $5, $6, 'pending', $7, $8, $9, $10, $10)";
const FIND: &str = "SELECT * FROM invitations WHERE tenant_id = $1 AND id = $2";
const LIST: &str = "SELECT * FROM invitations WHERE tenant_id = $1 AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3";
const REVOKE_OLDER: &str = "UPDATE invitations SET status = 'revoked', updated_at = $3 WHERE tenant_id = $1 AND email = $2 AND status = 'pending'";
const REVOKE: &str = "UPDATE invitations SET status = 'revoked', updated_at = $3 WHERE tenant_id = $1 AND id = $2 AND status = 'pending'";
const RENEW: &str = "UPDATE invitations SET token_hash = $3, expires_at = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2 AND status = 'pending'";
const BY_TOKEN: &str = "SELECT * FROM invitations WHERE token_hash = $1";
const BY_ID: &str = "SELECT * FROM invitations WHERE id = $1";
const FOR_EMAIL: &str = "SELECT i.* FROM invitations i JOIN tenants t ON t.id = i.tenant_id WHERE i.email = $1 AND i.status = 'pending' AND i.expires_at > $2 AND t.status = 'active' ORDER BY i.id LIMIT 2";
const ACCEPT: &str = "UPDATE invitations SET status = 'accepted', accepted_at = $3, user_id = $4, updated_at = $3 WHERE tenant_id = $1 AND id = $2 AND status = 'pending' AND expires_at > $3";

pub(super) async fn insert(tx: &mut Tx, invitation: &Invitation, token_hash: &str, user: &UserId) -> Result<(), DbError> {
    let statement = sql(INSERT)
        .bind(invitation.tenant.as_str())
        .bind(invitation.id.as_str())
        .bind(invitation.email.as_str())
        .bind(invitation.role.as_str())
        .bind(invitation.auth_provider.as_str())
        .bind(token_hash)
        .bind(invitation.expires_at)
        .bind(invitation.invited_by.as_str())
        .bind(user.as_str())
        .bind(invitation.created_at);
    tx.execute(statement).await.map(drop)
}

pub(super) async fn find(tx: &mut Tx, tenant: &TenantId, id: &InvitationId) -> Result<Option<Invitation>, DbError> {
    tx.optional(sql(FIND).bind(tenant.as_str()).bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

pub(super) async fn list(tx: &mut Tx, tenant: &TenantId, before: Option<&InvitationId>, limit: u32) -> Result<Vec<Invitation>, DbError> {
    let before = before.map_or("", InvitationId::as_str);
    tx.all(sql(LIST).bind(tenant.as_str()).bind(before).bind(limit)).await?.iter().map(from_row).collect()
}

/// Takes back what waits for this address; answers whether something did.
pub(super) async fn revoke_older(tx: &mut Tx, tenant: &TenantId, email: &EmailAddress, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REVOKE_OLDER).bind(tenant.as_str()).bind(email.as_str()).bind(now)).await? > 0)
}

pub(super) async fn revoke(tx: &mut Tx, tenant: &TenantId, id: &InvitationId, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REVOKE).bind(tenant.as_str()).bind(id.as_str()).bind(now)).await? == 1)
}

/// Gives an invitation another token and time; the one before is good no more.
pub(super) async fn renew(tx: &mut Tx, tenant: &TenantId, id: &InvitationId, token_hash: &str, expires_at: Timestamp, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(RENEW).bind(tenant.as_str()).bind(id.as_str()).bind(token_hash).bind(expires_at).bind(now)).await? == 1)
}

/// The only statement that looks for an invitation by its token: it is what makes the workspace known.
pub(super) async fn by_token(tx: &mut Tx, token_hash: &str) -> Result<Option<Invitation>, DbError> {
    tx.optional(sql(BY_TOKEN).bind(token_hash)).await?.as_ref().map(from_row).transpose()
}

/// An invitation that a verification token names; that token makes the workspace known.
pub(super) async fn by_id(tx: &mut Tx, id: &InvitationId) -> Result<Option<Invitation>, DbError> {
    tx.optional(sql(BY_ID).bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

/// Up to two good invitations for an address: one, or several.
pub(super) async fn for_email(tx: &mut Tx, email: &EmailAddress, now: Timestamp) -> Result<Vec<Invitation>, DbError> {
    tx.all(sql(FOR_EMAIL).bind(email.as_str()).bind(now)).await?.iter().map(from_row).collect()
}

/// Accepts an invitation that waits; of several who try at once one does.
pub(super) async fn accept(tx: &mut Tx, invitation: &Invitation, user: &UserId, now: Timestamp) -> Result<bool, DbError> {
    let statement = sql(ACCEPT).bind(invitation.tenant.as_str()).bind(invitation.id.as_str()).bind(now).bind(user.as_str());
    Ok(tx.execute(statement).await? == 1)
}

fn from_row(row: &Row) -> Result<Invitation, DbError> {
    Ok(Invitation {
        id: row.get("id")?,
        tenant: row.get("tenant_id")?,
        email: EmailAddress::from_stored(row.get("email")?),
        role: row.parse("role")?,
        auth_provider: row.parse("auth_provider")?,
        status: row.parse("status")?,
        expires_at: row.time("expires_at")?,
        invited_by: row.get("invited_by_user_id")?,
        accepted_at: row.time_opt("accepted_at")?,
        created_at: row.time("created_at")?,
    })
}
