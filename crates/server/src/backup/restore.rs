//! Putting a backup back, into an empty database of either kind, in one transaction.

use std::path::Path;
use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::portable::{Cell, MOVE_TABLES, PortableRow, SCHEMA_TABLE, Table, parse_line};
use millrace_db::{DatabaseUrl, Db, Dialect, Options, Tx, newest_migration, sql};
use millrace_engine::carry;
use serde::Serialize;

use super::archive::{self, Item};
use super::error::failed;
use super::manifest::Manifest;
use super::verify::verify;
use super::{CopyError, keys};
use crate::config::Config;

/// What was restored.
#[derive(Debug, Clone, Serialize)]
pub struct Restored {
    /// What was in the backup.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// Where to, without a password.
    pub target: String,
    /// Runs that were running when the backup was taken; they are queued again.
    pub queued_again: u64,
    /// Where the keys were put; none when the backup has none.
    pub keys_in: Vec<String>,
}

/// Restores a backup into an empty database; with `force`, into one whose content is thrown away. A server that uses the
/// database prevents it. Either everything is there afterwards, compared row by row with the manifest, or nothing.
///
/// # Errors
/// See [`CopyError::code`].
pub async fn restore(config: &Config, file: &Path, force: bool, now: Timestamp) -> Result<Restored, CopyError> {
    let manifest = verify(file)?;
    let version = u32::try_from(manifest.header.schema_version()).unwrap_or(u32::MAX);
    if version > newest_migration() {
        let what = format!("the backup has schema {version}, this version of Millrace knows {}", newest_migration());
        return Err(failed("SCHEMA_TOO_NEW", what).fix(format!("Restore with Millrace {} or newer.", manifest.header.server_version)));
    }
    let db = open_target(&config.database.url).await?;
    let mut tx = db.begin().await?;
    refuse_other_nodes(&mut tx).await?;
    empty(&mut tx, force).await?;
    tx.migrate_to(version, now).await?;
    let tables = tx.tables().await?;
    let mut keys_in = Vec::new();
    fill(config, &mut tx, file, &manifest, &tables, &mut keys_in, now).await?;
    if db.dialect() == Dialect::Sqlite {
        carry::rows_to_files(&mut tx, &config.data_dir.join("payloads")).await?;
    }
    tx.migrate_to(newest_migration(), now).await?;
    let queued_again = carry::let_go(&mut tx, now).await?;
    tx.commit().await?;
    db.close().await;
    Ok(Restored { manifest, target: config.database.url.redacted(), queued_again, keys_in })
}

/// Opens a database to be filled. An embedded one is locked, so that no server can start on it meanwhile.
pub(crate) async fn open_target(url: &DatabaseUrl) -> Result<Db, CopyError> {
    Ok(match url {
        DatabaseUrl::Sqlite(_) => Db::open(url, &Options { connections: 2, ..Options::default() }).await?,
        DatabaseUrl::Postgres(_) => Db::open_beside(url).await?,
    })
}

const OTHERS: &str = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'millrace'";

