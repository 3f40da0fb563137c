//! The SQL of sessions and signing keys. A session belongs to a person, not to a workspace.

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{SessionId, SigningKeyId, TenantId, UserId};

use super::limits::{DEVICES, REFRESH_TTL};
use super::model::{Ending, Family, Listed, Live, NewSession, RevokedReason};
use crate::tenants::AuthMode;

const INSERT: &str = "INSERT INTO sessions (id, user_id, tenant_id, method, refresh_seed, generation, rotated_at, picker_pending, ip, user_agent, created_at, last_used_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $6, $6, $10)";
const LIVE: &str = "SELECT s.id, s.user_id, s.tenant_id, s.created_at, s.expires_at, s.revoked_at, s.last_used_at, u.email, u.status AS user_status, u.email_verified, u.auth_provider, \
    t.slug AS tenant_slug, t.status AS tenant_status, m.role AS member_role, m.status AS member_status, s.second_factor, ts.require_second_factor, ts.auth_mode, \
    (SELECT f.id FROM second_factors f WHERE f.user_id = s.user_id AND f.confirmed_at IS NOT NULL LIMIT 1) AS app_id, (SELECT p.id FROM passkeys p WHERE p.user_id = s.user_id LIMIT 1) AS passkey_id \
    FROM sessions s JOIN users u ON u.id = s.user_id LEFT JOIN tenants t ON t.id = s.tenant_id LEFT JOIN tenant_settings ts ON ts.tenant_id = s.tenant_id \
    LEFT JOIN memberships m ON m.tenant_id = s.tenant_id AND m.user_id = s.user_id WHERE s.id = $1";
const FAMILY: &str = "SELECT id, user_id, tenant_id, refresh_seed, generation, rotated_at, expires_at, revoked_at FROM sessions WHERE id = $1";
const ROTATE: &str = "UPDATE sessions SET generation = generation + 1, rotated_at = $3, last_used_at = $3, expires_at = $4 \
    WHERE id = $1 AND generation = $2 AND revoked_at IS NULL";
const TOUCH: &str = "UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $3";
const REVOKE: &str = "UPDATE sessions SET revoked_at = $3, revoked_reason = $4 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL";
const REVOKE_ALL: &str = "UPDATE sessions SET revoked_at = $3, revoked_reason = $4 WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL";
const REVOKE_CROWD: &str = "UPDATE sessions SET revoked_at = $2, revoked_reason = $3 WHERE user_id = $1 AND revoked_at IS NULL AND id NOT IN \
    (SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL ORDER BY last_used_at DESC, id DESC LIMIT $4)";
const LIST: &str = "SELECT id, method, second_factor, ip, user_agent, created_at, last_used_at, expires_at FROM sessions \
    WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2 ORDER BY last_used_at DESC, id DESC LIMIT $3";
const ENDED_EVERYWHERE: &str = "SELECT id FROM sessions WHERE user_id = $1 AND revoked_at >= $2 AND revoked_reason IN ($3, $4, $5, $6, $7) LIMIT 1";
const SWITCH: &str = "UPDATE sessions SET tenant_id = $3, picker_pending = $4 WHERE id = $1 AND user_id = $2 AND revoked_at IS NULL";
const PICKER: &str = "SELECT picker_pending FROM sessions WHERE id = $1";
const KNOWN_DEVICE: &str = "SELECT id FROM sessions WHERE user_id = $1 AND ip = $2 AND user_agent = $3 LIMIT 1";
const SET_SECOND_FACTOR: &str = "UPDATE sessions SET second_factor = $2 WHERE id = $1";
const CONFIRM: &str = "UPDATE sessions SET second_factor = $2 WHERE id = $1 AND second_factor IS NULL AND revoked_at IS NULL";
const SECOND_FACTOR: &str = "SELECT second_factor FROM sessions WHERE id = $1";
const SET_PROVIDER: &str = "UPDATE sessions SET provider = $2, provider_session = $3 WHERE id = $1";
const PROVIDER: &str = "SELECT provider FROM sessions WHERE id = $1";
const INHERIT_PROVIDER: &str = "UPDATE sessions SET provider = (SELECT provider FROM sessions WHERE id = $1), \
    provider_session = (SELECT provider_session FROM sessions WHERE id = $1) WHERE id = $2";
