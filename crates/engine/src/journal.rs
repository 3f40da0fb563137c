//! A run's journal: one row per host call, in the order of completion.

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Row, Tx, sql};
use millrace_ids::RunId;
use sha2::{Digest, Sha256};

use crate::Call;
use crate::payload::Payload;

/// One completed host call.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its place in the order of completion, from 1.
    pub pos: i64,
    /// Its number in the order asked.
    pub seq: i64,
    /// What kind of effect.
    pub kind: String,
    /// Hash of kind and arguments, to notice a program that asks for something else on replay.
    pub args_hash: String,
    /// Its arguments as they may be shown.
    pub args: String,
    /// Whether it resolved.
    pub ok: bool,
    /// What it resolved or rejected with.
    pub outcome: Payload,
    /// When it began.
    pub started_at: Timestamp,
    /// When it completed; the program's clock from then on.
    pub finished_at: Timestamp,
}

/// The hash that a journal entry keeps of its call.
pub fn args_hash(call: &Call) -> String {
    let mut hash = Sha256::new();
    hash.update(call.kind.as_bytes());
    hash.update([0]);
    hash.update(call.args.as_bytes());
    hex::encode(&hash.finalize()[..16])
}

pub(crate) const PAGE: &str = "SELECT pos, seq, kind, args_hash, args, ok, outcome, started_at, finished_at FROM journal \
    WHERE run_id = $1 AND generation = $2 AND pos > $3 ORDER BY pos LIMIT $4";

pub(crate) const END: &str = "SELECT max(pos) AS pos FROM journal WHERE run_id = $1 AND generation = $2";

/// Up to `limit` entries after position `after`, in order. The caller has checked that the run is the tenant's.
///
/// # Errors
/// The database failed.
pub async fn page(tx: &mut Tx, run: &RunId, generation: i64, after: i64, limit: u32) -> Result<Vec<Entry>, DbError> {
    let rows = tx.all(sql(PAGE).bind(run.as_str()).bind(generation).bind(after).bind(limit)).await?;
    rows.iter().map(from_row).collect()
}

/// The position of the last entry; 0 without any. The caller has checked that the run is the tenant's.
///
/// # Errors
/// The database failed.
pub async fn end(tx: &mut Tx, run: &RunId, generation: i64) -> Result<i64, DbError> {
    Ok(tx.one(sql(END).bind(run.as_str()).bind(generation)).await?.get::<Option<i64>>("pos")?.unwrap_or_default())
}

/// As [`page`], in a statement of its own.
pub(crate) async fn read(db: &Db, run: &RunId, generation: i64, after: i64, limit: u32) -> Result<Vec<Entry>, DbError> {
    let rows = db.all(sql(PAGE).bind(run.as_str()).bind(generation).bind(after).bind(limit)).await?;
    rows.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<Entry, DbError> {
    Ok(Entry {
        pos: row.get("pos")?,
        seq: row.get("seq")?,
        kind: row.get("kind")?,
        args_hash: row.get("args_hash")?,
        args: row.get("args")?,
        ok: row.get("ok")?,
        outcome: Payload::from_stored(row.get("outcome")?),
        started_at: row.time("started_at")?,
        finished_at: row.time("finished_at")?,
    })
}
