//! Payload files of an embedded source: they become rows on PostgreSQL, or files beside another embedded database.

use std::collections::HashSet;

use millrace_db::Dialect;
use millrace_engine::carry;

use super::Ends;
use crate::backup::{CopyError, failed};

/// Which payload files have been carried over.
#[derive(Debug, Default)]
pub(super) struct Payloads(HashSet<String>);

/// Files written in one transaction of the target.
const BATCH: usize = 64;

impl Payloads {
    /// How many.
    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// Carries over what is new. A payload is on disk before a row names it, so that after a snapshot was copied all that
    /// it names is found here.
    pub(super) async fn carry(&mut self, ends: &Ends) -> Result<(), CopyError> {
        if ends.source.dialect() != Dialect::Sqlite {
            return Ok(());
        }
        let root = ends.source_data.join("payloads");
        let fresh: Vec<carry::StoredPayload> = carry::files(&root)?.into_iter().filter(|p| !self.0.contains(&p.name())).collect();
        for part in fresh.chunks(BATCH) {
            let mut tx = ends.target.begin().await?;
            for payload in part {
                let bytes = match std::fs::read(payload.path(&root)) {
                    Ok(bytes) => bytes,
                    // Retention removed its day.
                    Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                    Err(e) => return Err(e.into()),
                };
                payload.check(&bytes).map_err(|e| failed("PAYLOAD_DAMAGED", format!("{}: {e}", payload.path(&root).display())))?;
                match ends.target.dialect() {
                    Dialect::Postgres => payload.put_row(&mut tx, bytes).await?,
                    Dialect::Sqlite => payload.put_file(&ends.target_data.join("payloads"), &bytes)?,
                }
            }
            tx.commit().await?;
            self.0.extend(part.iter().map(carry::StoredPayload::name));
        }
        Ok(())
    }
}