const REVOKE_OF_PROVIDER: &str = "UPDATE sessions SET revoked_at = $3, revoked_reason = $4 WHERE provider = $1 AND id <> $2 AND revoked_at IS NULL";
const REVOKE_OF_DOMAIN: &str = "UPDATE sessions SET revoked_at = $3, revoked_reason = $4 WHERE provider = $1 AND id <> $2 AND revoked_at IS NULL \
    AND user_id IN (SELECT id FROM users WHERE email LIKE $5)";
/// Those that a provider ends: one session of its own, or all of a person. Sessions that began since are not meant.
const OF_PROVIDER: &str = "SELECT id, tenant_id FROM sessions WHERE provider = $1 AND user_id = $2 AND ($3 = '' OR provider_session = $3) AND created_at <= $4 AND revoked_at IS NULL \
    ORDER BY CASE WHEN tenant_id IS NULL THEN 1 ELSE 0 END, tenant_id, id LIMIT $5";
const OF_PROVIDER_SESSION: &str = "SELECT user_id FROM sessions WHERE provider = $1 AND provider_session = $2 LIMIT 1";
const SWEEP: &str = "DELETE FROM sessions WHERE expires_at < $1";
const KEYS: &str = "SELECT id, private_key, public_key, created_at FROM signing_keys WHERE created_at >= $1 ORDER BY created_at DESC, id DESC LIMIT 64";
const ADD_KEY: &str = "INSERT INTO signing_keys (id, private_key, public_key, created_at) VALUES ($1, $2, $3, $4)";

pub(super) async fn insert(tx: &mut Tx, new: &NewSession<'_>, seed: &str, now: Timestamp) -> Result<(), DbError> {
    let statement = sql(INSERT)
        .bind(new.id.as_str())
        .bind(new.user.as_str())
        .bind(new.tenant.map(|t| t.as_str().to_owned()))
        .bind(new.method.as_str())
        .bind(seed)
        .bind(now)
        .bind(new.picker_pending)
        .bind(new.facts.ip.clone())
        .bind(new.facts.user_agent.clone())
        .bind(now.plus(REFRESH_TTL));
    tx.execute(statement).await.map(drop)
}

pub(super) async fn live(tx: &mut Tx, id: &SessionId) -> Result<Option<Live>, DbError> {
    tx.optional(sql(LIVE).bind(id.as_str())).await?.as_ref().map(live_row).transpose()
}

pub(super) async fn family(tx: &mut Tx, id: &SessionId) -> Result<Option<Family>, DbError> {
    tx.optional(sql(FAMILY).bind(id.as_str())).await?.as_ref().map(family_row).transpose()
}

/// Takes the one good token's place; of several who try at once one does.
pub(super) async fn rotate(tx: &mut Tx, id: &SessionId, generation: i64, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(ROTATE).bind(id.as_str()).bind(generation).bind(now).bind(now.plus(REFRESH_TTL))).await? == 1)
}

pub(super) async fn touch(tx: &mut Tx, id: &SessionId, now: Timestamp, not_since: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(TOUCH).bind(id.as_str()).bind(now).bind(not_since)).await.map(drop)
}

pub(super) async fn revoke(tx: &mut Tx, user: &UserId, id: &SessionId, reason: RevokedReason, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REVOKE).bind(id.as_str()).bind(user.as_str()).bind(now).bind(reason.as_str())).await? == 1)
}

/// Ends all sessions of a person but `keep`; answers how many.
pub(super) async fn revoke_all(tx: &mut Tx, user: &UserId, keep: Option<&SessionId>, reason: RevokedReason, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(sql(REVOKE_ALL).bind(user.as_str()).bind(keep.map_or("", SessionId::as_str)).bind(now).bind(reason.as_str())).await
}

/// Ends the sessions used least recently, so that one more fits.
pub(super) async fn revoke_crowd(tx: &mut Tx, user: &UserId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(REVOKE_CROWD).bind(user.as_str()).bind(now).bind(RevokedReason::Crowded.as_str()).bind(DEVICES - 1)).await.map(drop)
}

pub(super) async fn list(tx: &mut Tx, user: &UserId, now: Timestamp) -> Result<Vec<Listed>, DbError> {
    tx.all(sql(LIST).bind(user.as_str()).bind(now).bind(DEVICES)).await?.iter().map(listed_row).collect()
}

