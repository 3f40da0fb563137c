//! What somebody who copies a whole database must know of the engine: which rows are of the moment, where large payloads
//! lie, and how runs begin again where nobody holds them.

use std::io;
use std::path::{Path, PathBuf};

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};
use millrace_ids::TenantId;

use crate::EngineError;
use crate::payload::{file_path, unpack, write_durably};

/// Tables whose rows describe the processes of the moment and mean nothing in a copy.
pub const TRANSIENT: [&str; 1] = ["nodes"];

/// The table that holds large payloads where nodes share no directory.
pub const PAYLOAD_TABLE: &str = "payloads";

const REFERENCES: &str = "SELECT tenant_id, input AS stored FROM runs WHERE input LIKE '@%' \
    UNION SELECT tenant_id, output FROM runs WHERE output LIKE '@%' \
    UNION SELECT r.tenant_id, j.outcome FROM journal j JOIN runs r ON r.id = j.run_id WHERE j.outcome LIKE '@%' \
    UNION SELECT r.tenant_id, i.outcome FROM inbox i JOIN runs r ON r.id = i.run_id WHERE i.outcome LIKE '@%'";
const REFERENCES_OF_GENERATIONS: &str = "SELECT tenant_id, input AS stored FROM run_generations WHERE input LIKE '@%'";
const PUT: &str = "INSERT INTO payloads (tenant_id, hash, bytes, created_at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (tenant_id, hash) DO UPDATE SET created_at = excluded.created_at WHERE payloads.created_at < excluded.created_at";
const GET: &str = "SELECT bytes FROM payloads WHERE tenant_id = $1 AND hash = $2";
const CLEAR: &str = "DELETE FROM payloads";
const LET_GO: &str = "UPDATE runs SET state = 'queued', node_id = NULL, epoch = epoch + 1, due_at = $1 WHERE state = 'running'";

/// Where one large payload lies: its day, its tenant, its hash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredPayload {
    /// The day it was stored, `YYYYMMDD`.
    pub day: String,
    /// Whose it is.
    pub tenant: TenantId,
    /// SHA-256 of its JSON text, hex.
    pub hash: String,
}

impl StoredPayload {
    /// Reads `day/tenant/hash`; nothing else passes, so that a name from outside cannot become another path.
    pub fn parse(name: &str) -> Option<Self> {
        let mut parts = name.split('/');
        let (day, tenant, hash, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
        let fits = day.len() == 8 && day.bytes().all(|b| b.is_ascii_digit()) && hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        fits.then_some(())?;
        Some(Self { day: day.to_owned(), tenant: tenant.parse().ok()?, hash: hash.to_owned() })
    }

    /// `day/tenant/hash`.
    pub fn name(&self) -> String {
        format!("{}/{}/{}", self.day, self.tenant, self.hash)
    }

    /// Its file below the payload directory.
    pub fn path(&self, root: &Path) -> PathBuf {
        file_path(root, &self.day, &self.tenant, &self.hash)
    }

    /// Whether these stored bytes are this payload.
    ///
    /// # Errors
    /// They are damaged.
    pub fn check(&self, bytes: &[u8]) -> io::Result<()> {
        unpack(bytes, &self.hash).map(drop)
    }

    /// Writes its file, durably; a file that is there stays.
    ///
    /// # Errors
    /// The disk refused.
    pub fn put_file(&self, root: &Path, bytes: &[u8]) -> io::Result<()> {
        write_durably(&self.path(root), bytes)
    }

    /// Writes its row. It counts as made at the end of its day, so that retention keeps it long enough.
    ///
    /// # Errors
    /// The database failed.
    pub async fn put_row(&self, tx: &mut Tx, bytes: Vec<u8>) -> Result<(), DbError> {
        let (y, m, d) = (&self.day[..4], &self.day[4..6], &self.day[6..]);
        let end = Timestamp::parse(&format!("{y}-{m}-{d}T23:59:59Z")).map_err(|e| DbError::Schema(format!("payload day {}: {e}", self.day)))?;
        tx.execute(sql(PUT).bind(self.tenant.as_str()).bind(&self.hash).bind(bytes).bind(end)).await.map(drop)
    }

    /// The bytes of its row.
    ///
    /// # Errors
    /// The database failed.
    pub async fn row(&self, tx: &mut Tx) -> Result<Option<Vec<u8>>, DbError> {
        tx.optional(sql(GET).bind(self.tenant.as_str()).bind(&self.hash)).await?.map(|row| row.get("bytes")).transpose()
    }
}

/// The payloads that runs refer to, each once.
///
/// # Errors
/// The database failed.
pub async fn references(tx: &mut Tx) -> Result<Vec<StoredPayload>, DbError> {
    let mut found = Vec::new();
    let mut rows = tx.all(sql(REFERENCES)).await?;
    // A backup of a release before this one is read before its schema is brought up to date.
    if tx.table_names().await?.iter().any(|name| name == "run_generations") {
        rows.extend(tx.all(sql(REFERENCES_OF_GENERATIONS)).await?);
    }
    for row in rows {
        let (tenant, stored): (String, String) = (row.get("tenant_id")?, row.get("stored")?);
        if let Some((day, hash)) = stored.strip_prefix('@').and_then(|s| s.split_once('/')) {
            found.extend(StoredPayload::parse(&format!("{day}/{tenant}/{hash}")));
        }
    }
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// The payload files below a directory, in order.
///
/// # Errors
/// The disk refused.
pub fn files(root: &Path) -> io::Result<Vec<StoredPayload>> {
    let mut found = Vec::new();
    for day in names(root)? {
        for tenant in names(&root.join(&day))? {
            let hashes = names(&root.join(&day).join(&tenant))?;
            found.extend(hashes.iter().filter_map(|hash| StoredPayload::parse(&format!("{day}/{tenant}/{hash}"))));
        }
    }
    found.sort_unstable();
    Ok(found)
}

fn names(dir: &Path) -> io::Result<Vec<String>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        // Retention removes whole days while we look.
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(e) => return Err(e),
    };
    entries.filter_map(|entry| entry.map(|e| e.file_name().into_string().ok()).transpose()).collect()
}

/// Turns the payload rows into files, for a database that will be an embedded one: a file for each day that runs name.
/// The rows go. Answers how many files are there for it.
///
/// # Errors
/// The database or the disk failed.
pub async fn rows_to_files(tx: &mut Tx, root: &Path) -> Result<u64, EngineError> {
    let mut written = 0;
    for payload in references(tx).await? {
        if let Some(bytes) = payload.row(tx).await? {
            payload.put_file(root, &bytes).map_err(EngineError::Payload)?;
            written += 1;
        }
    }
    tx.execute(sql(CLEAR)).await?;
    Ok(written)
}

/// Puts runs that some process held back into the queue, under a new epoch: in a copy nobody holds them.
///
/// # Errors
/// The database failed.
pub async fn let_go(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(sql(LET_GO).bind(now)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_payload_name_becomes_a_path() {
        let tenant = TenantId::generate();
        let good = format!("20300101/{tenant}/{}", "0a".repeat(32));
        assert_eq!(StoredPayload::parse(&good).map(|p| p.name()), Some(good.clone()));
        let hash = "0a".repeat(32);
        for bad in [format!("../{tenant}/{hash}"), format!("20300101/../{hash}"), format!("20300101/{tenant}/../x"), format!("/{good}"), format!("{good}/x"), good.to_uppercase()] {
            assert_eq!(StoredPayload::parse(&bad), None, "{bad}");
        }
    }
}
