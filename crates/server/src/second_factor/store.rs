//! The SQL of second factors. They belong to people, not to workspaces.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{SecondFactorId, UserId};

use super::limits::{CHALLENGE_TRIES, ENROL_TTL};
use super::model::Factor;
use super::passkeys::store as passkeys;

const INSERT: &str = "INSERT INTO second_factors (id, user_id, kind, name, secret, last_step, created_at) VALUES ($1, $2, 'totp', $3, $4, 0, $5)";
const FORGET_UNCONFIRMED: &str = "DELETE FROM second_factors WHERE user_id = $1 AND confirmed_at IS NULL";
const LIST: &str = "SELECT id, name, secret, created_at, confirmed_at, last_used_at FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL ORDER BY created_at, id";
const FIND: &str = "SELECT id, name, secret, created_at, confirmed_at, last_used_at FROM second_factors WHERE id = $1 AND user_id = $2";
const IS_ENROLLED: &str = "SELECT id FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL LIMIT 1";
const CONFIRM: &str = "UPDATE second_factors SET confirmed_at = $3, last_step = $4 WHERE id = $1 AND user_id = $2 AND confirmed_at IS NULL";
const USE_STEP: &str = "UPDATE second_factors SET last_step = $3, last_used_at = $4 WHERE id = $1 AND user_id = $2 AND last_step < $3";
const REMOVE: &str = "DELETE FROM second_factors WHERE id = $1 AND user_id = $2";
const REMOVE_ALL: &str = "DELETE FROM second_factors WHERE user_id = $1";
const SWEEP_UNCONFIRMED: &str = "DELETE FROM second_factors WHERE confirmed_at IS NULL AND created_at < $1";

const ADD_CODE: &str = "INSERT INTO recovery_codes (user_id, code_hash, created_at) VALUES ($1, $2, $3)";
const FORGET_CODES: &str = "DELETE FROM recovery_codes WHERE user_id = $1";
const USE_CODE: &str = "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL";
const CODES_LEFT: &str = "SELECT count(*) AS n FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL";

const CHALLENGE: &str = "INSERT INTO second_factor_challenges (token_hash, user_id, tries, created_at, expires_at) VALUES ($1, $2, 0, $3, $4)";
const TRY: &str = "UPDATE second_factor_challenges SET tries = tries + 1 WHERE token_hash = $1 AND expires_at > $2 AND tries < $3 RETURNING user_id";
const HOLDER: &str = "SELECT user_id FROM second_factor_challenges WHERE token_hash = $1 AND expires_at > $2 AND tries < $3";
const SPEND: &str = "DELETE FROM second_factor_challenges WHERE token_hash = $1 AND user_id = $2";
const FORGET_CHALLENGES: &str = "DELETE FROM second_factor_challenges WHERE user_id = $1";
const SWEEP_CHALLENGES: &str = "DELETE FROM second_factor_challenges WHERE expires_at < $1";

pub(super) async fn insert(tx: &mut Tx, user: &UserId, id: &SecondFactorId, name: &str, sealed: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(INSERT).bind(id.as_str()).bind(user.as_str()).bind(name).bind(sealed).bind(now)).await.map(drop)
}

/// Forgets what a person began with and did not confirm.
pub(super) async fn forget_unconfirmed(tx: &mut Tx, user: &UserId) -> Result<(), DbError> {
    tx.execute(sql(FORGET_UNCONFIRMED).bind(user.as_str())).await.map(drop)
}

/// The confirmed ones of a person, the oldest first.
pub(super) async fn list(tx: &mut Tx, user: &UserId) -> Result<Vec<Factor>, DbError> {
    tx.all(sql(LIST).bind(user.as_str())).await?.iter().map(from_row).collect()
}

pub(super) async fn find(tx: &mut Tx, user: &UserId, id: &SecondFactorId) -> Result<Option<Factor>, DbError> {
    tx.optional(sql(FIND).bind(id.as_str()).bind(user.as_str())).await?.as_ref().map(from_row).transpose()
}

/// Whether a person has an authenticator app.
pub(super) async fn has_app(tx: &mut Tx, user: &UserId) -> Result<bool, DbError> {
    Ok(tx.optional(sql(IS_ENROLLED).bind(user.as_str())).await?.is_some())
}

/// Whether a person is asked for a second factor, of whatever kind.
pub(crate) async fn is_enrolled(tx: &mut Tx, user: &UserId) -> Result<bool, DbError> {
    Ok(has_app(tx, user).await? || passkeys::has_any(tx, user).await?)
}