/// Within one transaction PostgreSQL shows the same picture of who is there until it is told not to.
const LOOK_ANEW: &str = "SELECT pg_stat_clear_snapshot()";
/// How often, and how long after each other, a look is repeated: connections of a server that has just stopped take a moment to go.
const LOOKS: u32 = 10;
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// Refuses when a server has this PostgreSQL database open. An embedded one is locked by whoever has it open.
pub(crate) async fn refuse_other_nodes(tx: &mut Tx) -> Result<(), CopyError> {
    if tx.dialect() != Dialect::Postgres {
        return Ok(());
    }
    let mut others: i64 = tx.one(sql(OTHERS)).await?.get("n")?;
    for _ in 1..LOOKS {
        if others == 0 {
            return Ok(());
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
        tx.execute(sql(LOOK_ANEW)).await?;
        others = tx.one(sql(OTHERS)).await?.get("n")?;
    }
    if others == 0 {
        return Ok(());
    }
    Err(failed("DATABASE_IN_USE", format!("{others} connections of a Millrace server are open on this database")).fix("Stop the servers first."))
}

/// Makes sure that there is nothing: no data, and with that no schema of another age either.
async fn empty(tx: &mut Tx, force: bool) -> Result<(), CopyError> {
    let tables = tx.tables().await?;
    let migrated = !tx.applied().await?.is_empty();
    if !migrated && !tables.is_empty() && tx.dialect() == Dialect::Postgres {
        return Err(failed("TARGET_NOT_EMPTY", "this database holds tables that are not Millrace's").fix("Make a database of its own: `createdb millrace`."));
    }
    let mut full = None;
    for table in &tables {
        if tx.count(table).await? > 0 {
            full = Some(table.name.clone());
            break;
        }
    }
    if let (Some(table), false) = (&full, force) {
        return Err(failed("TARGET_NOT_EMPTY", format!("the target holds data already (table {table})")).fix("Restore into an empty data folder or database; --force throws its content away."));
    }
    tx.drop_policies().await?;
    for table in tables.iter().rev() {
        tx.drop_table(&table.name).await?;
    }
    for name in MOVE_TABLES.into_iter().chain([SCHEMA_TABLE]) {
        tx.drop_table(name).await?;
    }
    Ok(())
}

/// Work for the database, in the order of the file.
async fn fill(config: &Config, tx: &mut Tx, file: &Path, manifest: &Manifest, tables: &[Table], keys_in: &mut Vec<String>, now: Timestamp) -> Result<(), CopyError> {
    let (send, mut items) = tokio::sync::mpsc::channel(2);
    let path = file.to_owned();
    // Unpacking waits for the disk and the processor, the database for us: side by side.
    let reader = tokio::task::spawn_blocking(move || archive::read(&path, |item| send.blocking_send(item).map_err(|_| failed("COPY_FAILED", "the restore ended early"))));
    let source = manifest.keys.as_ref().map_or("file", |k| k.source.as_str());
    let mut compared = false;
    while let Some(item) = items.recv().await {
        if !compared && !matches!(item, Item::Header(_) | Item::Rows { .. }) {
            // Before payload files become rows of one of the tables.
            compare(tx, manifest, tables).await?;
            compared = true;
        }
        match item {
            Item::Rows { table, text } => insert(tx, tables, &table, &text).await?,
            Item::Payload(payload, bytes) if tx.dialect() == Dialect::Sqlite => payload.put_file(&config.data_dir.join("payloads"), &bytes)?,
            Item::Payload(payload, bytes) => payload.put_row(tx, bytes).await?,
            Item::Key(name, bytes) => keys_in.push(keys::put(config, tx, source, &name, &bytes, now).await?),
            Item::Header(_) | Item::Manifest(_) => {}
        }
    }
    reader.await.map_err(|e| failed("COPY_FAILED", e.to_string()))?
}

async fn insert(tx: &mut Tx, tables: &[Table], name: &str, text: &str) -> Result<(), CopyError> {
    let damaged = |why: &str| failed("BACKUP_DAMAGED", format!("table {name}: {why}"));
    let mut lines = text.lines();
    let columns: Vec<String> = lines.next().and_then(|l| serde_json::from_str(l).ok()).ok_or_else(|| damaged("its columns are missing"))?;
    let Some(table) = tables.iter().find(|t| t.name == name) else { return Err(damaged("this schema has no such table")) };
    let mut there: Vec<&str> = columns.iter().map(String::as_str).collect();
    there.sort_unstable();
    let mut here = table.column_names();
    here.sort_unstable();
    if there != here {
        return Err(damaged("it has other columns than this schema"));
    }
    let places: Vec<usize> = table.columns.iter().filter_map(|c| columns.iter().position(|n| *n == c.name)).collect();
    let mut rows: Vec<PortableRow> = Vec::new();
    for line in lines {
        let cells = parse_line(line)?;
        if cells.len() != columns.len() {
            return Err(damaged("a row has another number of values than there are columns"));
        }
        rows.push(places.iter().map(|at| cells.get(*at).cloned().unwrap_or(Cell::Null)).collect());
        if rows.len() >= 500 {
            tx.insert_rows(table, &std::mem::take(&mut rows)).await?;
        }
    }
    Ok(tx.insert_rows(table, &rows).await?)
}

/// Reads every table back and compares it with the manifest.
async fn compare(tx: &mut Tx, manifest: &Manifest, tables: &[Table]) -> Result<(), CopyError> {
    for said in &manifest.tables {
        let Some(table) = tables.iter().find(|t| t.name == said.name) else { continue };
        let digest = tx.digest(table, |_| true).await?;
        if digest.rows != said.rows || digest.hash() != said.sha256 {
            let what = format!("table {} came out as {} rows with hash {}…, not {} with {}…", said.name, digest.rows, &digest.hash()[..8], said.rows, &said.sha256[..8]);
            return Err(failed("COPY_DIFFERS", what).fix("Nothing was restored. This is a fault of Millrace: please report it."));
        }
    }
    Ok(())
}
