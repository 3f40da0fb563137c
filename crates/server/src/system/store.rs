//! The SQL of the system page.

use std::collections::{BTreeMap, HashMap};

use millrace_db::{DbError, Dialect, Row, Tx, sql};

/// Rows that one count goes through: some tens of milliseconds.
pub(super) const MOST: i64 = 100_000;

/// By the index of runs that are at work, which are as many as the nodes have room for.
const RUNNING: &str = "SELECT node_id, count(*) AS n FROM runs WHERE state = 'running' GROUP BY node_id";
const WAITS: &str = "SELECT kind AS word, count(*) AS n FROM (SELECT kind FROM waits LIMIT $1) AS w GROUP BY kind";
/// The newest: what is older was sent or given up.
const MAILS: &str = "SELECT state AS word, count(*) AS n FROM (SELECT state FROM mails ORDER BY id DESC LIMIT $1) AS m GROUP BY state";
const SQLITE_BYTES: &str = "SELECT (SELECT page_count FROM pragma_page_count()) * (SELECT page_size FROM pragma_page_size()) AS bytes";
const POSTGRES_BYTES: &str = "SELECT pg_database_size(current_database()) AS bytes";

/// Runs at work by node; those of no node wait to be taken back.
pub(super) async fn running(tx: &mut Tx) -> Result<HashMap<String, i64>, DbError> {
    let read = |row: &Row| Ok((row.get::<Option<String>>("node_id")?.unwrap_or_default(), row.get("n")?));
    tx.all(sql(RUNNING)).await?.iter().map(read).collect()
}

/// What runs wait for, by kind.
pub(super) async fn waits(tx: &mut Tx) -> Result<BTreeMap<String, i64>, DbError> {
    counted(tx, WAITS).await
}

/// Mails by state.
pub(super) async fn mails(tx: &mut Tx) -> Result<BTreeMap<String, i64>, DbError> {
    counted(tx, MAILS).await
}

async fn counted(tx: &mut Tx, statement: &'static str) -> Result<BTreeMap<String, i64>, DbError> {
    tx.all(sql(statement).bind(MOST)).await?.iter().map(|row| Ok((row.get("word")?, row.get("n")?))).collect()
}

/// Bytes of the database on its disk.
pub(super) async fn bytes(tx: &mut Tx) -> Result<i64, DbError> {
    let statement = match tx.dialect() {
        Dialect::Sqlite => SQLITE_BYTES,
        Dialect::Postgres => POSTGRES_BYTES,
    };
    tx.one(sql(statement)).await?.get("bytes")
}
