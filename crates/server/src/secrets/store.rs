//! The SQL of master keys: which one seals, which are wrapped, and which node has which.

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Row, Tx, sql};
use millrace_ids::NodeId;

use super::keyring::PREFIX_LEN;
use super::places::Sealed;

const STATE: &str = "SELECT seals, since, next_key, swept_at, unreadable FROM master_key_state WHERE name = 'installation'";
/// One statement for each look: the state, and what this node has said of itself.
const LOOK: &str = "SELECT s.seals, s.since, s.next_key, s.swept_at, s.unreadable, n.id AS node_id, n.master_keys FROM master_key_state s LEFT JOIN nodes n ON n.id = $1 WHERE s.name = 'installation'";
const BEGIN: &str = "INSERT INTO master_key_state (name, seals, since, swept_at) VALUES ('installation', $1, $2, $3) ON CONFLICT (name) DO NOTHING";
const PLAN: &str = "UPDATE master_key_state SET next_key = $1 WHERE name = 'installation' AND seals = $2";
const GIVE_UP: &str = "UPDATE master_key_state SET next_key = NULL WHERE name = 'installation' AND seals = $1";
const SWITCH: &str = "UPDATE master_key_state SET seals = $1, since = $3, next_key = NULL, swept_at = NULL, unreadable = 0 WHERE name = 'installation' AND seals = $2 AND next_key = $1";
const SWEPT: &str = "UPDATE master_key_state SET swept_at = $2, unreadable = $3, sweeper = NULL, sweeper_until = NULL WHERE name = 'installation' AND seals = $1";
const HOLD: &str = "UPDATE master_key_state SET sweeper = $1, sweeper_until = $2 WHERE name = 'installation' AND seals = $4 AND (sweeper IS NULL OR sweeper = $1 OR sweeper_until < $3)";
const KEEP: &str = "INSERT INTO master_keys (id, wrapped, wrapped_by, created_at) VALUES ($1, $2, $3, $4)";
const KEPT: &str = "SELECT id, wrapped, wrapped_by FROM master_keys ORDER BY created_at, id";
const SAY: &str = "UPDATE nodes SET master_keys = $2 WHERE id = $1";
const NODES: &str = "SELECT id, master_keys FROM nodes WHERE lease_until > 0 OR seen_at >= $1 ORDER BY id";

/// Which key seals, and how far a change has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub seals: String,
    pub since: Timestamp,
    pub next: Option<String>,
    pub swept_at: Option<Timestamp>,
    pub unreadable: i64,
}

/// A key that a service has wrapped.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub id: String,
    pub wrapped: String,
    pub wrapped_by: String,
}

/// What a node says of its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    pub node: String,
    /// The key with which it seals; nothing from a version that does not say.
    pub seals: Option<String>,
    pub has: Vec<String>,
}

/// A value that is not under the key that seals.
#[derive(Debug)]
pub(super) struct Other {
    pub tenant: String,
    pub first: String,
    pub second: String,
    /// Its id in its place.
    pub id: String,
    pub sealed: String,
}

fn state_row(row: &Row) -> Result<State, DbError> {
    Ok(State { seals: row.get("seals")?, since: row.time("since")?, next: row.get("next_key")?, swept_at: row.time_opt("swept_at")?, unreadable: row.get("unreadable")? })
}

pub(super) async fn state(tx: &mut Tx) -> Result<Option<State>, DbError> {
    tx.optional(sql(STATE)).await?.as_ref().map(state_row).transpose()
}

/// The state, and what this node has said; no row of the node: it has not joined, or was taken for dead.
pub(super) async fn look(db: &Db, node: &NodeId) -> Result<Option<(State, Option<Option<String>>)>, DbError> {
    let Some(row) = db.optional(sql(LOOK).bind(node.as_str())).await? else { return Ok(None) };
    let joined = row.get::<Option<String>>("node_id")?.is_some();
    let said = if joined { Some(row.get("master_keys")?) } else { None };
    Ok(Some((state_row(&row)?, said)))
}

/// The first key of all; of several nodes that begin at once, one decides.
pub(super) async fn begin(tx: &mut Tx, seals: &str, now: Timestamp, swept_at: Option<Timestamp>) -> Result<bool, DbError> {
    Ok(tx.execute(sql(BEGIN).bind(seals).bind(now).bind(swept_at)).await? == 1)
}