/// Moves a session into a workspace; answers whether it is still there.
pub(super) async fn switch(tx: &mut Tx, user: &UserId, id: &SessionId, tenant: &TenantId) -> Result<bool, DbError> {
    Ok(tx.execute(sql(SWITCH).bind(id.as_str()).bind(user.as_str()).bind(tenant.as_str()).bind(false)).await? == 1)
}

pub(super) async fn picker_pending(tx: &mut Tx, id: &SessionId) -> Result<bool, DbError> {
    Ok(tx.optional(sql(PICKER).bind(id.as_str())).await?.map(|row| row.get("picker_pending")).transpose()?.unwrap_or(false))
}

/// Whether the person was signed in before from this address with this program.
pub(super) async fn knows_device(tx: &mut Tx, user: &UserId, ip: &str, user_agent: &str) -> Result<bool, DbError> {
    Ok(tx.optional(sql(KNOWN_DEVICE).bind(user.as_str()).bind(ip).bind(user_agent)).await?.is_some())
}

/// Writes by what second factor a session was confirmed when it began.
pub(super) async fn set_second_factor(tx: &mut Tx, id: &SessionId, word: &str) -> Result<(), DbError> {
    tx.execute(sql(SET_SECOND_FACTOR).bind(id.as_str()).bind(word)).await.map(drop)
}

/// The same for a session that was not confirmed yet; answers whether it was so.
pub(super) async fn confirm(tx: &mut Tx, id: &SessionId, word: &str) -> Result<bool, DbError> {
    Ok(tx.execute(sql(CONFIRM).bind(id.as_str()).bind(word)).await? == 1)
}

/// By what second factor a session was confirmed, if by any.
pub(super) async fn second_factor(tx: &mut Tx, id: &SessionId) -> Result<Option<String>, DbError> {
    Ok(tx.optional(sql(SECOND_FACTOR).bind(id.as_str())).await?.map(|row| row.get::<Option<String>>("second_factor")).transpose()?.flatten())
}

/// Writes at which provider a session began, and what that calls its own session of the person.
pub(super) async fn set_provider(tx: &mut Tx, id: &SessionId, provider: &str, session: Option<&str>) -> Result<(), DbError> {
    tx.execute(sql(SET_PROVIDER).bind(id.as_str()).bind(provider).bind(session.map(str::to_owned))).await.map(drop)
}

/// At which provider a session began, if at any.
pub(super) async fn provider(tx: &mut Tx, id: &SessionId) -> Result<Option<String>, DbError> {
    Ok(tx.optional(sql(PROVIDER).bind(id.as_str())).await?.map(|row| row.get::<Option<String>>("provider")).transpose()?.flatten())
}

/// A session goes on where another one began.
pub(super) async fn inherit_provider(tx: &mut Tx, from: &SessionId, to: &SessionId) -> Result<(), DbError> {
    tx.execute(sql(INHERIT_PROVIDER).bind(from.as_str()).bind(to.as_str())).await.map(drop)
}

/// Ends the sessions that began at a provider, of people of one domain or of all, but `keep`; answers how many.
pub(super) async fn revoke_of_provider(tx: &mut Tx, provider: &str, domain: Option<&str>, keep: Option<&SessionId>, now: Timestamp) -> Result<u64, DbError> {
    let statement = sql(if domain.is_some() { REVOKE_OF_DOMAIN } else { REVOKE_OF_PROVIDER });
    let statement = statement.bind(provider).bind(keep.map_or("", SessionId::as_str)).bind(now).bind(RevokedReason::Provider.as_str());
    tx.execute(match domain {
        Some(domain) => statement.bind(format!("%@{domain}")),
        None => statement,
    })
    .await
}

/// Sessions of a person that began at a provider until then: those of one session there, or all. Ordered as chains are locked.
pub(super) async fn of_provider(tx: &mut Tx, provider: &str, user: &UserId, session: Option<&str>, until: Timestamp) -> Result<Vec<Ending>, DbError> {
    let statement = sql(OF_PROVIDER).bind(provider).bind(user.as_str()).bind(session.unwrap_or_default()).bind(until).bind(DEVICES);
    tx.all(statement).await?.iter().map(|row| Ok(Ending { id: row.get("id")?, tenant: row.get("tenant_id")? })).collect()
}

