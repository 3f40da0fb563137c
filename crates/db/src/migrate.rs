//! Migrations: plain SQL, forward only, the same numbers and names for both databases (`migrations/sqlite`, `migrations/postgres`).

use crate::{Db, DbError, Dialect, Tx, sql};

/// One numbered step in both dialects.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its number, from 1 without gaps.
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

const CREATE: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (number BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
const APPLIED: &str = "SELECT number, name FROM schema_migrations ORDER BY number";
const RECORD: &str = "INSERT INTO schema_migrations (number, name, applied_at) VALUES ($1, $2, $3)";
/// Nodes that start together migrate one after another; the number is ours alone ("millrace" in ASCII, shortened).
const LOCK: &str = "SELECT pg_advisory_xact_lock(1835625586)";

impl Db {
    /// Applies what is missing, all in one transaction.
    ///
    /// # Errors
    /// A step failed (nothing is applied then), or the database was made by a newer version of the product.
    pub async fn migrate(&self, now: millrace_clock::Timestamp) -> Result<(), DbError> {
        let mut tx = self.begin().await?;
        if self.dialect() == Dialect::Postgres {
            tx.execute(sql(LOCK)).await?;
        }
        tx.execute(sql(CREATE)).await?;
        let done = applied(&mut tx).await?;
        for step in embedded_migrations().iter().filter(|m| !done.contains(&i64::from(m.number))) {
            run_script(&mut tx, step).await?;
            tx.execute(sql(RECORD).bind(step.number).bind(step.name).bind(now)).await?;
            tracing::debug!(number = step.number, name = step.name, "migration applied");
        }
        tx.commit().await
    }
}

async fn applied(tx: &mut Tx) -> Result<Vec<i64>, DbError> {
    let mut done = Vec::new();
    for row in tx.all(sql(APPLIED)).await? {
        let (number, name): (i64, String) = (row.get("number")?, row.get("name")?);
        let known = embedded_migrations().iter().find(|m| i64::from(m.number) == number);
        // One version ahead is allowed to share the database during a rolling upgrade: its steps only add.
        match known {
            Some(m) if m.name != name => {
                return Err(DbError::Schema(format!("migration {number} is `{name}` in the database and `{}` in this version", m.name)));
            }
            _ => done.push(number),
        }
    }
    Ok(done)
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