/// Says which key is to seal next, unless another one seals by now.
pub(super) async fn plan(tx: &mut Tx, next: &str, seals: &str) -> Result<bool, DbError> {
    Ok(tx.execute(sql(PLAN).bind(next).bind(seals)).await? == 1)
}

/// No other key is to seal, unless another one does by now.
pub(super) async fn give_up(tx: &mut Tx, seals: &str) -> Result<bool, DbError> {
    Ok(tx.execute(sql(GIVE_UP).bind(seals)).await? == 1)
}

/// Makes the next key the one that seals.
pub(super) async fn switch(tx: &mut Tx, next: &str, seals: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(SWITCH).bind(next).bind(seals).bind(now)).await? == 1)
}

pub(super) async fn swept(tx: &mut Tx, seals: &str, now: Timestamp, unreadable: i64) -> Result<bool, DbError> {
    Ok(tx.execute(sql(SWEPT).bind(seals).bind(now).bind(unreadable)).await? == 1)
}

/// Takes or renews the right to seal again, until `until`.
pub(super) async fn hold(tx: &mut Tx, node: &NodeId, seals: &str, until: Timestamp, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(HOLD).bind(node.as_str()).bind(until).bind(now).bind(seals)).await? == 1)
}

pub(super) async fn keep(tx: &mut Tx, key: &Kept, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(KEEP).bind(&key.id).bind(&key.wrapped).bind(&key.wrapped_by).bind(now)).await.map(drop)
}

pub(super) async fn kept(tx: &mut Tx) -> Result<Vec<Kept>, DbError> {
    let read = |row: &Row| Ok(Kept { id: row.get("id")?, wrapped: row.get("wrapped")?, wrapped_by: row.get("wrapped_by")? });
    tx.all(sql(KEPT)).await?.iter().map(read).collect()
}

pub(super) async fn say(tx: &mut Tx, node: &NodeId, said: &str) -> Result<(), DbError> {
    tx.execute(sql(SAY).bind(node.as_str()).bind(said)).await.map(drop)
}

/// What a node says: the key with which it seals, then all that it has.
pub(super) fn words(seals: &str, has: &[String]) -> String {
    format!("{seals};{}", has.join(","))
}

/// The nodes that work, or were seen lately.
pub(super) async fn nodes(tx: &mut Tx, seen_since: Timestamp) -> Result<Vec<Said>, DbError> {
    let read = |row: &Row| {
        let (node, text): (String, Option<String>) = (row.get("id")?, row.get("master_keys")?);
        let (seals, has) = match text.as_deref().and_then(|text| text.split_once(';')) {
            Some((seals, has)) => (Some(seals.to_owned()), has.split(',').map(str::to_owned).collect()),
            None => (None, Vec::new()),
        };
        Ok(Said { node, seals, has })
    };
    tx.all(sql(NODES).bind(seen_since)).await?.iter().map(read).collect()
}

/// Values of a column that are not under a key, after the key `after`; at most `limit`, in the order of their keys.
pub(super) async fn others(tx: &mut Tx, column: &Sealed, prefix: &str, after: (&str, &str), limit: u32) -> Result<Vec<Other>, DbError> {
    debug_assert_eq!(prefix.len(), PREFIX_LEN);
    let read = |row: &Row| Ok(Other { tenant: row.get("tenant")?, first: row.get("first")?, second: row.get("second")?, id: row.get("place")?, sealed: row.get("sealed")? });
    let statement = sql(column.others).bind(prefix).bind(after.0).bind(after.1).bind(limit);
    tx.all(statement).await?.iter().map(read).collect()
}

/// Puts a value in the place of the one that was read; `false` when that has changed or is gone.
pub(super) async fn replace(tx: &mut Tx, column: &Sealed, was: &Other, sealed: &str) -> Result<bool, DbError> {
    let statement = sql(column.replace).bind(&was.first).bind(&was.second).bind(&was.sealed).bind(sealed);
    Ok(tx.execute(statement).await? == 1)
}

/// How many values of a column are under which key.
pub(super) async fn count(tx: &mut Tx, column: &Sealed) -> Result<Vec<(String, i64)>, DbError> {
    tx.all(sql(column.count)).await?.iter().map(|row| Ok((row.get("key_id")?, row.get("found")?))).collect()
}