/// Removes everything that a person could show besides a password, and what they were asked; answers how many factors went.
pub(crate) async fn remove_all(tx: &mut Tx, user: &UserId) -> Result<u64, DbError> {
    let apps = tx.execute(sql(REMOVE_ALL).bind(user.as_str())).await?;
    let passkeys = passkeys::remove_all(tx, user).await?;
    forget_codes(tx, user).await?;
    forget_challenges(tx, user).await?;
    Ok(apps + passkeys)
}

pub(super) async fn confirm(tx: &mut Tx, user: &UserId, id: &SecondFactorId, step: i64, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(CONFIRM).bind(id.as_str()).bind(user.as_str()).bind(now).bind(step)).await? == 1)
}

/// Uses up the code of a step and all before it; of several who try at once one does.
pub(super) async fn use_step(tx: &mut Tx, user: &UserId, id: &SecondFactorId, step: i64, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(USE_STEP).bind(id.as_str()).bind(user.as_str()).bind(step).bind(now)).await? == 1)
}

pub(super) async fn remove(tx: &mut Tx, user: &UserId, id: &SecondFactorId) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REMOVE).bind(id.as_str()).bind(user.as_str())).await? == 1)
}

/// Puts these in the place of all recovery codes from before.
pub(super) async fn replace_codes(tx: &mut Tx, user: &UserId, hashes: &[String], now: Timestamp) -> Result<(), DbError> {
    forget_codes(tx, user).await?;
    for hash in hashes {
        tx.execute(sql(ADD_CODE).bind(user.as_str()).bind(hash).bind(now)).await?;
    }
    Ok(())
}

pub(super) async fn forget_codes(tx: &mut Tx, user: &UserId) -> Result<(), DbError> {
    tx.execute(sql(FORGET_CODES).bind(user.as_str())).await.map(drop)
}

pub(super) async fn use_code(tx: &mut Tx, user: &UserId, hash: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(USE_CODE).bind(user.as_str()).bind(hash).bind(now)).await? == 1)
}

pub(super) async fn codes_left(tx: &mut Tx, user: &UserId) -> Result<u32, DbError> {
    let left: i64 = tx.one(sql(CODES_LEFT).bind(user.as_str())).await?.get("n")?;
    Ok(u32::try_from(left).unwrap_or(0))
}

pub(super) async fn challenge(tx: &mut Tx, user: &UserId, token_hash: &str, now: Timestamp, until: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(CHALLENGE).bind(token_hash).bind(user.as_str()).bind(now).bind(until)).await.map(drop)
}

/// Counts a try with a token; whose it is, while it is good.
pub(super) async fn try_challenge(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<Option<UserId>, DbError> {
    tx.optional(sql(TRY).bind(token_hash).bind(now).bind(CHALLENGE_TRIES)).await?.map(|row| row.get("user_id")).transpose()
}

/// Uses a token up; of several who try at once one does.
pub(super) async fn spend_challenge(tx: &mut Tx, user: &UserId, token_hash: &str) -> Result<bool, DbError> {
    Ok(tx.execute(sql(SPEND).bind(token_hash).bind(user.as_str())).await? == 1)
}

/// Whose a token is, while it is good. Nothing is counted.
pub(super) async fn holder(tx: &mut Tx, token_hash: &str, now: Timestamp) -> Result<Option<UserId>, DbError> {
    tx.optional(sql(HOLDER).bind(token_hash).bind(now).bind(CHALLENGE_TRIES)).await?.map(|row| row.get("user_id")).transpose()
}

/// Ends all sign-ins of a person that wait for a second factor.
pub(crate) async fn forget_challenges(tx: &mut Tx, user: &UserId) -> Result<(), DbError> {
    passkeys::forget_questions(tx, user).await?;
    tx.execute(sql(FORGET_CHALLENGES).bind(user.as_str())).await.map(drop)
}

/// Forgets tokens that have ended, and what nobody confirmed in time.
pub(crate) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    let challenges = tx.execute(sql(SWEEP_CHALLENGES).bind(now)).await? + passkeys::sweep(tx, now).await?;
    Ok(challenges + tx.execute(sql(SWEEP_UNCONFIRMED).bind(now.minus(ENROL_TTL))).await?)
}

fn from_row(row: &Row) -> Result<Factor, DbError> {
    Ok(Factor {
        id: row.get("id")?,
        name: row.get("name")?,
        sealed: row.get("secret")?,
        created_at: row.time("created_at")?,
        confirmed_at: row.time_opt("confirmed_at")?,
        last_used_at: row.time_opt("last_used_at")?,
    })
}
