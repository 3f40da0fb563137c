//! Migrations: plain SQL, forward only, the same numbers and names for both databases (`migrations/sqlite`, `migrations/postgres`).

use crate::{Db, DbError, Dialect, Tx, sql};

/// One numbered step in both dialects.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number; numbers rise.
    pub number: u32,
    /// Its name, the same in both folders.
    pub name: &'static str,
    /// The text for SQLite.
    pub sqlite: &'static str,
    /// The text for PostgreSQL.
    pub postgres: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// All migrations built into this binary, in order.
pub fn embedded_migrations() -> &'static [Migration] {
    MIGRATIONS
}

const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL, compatible_from BIGINT)";
/// Databases of the first release lack the column; their binaries never look at it.
const ADD_COMPATIBLE: &str = "ALTER TABLE schema_migrations ADD COLUMN compatible_from BIGINT";
const APPLIED: &str = "SELECT * FROM schema_migrations ORDER BY number";
const RECORD: &str = "INSERT INTO schema_migrations (number, name, applied_at, compatible_from) VALUES ($1, $2, $3, $4)";
/// Nodes that start together migrate one after another; the number is ours alone ("millrace" in ASCII, shortened).
const LOCK: &str = "SELECT pg_advisory_xact_lock(1835625586)";
/// A migration may state the oldest schema whose binaries can work beside it: `-- compatible-from: 4`.
const MARK: &str = "-- compatible-from:";

impl Migration {
    /// The oldest schema whose binaries can work on a database with this migration. Migrations only add, so a binary that
    /// does not know one works beside it, unless the migration says otherwise in its text.
    pub fn compatible_from(&self) -> u32 {
        let stated = self.postgres.lines().find_map(|line| line.strip_prefix(MARK)?.trim().parse().ok());
        stated.unwrap_or(1)
    }
}

/// One migration that a database records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// The oldest schema whose binaries can work beside it; a binary that did not know the rule recorded nothing.
    pub compatible_from: i64,
}

impl Db {
    /// Applies what is missing, all in one transaction.
    ///
    /// # Errors
    /// A step failed (nothing is applied then), or the database was made by a newer version of the product that this one
    /// cannot work beside.
    pub async fn migrate(&self, now: millrace_clock::Timestamp) -> Result<(), DbError> {
        self.migrate_to(u32::MAX, now).await
    }

    /// Applies what is missing up to this number, for tests of an upgrade from there.
    ///
    /// # Errors
    /// As [`Db::migrate`].
    pub async fn migrate_to(&self, last: u32, now: millrace_clock::Timestamp) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        tx.migrate_to(last.min(newest()), now).await?;
        tx.commit().await
    }
}

/// The number of the newest migration in this binary.
pub fn newest() -> u32 {
    MIGRATIONS.last().map_or(0, |m| m.number)
}

impl Tx {
    /// Applies what is missing up to a number, within this transaction; on PostgreSQL new tables are guarded as the others are.
    ///
    /// # Errors
    /// As [`Db::migrate`].
    pub async fn migrate_to(&mut self, number: u32, now: millrace_clock::Timestamp) -> Result<(), DbError> {
        if self.dialect() == Dialect::Postgres {
            self.execute(sql(LOCK)).await?;
        }
        let columns = self.columns("schema_migrations").await?;
        if columns.is_empty() {
            self.execute(sql(CREATE)).await?;
        } else if !columns.iter().any(|c| c == "compatible_from") {
            self.execute(sql(ADD_COMPATIBLE)).await?;
        }
        let done = self.applied().await?;
        check(&done, newest())?;
        for step in MIGRATIONS.iter().filter(|m| m.number <= number && !done.iter().any(|d| d.number == i64::from(m.number))) {
            run_script(self, step).await?;
            self.execute(sql(RECORD).bind(step.number).bind(step.name).bind(now).bind(step.compatible_from())).await?;
            tracing::debug!(number = step.number, name = step.name, "migration applied");
        }
        if self.dialect() == Dialect::Postgres {
            self.guard_new_tables(done.is_empty()).await?;
        }
        Ok(())
    }

