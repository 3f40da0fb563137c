//! The SQL of devices' sign-ins. They belong to no workspace, and until somebody decides to nobody.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_ids::{DeviceLoginId, SessionId, UserId};

use super::model::{DeviceLogin, State};

const INSERT: &str = "INSERT INTO device_logins (id, device_code_hash, user_code_hash, client_name, ip, user_agent, state, pause, created_at, expires_at) \
    VALUES ($1, $2, $3, $4, $5, $6, 'pending', $7, $8, $9) ON CONFLICT (user_code_hash) DO NOTHING";
const BY_USER_CODE: &str = "SELECT * FROM device_logins WHERE user_code_hash = $1 AND state = 'pending' AND expires_at > $2";
const BY_DEVICE_CODE: Sql =
    Sql::pair("SELECT * FROM device_logins WHERE device_code_hash = $1", "SELECT * FROM device_logins WHERE device_code_hash = $1 FOR UPDATE");
const DECIDE: &str = "UPDATE device_logins SET state = $2, user_id = $3, decided_at = $4, session_id = $5, provider = $6 WHERE id = $1 AND state = 'pending' AND expires_at > $4";
const POLLED: &str = "UPDATE device_logins SET polled_at = $2, pause = $3 WHERE id = $1";
const USE: &str = "UPDATE device_logins SET state = 'used' WHERE id = $1 AND state = 'approved'";
const SWEEP: &str = "DELETE FROM device_logins WHERE expires_at < $1";

/// Stores one; `false` when another has this user code.
pub(super) async fn insert(tx: &mut Tx, new: &DeviceLogin, device_code_hash: &str, user_code_hash: &str) -> Result<bool, DbError> {
    let statement = sql(INSERT)
        .bind(new.id.as_str())
        .bind(device_code_hash)
        .bind(user_code_hash)
        .bind(new.client_name.as_str())
        .bind(new.ip.clone())
        .bind(new.user_agent.clone())
        .bind(new.pause)
        .bind(new.created_at)
        .bind(new.expires_at);
    Ok(tx.execute(statement).await? == 1)
}

/// The one that waits for a decision with this code.
pub(super) async fn pending(tx: &mut Tx, user_code_hash: &str, now: Timestamp) -> Result<Option<DeviceLogin>, DbError> {
    tx.optional(sql(BY_USER_CODE).bind(user_code_hash).bind(now)).await?.as_ref().map(from_row).transpose()
}

/// The one of this device, locked until the transaction ends: of two questions at once, one is answered after the other.
pub(super) async fn lock(tx: &mut Tx, device_code_hash: &str) -> Result<Option<DeviceLogin>, DbError> {
    tx.optional(sql(BY_DEVICE_CODE).bind(device_code_hash)).await?.as_ref().map(from_row).transpose()
}

/// Decides; of several who do at once, one does. `by` is who, and in which session.
pub(super) async fn decide(tx: &mut Tx, id: &DeviceLoginId, state: State, by: (&UserId, &SessionId), provider: Option<String>, now: Timestamp) -> Result<bool, DbError> {
    let (user, session) = by;
    Ok(tx.execute(sql(DECIDE).bind(id.as_str()).bind(state.as_str()).bind(user.as_str()).bind(now).bind(session.as_str()).bind(provider)).await? == 1)
}

/// Notes that the device has asked, and how long it must wait from now on.
pub(super) async fn polled(tx: &mut Tx, id: &DeviceLoginId, now: Timestamp, pause: i64) -> Result<(), DbError> {
    tx.execute(sql(POLLED).bind(id.as_str()).bind(now).bind(pause)).await.map(drop)
}

/// Uses an approval up.
pub(super) async fn take(tx: &mut Tx, id: &DeviceLoginId) -> Result<bool, DbError> {
    Ok(tx.execute(sql(USE).bind(id.as_str())).await? == 1)
}

/// Forgets what ended before.
pub(super) async fn sweep(tx: &mut Tx, before: Timestamp) -> Result<u64, DbError> {
    tx.execute(sql(SWEEP).bind(before)).await
}

fn from_row(row: &Row) -> Result<DeviceLogin, DbError> {
    let state: String = row.get("state")?;
    Ok(DeviceLogin {
        id: row.get("id")?,
        client_name: row.get("client_name")?,
        ip: row.get("ip")?,
        user_agent: row.get("user_agent")?,
        state: state.parse().map_err(|reason| DbError::Column { column: "state".to_owned(), reason })?,
        user: row.get("user_id")?,
        session: row.get("session_id")?,
        provider: row.get("provider")?,
        decided_at: row.time_opt("decided_at")?,
        pause: row.get("pause")?,
        polled_at: row.time_opt("polled_at")?,
        created_at: row.time("created_at")?,
        expires_at: row.time("expires_at")?,
    })
}
