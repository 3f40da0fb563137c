//! Turning row-level security on and off while servers work: one table at a time, each waiting for its own writers only.

use super::{Covered, MARK, POLICY, SINCE};
use crate::portable::quoted;
use crate::{Db, DbError, Dialect, Tx, sql};

/// A table's locks are waited for this long; others queue behind us meanwhile.
const BRIEFLY: &str = "SET LOCAL lock_timeout = '500ms'";
/// How often a busy table is tried, with a pause between.
const ATTEMPTS: u32 = 60;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(250);
/// Tables may be made while we work: those of the next day. More often than this nobody does.
const LOOKS: u32 = 5;

impl Db {
    /// Guards every table, or none. Broken off, it goes on where it stopped when it is called again.
    ///
    /// # Errors
    /// A table was busy all the time, the role does not own it, or there is no schema yet.
    pub async fn set_row_security(&self, on: bool) -> Result<(), DbError> {
        if self.dialect() != Dialect::Postgres {
            return Err(DbError::Schema("SQLite has no row-level security; one process serves one file".to_owned()));
        }
        let migrated = self.read().await?.applied().await?.iter().any(|m| m.number >= i64::from(SINCE));
        if !migrated {
            return Err(DbError::Schema(format!("row-level security needs schema {SINCE} or newer: start this version once")));
        }
        if on {
            // Before the first table is guarded: a binary that does not carry the setting must not start on it.
            mark(self, SINCE).await?;
        }
        for _ in 0..LOOKS {
            let mut left = self.read().await?.covered().await?;
            left.retain(|t| if on { !t.is_guarded() } else { t.forced || t.ours });
            if !on {
                left.reverse();
            }
            if left.is_empty() {
                return if on { Ok(()) } else { mark(self, 1).await };
            }
            for table in &left {
                patiently(self, table, on).await?;
            }
        }
        Err(DbError::Schema("tables are being made faster than they can be guarded; try again".to_owned()))
    }
}

async fn mark(db: &Db, compatible_from: u32) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    tx.execute(sql(MARK).bind(SINCE).bind(compatible_from)).await?;
    tx.commit().await
}

async fn patiently(db: &Db, table: &Covered, on: bool) -> Result<(), DbError> {
    for _ in 1..ATTEMPTS {
        match once(db, table, on).await {
            Err(error) if error.is_retryable() => tokio::time::sleep(PAUSE).await,
            done => return done,
        }
    }
    once(db, table, on).await
}

async fn once(db: &Db, table: &Covered, on: bool) -> Result<(), DbError> {
    let mut tx = db.begin().await?;
    tx.execute(sql(BRIEFLY)).await?;
    match (tx.covered().await?.iter().any(|t| t.name == table.name), on) {
        // A day's table that was dropped meanwhile.
        (false, _) => return Ok(()),
        (true, true) => tx.guard(table).await?,
        (true, false) => free(&mut tx, table).await?,
    }
    tx.commit().await
}

/// Takes what guards a table off it.
pub(super) async fn free(tx: &mut Tx, table: &Covered) -> Result<(), DbError> {
    let name = quoted(&table.name);
    tx.script(&format!("ALTER TABLE {name} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY; DROP POLICY IF EXISTS {POLICY} ON {name}")).await
}

impl Tx {
    /// Takes the policies off all tables of a database whose tables are about to be dropped: those of one table name another.
    ///
    /// # Errors
    /// The database refused or was lost.
    pub async fn drop_policies(&mut self) -> Result<(), DbError> {
        if self.dialect() != Dialect::Postgres {
            return Ok(());
        }
        self.script(&format!(
            "DO $$ DECLARE found record; BEGIN FOR found IN SELECT tablename FROM pg_policies WHERE schemaname = current_schema() AND policyname = '{POLICY}' \
             LOOP EXECUTE format('DROP POLICY {POLICY} ON %I', found.tablename); END LOOP; END $$"
        ))
        .await
    }
}
