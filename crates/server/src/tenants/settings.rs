//! Settings of the whole installation: written once, read at start.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};

const INSERT: &str = "INSERT INTO settings (name, value, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";
const GET: &str = "SELECT value FROM settings WHERE name = $1";

/// Sets a setting unless it is set; answers whether this call set it. Of several nodes that try at once one wins; the
/// others wait for its transaction.
pub(crate) async fn set_once(tx: &mut Tx, name: &str, value: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(INSERT).bind(name).bind(value).bind(now)).await? == 1)
}

/// A setting's value.
pub(crate) async fn get(tx: &mut Tx, name: &str) -> Result<Option<String>, DbError> {
    tx.optional(sql(GET).bind(name)).await?.map(|row| row.get("value")).transpose()
}

/// The setting's value, which becomes `value` if there is none.
pub(crate) async fn get_or_set(tx: &mut Tx, name: &str, value: &str, now: Timestamp) -> Result<String, DbError> {
    if let Some(found) = get(tx, name).await? {
        return Ok(found);
    }
    set_once(tx, name, value, now).await?;
    Ok(get(tx, name).await?.unwrap_or_else(|| value.to_owned()))
}
