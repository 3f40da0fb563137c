//! Taking a backup of a database that a server may be using.

use std::path::{Path, PathBuf};

use millrace_clock::Timestamp;
use millrace_db::portable::{Digest, PortableRow, Table, line};
use millrace_db::{Db, Dialect, Tx};
use millrace_engine::carry;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::archive::Writer;
use super::error::failed;
use super::limits::PIECE_BYTES;
use super::manifest::{FORMAT, Header, KeysEntry, Manifest, PayloadsEntry, TableEntry};
use super::{CopyError, keys};
use crate::config::Config;

/// What was taken.
#[derive(Debug, Clone, Serialize)]
pub struct Taken {
    /// The file.
    pub file: PathBuf,
    /// Its size in bytes.
    pub bytes: u64,
    /// What is in it.
    #[serde(flatten)]
    pub manifest: Manifest,
    /// Payloads that vanished while they were copied: retention removed them with runs that had ended long ago.
    pub payloads_gone: u64,
}

/// Copies one state of the whole database, and the payloads it names, into one file. A server may go on working: the
/// copy sees the state of its beginning. `out` is a new file, or a folder to put one in.
///
/// # Errors
/// See [`CopyError::code`]; no file is left then.
pub async fn take(config: &Config, out: &Path, with_keys: bool, now: Timestamp) -> Result<Taken, CopyError> {
    let db = Db::open_beside(&config.database.url).await?;
    let mut tx = db.snapshot().await?;
    let applied = tx.applied().await?;
    if applied.is_empty() {
        return Err(failed("DATABASE_EMPTY", format!("{} holds no Millrace database", config.database.url.redacted())).fix("Name the server's --data or --database-url."));
    }
    let header = Header {
        format: FORMAT,
        server_version: env!("CARGO_PKG_VERSION").to_owned(),
        created_at: now.to_jiff().to_string(),
        database: if db.dialect() == Dialect::Sqlite { "sqlite" } else { "postgres" }.to_owned(),
        schema: applied.iter().map(Into::into).collect(),
    };
    let file = if out.is_dir() { out.join(format!("millrace-{}.tar.zst", now.to_jiff().strftime("%Y%m%d-%H%M%S"))) } else { out.to_owned() };
    let mut writer = Writer::create(&file)?;
    writer.header(&header)?;
    let mut tables = Vec::new();
    for table in tx.tables().await?.iter().filter(|t| !carry::TRANSIENT.contains(&t.name.as_str())) {
        tables.push(copy_table(&mut tx, table, &mut writer).await?);
    }
    let (payloads, payloads_gone) = copy_payloads(config, db.dialect(), &mut writer)?;
    let keys = if with_keys { Some(copy_keys(config, &mut tx, &mut writer).await?) } else { None };
    let manifest = Manifest { header, tables, payloads, keys };
    let bytes = writer.finish(&manifest)?;
    tx.rollback().await?;
    db.close().await;
    Ok(Taken { file, bytes, manifest, payloads_gone })
}

async fn copy_table(tx: &mut Tx, table: &Table, writer: &mut Writer) -> Result<TableEntry, CopyError> {
    let columns = serde_json::json!(table.column_names()).to_string() + "\n";
    let (mut digest, mut pieces, mut piece) = (Digest::default(), 0, columns.clone());
    tx.each_batch(table, None, async |rows: Vec<PortableRow>| {
        for row in rows.iter().filter(|row| !keys::is_master_key_row(table, row)) {
            let text = line(row);
            digest.add(&text);
            piece.push_str(&text);
            piece.push('\n');
            if piece.len() >= PIECE_BYTES {
                writer.rows(&table.name, pieces, &std::mem::replace(&mut piece, columns.clone()))?;
                pieces += 1;
            }
        }
        Ok::<(), CopyError>(())
    })
    .await?;
    writer.rows(&table.name, pieces, &piece)?;
    Ok(TableEntry { name: table.name.clone(), rows: digest.rows, sha256: digest.hash() })
}

/// Payloads are durable before the rows that name them, so everything that the snapshot names is there now.
fn copy_payloads(config: &Config, dialect: Dialect, writer: &mut Writer) -> Result<(PayloadsEntry, u64), CopyError> {
    let (mut digest, mut bytes, mut gone) = (Digest::default(), 0, 0);
    if dialect == Dialect::Sqlite {
        let root = config.data_dir.join("payloads");
        for payload in carry::files(&root)? {
            let content = match std::fs::read(payload.path(&root)) {
                Ok(content) => content,
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                    gone += 1;
                    continue;
                }
                Err(e) => return Err(e.into()),
            };
            payload.check(&content).map_err(|e| failed("PAYLOAD_DAMAGED", format!("{}: {e}", payload.path(&root).display())))?;
            writer.payload(&payload, &content)?;
            digest.add(&payload.name());
            bytes += content.len() as u64;
        }
    }
    Ok((PayloadsEntry { files: digest.rows, bytes, sha256: digest.hash() }, gone))
}

async fn copy_keys(config: &Config, tx: &mut Tx, writer: &mut Writer) -> Result<KeysEntry, CopyError> {
    let found = keys::find(config, tx).await?;
    let mut files = Vec::new();
    for (name, bytes) in &found.files {
        writer.key(name, bytes)?;
        files.push(((*name).to_owned(), hex::encode(Sha256::digest(bytes))));
    }
    Ok(KeysEntry { source: found.source.to_owned(), files })
}
