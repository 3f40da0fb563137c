//! The marks of a move: in the source that it is being copied or has moved, in the target that it is not yet complete.

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Tx, sql};
use millrace_ids::RequestId;

use super::Ends;
use crate::backup::{CopyError, failed};

const TABLE: &str = "move_mark";
const CREATE: &str = "CREATE TABLE IF NOT EXISTS move_mark (role TEXT PRIMARY KEY, move_id TEXT NOT NULL, state TEXT NOT NULL, other TEXT NOT NULL, at BIGINT NOT NULL)";
const PROGRESS: &str = "CREATE TABLE IF NOT EXISTS move_progress (table_name TEXT PRIMARY KEY, done BIGINT NOT NULL, last_key TEXT)";
const GET: &str = "SELECT move_id, state, other FROM move_mark WHERE role = $1";
const PUT: &str = "INSERT INTO move_mark (role, move_id, state, other, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (role) DO UPDATE SET state = excluded.state, at = excluded.at";

/// One mark.
pub(super) struct Mark {
    pub id: String,
    pub state: String,
    pub other: String,
}

impl Mark {
    pub(super) const COPYING: &str = "copying";
    pub(super) const MOVED: &str = "moved";
}

async fn mark(tx: &mut Tx, role: &str) -> Result<Option<Mark>, DbError> {
    if tx.columns(TABLE).await?.is_empty() {
        return Ok(None);
    }
    let row = tx.optional(sql(GET).bind(role)).await?;
    row.map(|row| Ok(Mark { id: row.get("move_id")?, state: row.get("state")?, other: row.get("other")? })).transpose()
}

/// The mark of a database that something moves out of.
pub(super) async fn source(tx: &mut Tx) -> Result<Option<Mark>, DbError> {
    mark(tx, "source").await
}

pub(super) async fn set_moved(tx: &mut Tx, id: &str, other: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(PUT).bind("source").bind(id).bind(Mark::MOVED).bind(other).bind(now)).await.map(drop)
}

/// Marks both ends, or recognises the marks of the same move. Answers its id.
pub(super) async fn begin(ends: &Ends, from: &str, to: &str, now: Timestamp) -> Result<String, CopyError> {
    let mut tx = ends.target.begin().await?;
    let there = mark(&mut tx, "target").await?;
    let filled = !tx.applied().await?.is_empty() || !tx.tables().await?.is_empty();
    if there.is_none() && filled {
        return Err(failed("TARGET_NOT_EMPTY", "the target holds tables already and no move into it was begun").fix("Name an empty database, or a data folder that does not exist yet."));
    }
    let id = begin_source(ends, to, now).await?;
    if let Some(mark) = there {
        if mark.id != id {
            return Err(failed("TARGET_NOT_EMPTY", format!("another move into the target was begun, from {}", mark.other)).fix("Name an empty database."));
        }
        return Ok(id);
    }
    tx.migrate_to(millrace_db::newest_migration(), now).await?;
    tx.execute(sql(CREATE)).await?;
    tx.execute(sql(PROGRESS)).await?;
    tx.execute(sql(PUT).bind("target").bind(&id).bind(Mark::COPYING).bind(from).bind(now)).await?;
    tx.commit().await?;
    Ok(id)
}

async fn begin_source(ends: &Ends, to: &str, now: Timestamp) -> Result<String, CopyError> {
    let mut tx = ends.source.begin().await?;
    if let Some(mark) = source(&mut tx).await? {
        if mark.other != to {
            return Err(failed("MOVE_UNFINISHED", format!("a move of this database to {} was begun", mark.other)).fix("Finish it, or give it up with `millrace move --undo`."));
        }
        return Ok(mark.id);
    }
    let id = RequestId::generate().to_string();
    tx.execute(sql(CREATE)).await?;
    tx.execute(sql(PUT).bind("source").bind(&id).bind(Mark::COPYING).bind(to).bind(now)).await?;
    tx.commit().await?;
    Ok(id)
}

/// Where this database was moved to, if it was.
///
/// # Errors
/// The database failed.
pub async fn moved_to(db: &Db) -> Result<Option<String>, DbError> {
    let mark = source(&mut db.read().await?).await?;
    Ok(mark.filter(|m| m.state == Mark::MOVED).map(|m| m.other))
}

/// A server starts neither on a database that was moved away nor on one that is not complete yet.
///
/// # Errors
/// It is one of them, or the database failed.
pub async fn refuse_if_moved(db: &Db) -> Result<(), DbError> {
    if let Some(to) = moved_to(db).await? {
        return Err(DbError::Moved { to });
    }
    match mark(&mut db.read().await?, "target").await? {
        Some(mark) => Err(DbError::Unfinished { from: mark.other }),
        None => Ok(()),
    }
}
