//! Writing rows into tables whose shape is only known when it happens.

use super::read::placeholder;
use super::{Cell, PortableRow, Table, quoted};
use crate::{DbError, Dialect, Tx, Value};

/// Placeholders in one statement: SQLite takes 32,766, PostgreSQL 65,535.
const MAX_PLACES: usize = 30_000;
/// Rows in one statement: more gain nothing and make the text long.
const MAX_ROWS: usize = 500;

/// What to do when a key is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Present {
    Refuse,
    Replace,
}

impl Tx {
    /// Inserts rows of a table.
    ///
    /// # Errors
    /// A key is taken, a row refers to one that is not there, or the database failed.
    pub async fn insert_rows(&mut self, table: &Table, rows: &[PortableRow]) -> Result<(), DbError> {
        self.put(table, rows, Present::Refuse).await
    }

    /// Inserts rows of a table, or makes those with their keys equal to them.
    ///
    /// # Errors
    /// As [`Tx::insert_rows`]; the table has no primary key.
    pub async fn replace_rows(&mut self, table: &Table, rows: &[PortableRow]) -> Result<(), DbError> {
        if table.key.is_empty() {
            return Err(DbError::Schema(format!("table {} has no primary key", table.name)));
        }
        self.put(table, rows, Present::Replace).await
    }

    async fn put(&mut self, table: &Table, rows: &[PortableRow], present: Present) -> Result<(), DbError> {
        let at_once = (MAX_PLACES / table.columns.len().max(1)).clamp(1, MAX_ROWS);
        for part in rows.chunks(at_once) {
            let text = insert(self.dialect(), table, part.len(), present);
            let values = part.iter().flat_map(|row| table.columns.iter().zip(row).map(|(column, cell)| Cell::bound(cell, column.kind))).collect();
            self.run(text, values).await?;
        }
        Ok(())
    }

    /// Deletes the rows with these keys. Give a few hundred at once.
    ///
    /// # Errors
    /// Others refer to them, or the database failed.
    pub async fn delete_rows(&mut self, table: &Table, keys: &[PortableRow]) -> Result<(), DbError> {
        if keys.is_empty() {
            return Ok(());
        }
        let text = format!("DELETE FROM {} WHERE {}", quoted(&table.name), table.key_in(self.dialect(), keys.len()));
        self.run(text, table.bind_keys(keys)).await
    }

    /// Drops a table if it exists.
    ///
    /// # Errors
    /// Others refer to it, or the database failed.
    pub async fn drop_table(&mut self, name: &str) -> Result<(), DbError> {
        self.script(&format!("DROP TABLE IF EXISTS {}", quoted(name))).await
    }

    /// Runs statements whose text was made here, without placeholders. Never give it text from outside.
    ///
    /// # Errors
    /// The database refused or was lost.
    pub async fn script(&mut self, text: &str) -> Result<(), DbError> {
        let text = sqlx::AssertSqlSafe(text.to_owned());
        match self {
            Self::Sqlite(tx) => sqlx::raw_sql(text).execute(&mut **tx).await?.rows_affected(),
            Self::Postgres(tx) => sqlx::raw_sql(text).execute(&mut **tx).await?.rows_affected(),
            #[cfg(feature = "testing")]
            Self::Simulated(_) => return Err(crate::simulated::not_simulated()),
        };
        Ok(())
    }

    pub(crate) async fn run(&mut self, text: String, values: Vec<Value>) -> Result<(), DbError> {
        let text = sqlx::AssertSqlSafe(text);
        match self {
            Self::Sqlite(tx) => crate::tx::bind_sqlite(sqlx::query(text), values).persistent(false).execute(&mut **tx).await?.rows_affected(),
            Self::Postgres(tx) => crate::tx::bind_postgres(sqlx::query(text), values).persistent(false).execute(&mut **tx).await?.rows_affected(),
            #[cfg(feature = "testing")]
            Self::Simulated(_) => return Err(crate::simulated::not_simulated()),
        };
        Ok(())
    }
}

fn insert(dialect: Dialect, table: &Table, count: usize, present: Present) -> String {
    let names: Vec<String> = table.columns.iter().map(|c| quoted(&c.name)).collect();
    let width = names.len();
    let row = |n: usize| {
        let places: Vec<String> = table.columns.iter().enumerate().map(|(at, c)| placeholder(dialect, c.kind, n * width + at + 1)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..count).map(row).collect();
    let mut text = format!("INSERT INTO {} ({}) VALUES {}", quoted(&table.name), names.join(", "), rows.join(", "));
    if present == Present::Replace {
        let key: Vec<&str> = table.key.iter().map(|at| names[*at].as_str()).collect();
        let others: Vec<String> = names.iter().enumerate().filter(|(at, _)| !table.key.contains(at)).map(|(_, n)| format!("{n} = excluded.{n}")).collect();
        let act = if others.is_empty() { "NOTHING".to_owned() } else { format!("UPDATE SET {}", others.join(", ")) };
        text = format!("{text} ON CONFLICT ({}) DO {act}", key.join(", "));
    }
    text
}