/// Whose a session at a provider is, as far as one of ours began with it.
pub(super) async fn user_of_provider_session(tx: &mut Tx, provider: &str, session: &str) -> Result<Option<UserId>, DbError> {
    tx.optional(sql(OF_PROVIDER_SESSION).bind(provider).bind(session)).await?.map(|row| row.get("user_id")).transpose()
}

/// Forgets sessions that ended before this.
pub(super) async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64, DbError> {
    tx.execute(sql(SWEEP).bind(before)).await
}

/// A signing key as stored.
pub(super) struct StoredKey {
    pub id: SigningKeyId,
    pub sealed: String,
    pub public: String,
    pub created_at: Timestamp,
}

/// Keys that may matter at `now`, the newest first.
pub(super) async fn keys(tx: &mut Tx, now: Timestamp, reach: Duration) -> Result<Vec<StoredKey>, DbError> {
    let row = |row: &Row| Ok(StoredKey { id: row.get("id")?, sealed: row.get("private_key")?, public: row.get("public_key")?, created_at: row.time("created_at")? });
    tx.all(sql(KEYS).bind(now.minus(reach))).await?.iter().map(row).collect()
}

pub(super) async fn add_key(tx: &mut Tx, key: &StoredKey) -> Result<(), DbError> {
    tx.execute(sql(ADD_KEY).bind(key.id.as_str()).bind(&key.sealed).bind(&key.public).bind(key.created_at)).await.map(drop)
}

fn live_row(row: &Row) -> Result<Live, DbError> {
    let member = match row.get::<Option<String>>("member_role")? {
        Some(_) => Some((row.parse("member_role")?, row.parse("member_status")?)),
        None => None,
    };
    let is_enrolled = row.get::<Option<String>>("app_id")?.is_some() || row.get::<Option<String>>("passkey_id")?.is_some();
    Ok(Live {
        id: row.get("id")?,
        user: row.get("user_id")?,
        email: row.get("email")?,
        user_status: row.parse("user_status")?,
        email_verified: row.get("email_verified")?,
        auth_provider: row.parse("auth_provider")?,
        tenant: row.get("tenant_id")?,
        tenant_slug: row.get("tenant_slug")?,
        tenant_status: row.get("tenant_status")?,
        sso_only: row.get::<Option<String>>("auth_mode")?.as_deref() == Some(AuthMode::SsoOnly.as_str()),
        membership: member,
        created_at: row.time("created_at")?,
        second_factor: row.get("second_factor")?,
        is_enrolled,
        tenant_asks_for_factor: row.get::<Option<bool>>("require_second_factor")?.unwrap_or(false),
        expires_at: row.time("expires_at")?,
        revoked_at: row.time_opt("revoked_at")?,
        last_used_at: row.time("last_used_at")?,
    })
}

fn family_row(row: &Row) -> Result<Family, DbError> {
    Ok(Family {
        id: row.get("id")?,
        user: row.get("user_id")?,
        tenant: row.get("tenant_id")?,
        seed: row.get("refresh_seed")?,
        generation: row.get("generation")?,
        rotated_at: row.time("rotated_at")?,
        expires_at: row.time("expires_at")?,
        revoked_at: row.time_opt("revoked_at")?,
    })
}

fn listed_row(row: &Row) -> Result<Listed, DbError> {
    Ok(Listed {
        id: row.get("id")?,
        method: row.parse("method")?,
        second_factor: row.get("second_factor")?,
        ip: row.get("ip")?,
        user_agent: row.get("user_agent")?,
        created_at: row.time("created_at")?,
        last_used_at: row.time("last_used_at")?,
        expires_at: row.time("expires_at")?,
    })
}

/// Whether a session of this person ended since then together with all others, or because its provider ended it.
pub(super) async fn ended_everywhere_since(tx: &mut Tx, user: &UserId, since: Timestamp) -> Result<bool, DbError> {
    let reasons = [RevokedReason::Everywhere, RevokedReason::PasswordReset, RevokedReason::FactorsReset, RevokedReason::Suspended, RevokedReason::Provider];
    let statement = reasons.into_iter().fold(sql(ENDED_EVERYWHERE).bind(user.as_str()).bind(since), |statement, reason| statement.bind(reason.as_str()));
    Ok(tx.optional(statement).await?.is_some())
}