    /// The migrations that the database records; none where there is no record.
    ///
    /// # Errors
    /// The database failed.
    pub async fn applied(&mut self) -> Result<Vec<Applied>, DbError> {
        let columns = self.columns("schema_migrations").await?;
        if columns.is_empty() {
            return Ok(Vec::new());
        }
        let rule = columns.iter().any(|c| c == "compatible_from");
        let read = |row: &crate::Row| {
            let compatible: Option<i64> = if rule { row.get("compatible_from")? } else { None };
            Ok(Applied { number: row.get("number")?, name: row.get("name")?, compatible_from: compatible.unwrap_or(1) })
        };
        self.all(sql(APPLIED)).await?.iter().map(read).collect()
    }
}

/// Whether a binary whose newest migration is `known` can work on a database that records these. Pure.
///
/// # Errors
/// [`DbError::TooNew`], or a migration has another name here than there.
pub fn check(done: &[Applied], known: u32) -> Result<(), DbError> {
    for applied in done {
        match MIGRATIONS.iter().find(|m| m.number <= known && i64::from(m.number) == applied.number) {
            Some(m) if m.name != applied.name => {
                return Err(DbError::Schema(format!("migration {} is `{}` in the database and `{}` in this version", applied.number, applied.name, m.name)));
            }
            // One version ahead shares the database during a rolling upgrade: its steps only add.
            None if applied.compatible_from > i64::from(known) => {
                return Err(DbError::TooNew { database: applied.number, needs: applied.compatible_from, known });
            }
            _ => {}
        }
    }
    Ok(())
}

async fn run_script(tx: &mut Tx, step: &Migration) -> Result<(), DbError> {
    let failed = |e: sqlx::Error| DbError::Schema(format!("migration {} ({}): {e}", step.number, step.name));
    match tx {
        Tx::Sqlite(tx) => sqlx::raw_sql(step.sqlite).execute(&mut **tx).await.map_err(failed)?.rows_affected(),
        Tx::Postgres(tx) => sqlx::raw_sql(step.postgres).execute(&mut **tx).await.map_err(failed)?.rows_affected(),
        // A simulation's storage is born migrated.
        #[cfg(feature = "testing")]
        Tx::Simulated(_) => 0,
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn applied(number: i64, name: &str, compatible_from: i64) -> Applied {
        Applied { number, name: name.to_owned(), compatible_from }
    }

    #[test]
    fn a_newer_schema_is_judged_by_what_it_says_of_older_binaries() {
        let first = applied(1, "engine", 1);
        assert!(check(&[first.clone(), applied(2, "tenants", 1), applied(9, "more", 1)], 2).is_ok(), "additive: N-1 works on");
        assert!(check(&[first.clone(), applied(9, "other", 2)], 2).is_ok(), "N-1 is named as compatible");
        assert!(matches!(check(&[first, applied(9, "other", 3)], 2), Err(DbError::TooNew { database: 9, needs: 3, known: 2 })));
        assert!(matches!(check(&[applied(1, "another", 1)], 2), Err(DbError::Schema(_))));
    }

    crate::on_both! {
        async fn a_database_of_the_first_release_gets_the_column_and_nodes_that_start_together_agree(db: TestDb) {
            let mut tx = db.begin().await.unwrap();
            tx.script("DROP TABLE schema_migrations").await.unwrap();
            tx.script("CREATE TABLE schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)").await.unwrap();
            for m in embedded_migrations() {
                tx.execute(sql("INSERT INTO schema_migrations (number, name, applied_at) VALUES ($1, $2, 0)").bind(m.number).bind(m.name)).await.unwrap();
            }
            tx.commit().await.unwrap();
            let now = millrace_clock::Timestamp::default();
            let all = futures::future::join_all((0..4).map(|_| db.migrate(now))).await;
            assert!(all.iter().all(Result::is_ok), "{all:?}");
            let mut tx = db.begin().await.unwrap();
            assert_eq!(tx.applied().await.unwrap().len(), embedded_migrations().len());
            // A later release was here.
            tx.execute(sql(RECORD).bind(900i64).bind("later").bind(now).bind(1i64)).await.unwrap();
            tx.commit().await.unwrap();
            db.migrate(now).await.unwrap();
            let mut tx = db.begin().await.unwrap();
            tx.execute(sql("UPDATE schema_migrations SET compatible_from = 899 WHERE number = 900")).await.unwrap();
            tx.commit().await.unwrap();
            assert!(matches!(db.migrate(now).await, Err(DbError::TooNew { database: 900, .. })));
        }
    }
}
