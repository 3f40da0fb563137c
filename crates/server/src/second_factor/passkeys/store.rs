//! The SQL of passkeys and of questions to them. They belong to people, not to workspaces.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{PasskeyId, UserId};

use super::model::{NewQuestion, Question, StoredPasskey};
use super::question::Purpose;

const INSERT: &str = "INSERT INTO passkeys (id, user_id, credential_id, name, credential, created_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (credential_id) DO NOTHING";
const LIST: &str = "SELECT * FROM passkeys WHERE user_id = $1 ORDER BY created_at, id";
const FIND: &str = "SELECT * FROM passkeys WHERE id = $1 AND user_id = $2";
const BY_CREDENTIAL: &str = "SELECT * FROM passkeys WHERE credential_id = $1";
const ANY: &str = "SELECT id FROM passkeys WHERE user_id = $1 LIMIT 1";
const USED: &str = "UPDATE passkeys SET credential = $3, last_used_at = $4 WHERE id = $1 AND user_id = $2";
const RENAME: &str = "UPDATE passkeys SET name = $3 WHERE id = $1 AND user_id = $2";
const REMOVE: &str = "DELETE FROM passkeys WHERE id = $1 AND user_id = $2";
const REMOVE_ALL: &str = "DELETE FROM passkeys WHERE user_id = $1";

const INSERT_QUESTION: &str =
    "INSERT INTO passkey_challenges (token_hash, purpose, bound_to, user_id, name, state, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const TAKE_QUESTION: &str = "DELETE FROM passkey_challenges WHERE token_hash = $1 AND purpose = $2 AND bound_to = $3 AND expires_at > $4 RETURNING user_id, name, state";
const FORGET_QUESTIONS_AT: &str = "DELETE FROM passkey_challenges WHERE bound_to = $1 AND purpose = $2";
const FORGET_QUESTIONS: &str = "DELETE FROM passkey_challenges WHERE user_id = $1";
const SWEEP_QUESTIONS: &str = "DELETE FROM passkey_challenges WHERE expires_at <= $1";

/// Stores one; `false` when some account has this key already.
pub(super) async fn insert(tx: &mut Tx, new: &StoredPasskey) -> Result<bool, DbError> {
    let credential_id = super::answer::id_text(new.key.cred_id().as_ref());
    let statement = sql(INSERT).bind(new.id.as_str()).bind(new.user.as_str()).bind(credential_id).bind(&new.name).bind(json(new)?).bind(new.created_at);
    Ok(tx.execute(statement).await? == 1)
}

/// Those of a person, the oldest first.
pub(in crate::second_factor) async fn list(tx: &mut Tx, user: &UserId) -> Result<Vec<StoredPasskey>, DbError> {
    tx.all(sql(LIST).bind(user.as_str())).await?.iter().map(from_row).collect()
}

pub(super) async fn find(tx: &mut Tx, user: &UserId, id: &PasskeyId) -> Result<Option<StoredPasskey>, DbError> {
    tx.optional(sql(FIND).bind(id.as_str()).bind(user.as_str())).await?.as_ref().map(from_row).transpose()
}

pub(super) async fn by_credential(tx: &mut Tx, credential_id: &str) -> Result<Option<StoredPasskey>, DbError> {
    tx.optional(sql(BY_CREDENTIAL).bind(credential_id)).await?.as_ref().map(from_row).transpose()
}

/// Whether a person has any.
pub(in crate::second_factor) async fn has_any(tx: &mut Tx, user: &UserId) -> Result<bool, DbError> {
    Ok(tx.optional(sql(ANY).bind(user.as_str())).await?.is_some())
}

/// Keeps the count and what else a use told.
pub(super) async fn used(tx: &mut Tx, user: &UserId, stored: &StoredPasskey, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(USED).bind(stored.id.as_str()).bind(user.as_str()).bind(json(stored)?).bind(now)).await.map(drop)
}

pub(super) async fn rename(tx: &mut Tx, user: &UserId, id: &PasskeyId, name: &str) -> Result<bool, DbError> {
    Ok(tx.execute(sql(RENAME).bind(id.as_str()).bind(user.as_str()).bind(name)).await? == 1)
}

pub(super) async fn remove(tx: &mut Tx, user: &UserId, id: &PasskeyId) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REMOVE).bind(id.as_str()).bind(user.as_str())).await? == 1)
}

/// Removes all of a person, and what they were asked; answers how many there were.
pub(in crate::second_factor) async fn remove_all(tx: &mut Tx, user: &UserId) -> Result<u64, DbError> {
    tx.execute(sql(FORGET_QUESTIONS).bind(user.as_str())).await?;
    tx.execute(sql(REMOVE_ALL).bind(user.as_str())).await
}

pub(super) async fn insert_question(tx: &mut Tx, new: &NewQuestion<'_>) -> Result<(), DbError> {
    let statement = sql(INSERT_QUESTION)
        .bind(&new.token_hash)
        .bind(new.purpose.as_str())
        .bind(new.bound_to)
        .bind(new.user.map(UserId::as_str))
        .bind(new.name)
        .bind(&new.state)
        .bind(new.created_at)
        .bind(new.expires_at);
    tx.execute(statement).await.map(drop)
}

/// Takes a question; of several who answer at once one does.
pub(super) async fn take_question(tx: &mut Tx, token_hash: &str, purpose: Purpose, bound_to: &str, now: Timestamp) -> Result<Option<Question>, DbError> {
    let row = tx.optional(sql(TAKE_QUESTION).bind(token_hash).bind(purpose.as_str()).bind(bound_to).bind(now)).await?;
    row.map(|row| Ok(Question { user: row.get("user_id")?, name: row.get("name")?, state: row.get("state")? })).transpose()
}

pub(super) async fn forget_questions_at(tx: &mut Tx, purpose: Purpose, bound_to: &str) -> Result<(), DbError> {
    tx.execute(sql(FORGET_QUESTIONS_AT).bind(bound_to).bind(purpose.as_str())).await.map(drop)
}

/// Ends all questions to a person.
pub(in crate::second_factor) async fn forget_questions(tx: &mut Tx, user: &UserId) -> Result<(), DbError> {
    tx.execute(sql(FORGET_QUESTIONS).bind(user.as_str())).await.map(drop)
}

/// Forgets questions that have ended.
pub(in crate::second_factor) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(sql(SWEEP_QUESTIONS).bind(now)).await
}

fn json(stored: &StoredPasskey) -> Result<String, DbError> {
    serde_json::to_string(&stored.key).map_err(|e| DbError::Column { column: "credential".to_owned(), reason: e.to_string() })
}

fn from_row(row: &Row) -> Result<StoredPasskey, DbError> {
    let text: String = row.get("credential")?;
    Ok(StoredPasskey {
        id: row.get("id")?,
        user: row.get("user_id")?,
        name: row.get("name")?,
        key: serde_json::from_str(&text).map_err(|e| DbError::Column { column: "credential".to_owned(), reason: e.to_string() })?,
        created_at: row.time("created_at")?,
        last_used_at: row.time_opt("last_used_at")?,
    })
}
