//! Reading whole tables, batch by batch, in one transaction.

use futures::TryStreamExt as _;

use super::{Cell, CellKind, Digest, PortableRow, Table, line, quoted};
use crate::{DbError, Dialect, Row, Tx};

/// A batch is handed on at this many rows…
const BATCH_ROWS: usize = 500;
/// …or this many bytes, whichever comes first.
const BATCH_BYTES: usize = 4 * 1024 * 1024;

impl Table {
    fn select(&self, dialect: Dialect) -> String {
        let columns: Vec<String> = self.columns.iter().map(|c| shown(dialect, &c.name, c.kind)).collect();
        format!("SELECT {} FROM {}", columns.join(", "), quoted(&self.name))
    }

    /// The key's columns, in brackets if there are several.
    fn key_list(&self) -> String {
        let names: Vec<String> = self.key.iter().map(|at| quoted(&self.columns[*at].name)).collect();
        if names.len() == 1 { names[0].clone() } else { format!("({})", names.join(", ")) }
    }

    fn key_order(&self) -> String {
        self.key.iter().map(|at| quoted(&self.columns[*at].name)).collect::<Vec<_>>().join(", ")
    }

    /// The key of a row.
    pub fn key_of(&self, row: &[Cell]) -> PortableRow {
        self.key.iter().map(|at| row[*at].clone()).collect()
    }

    /// `key IN (VALUES …)` for `count` keys.
    pub(super) fn key_in(&self, dialect: Dialect, count: usize) -> String {
        let rows: Vec<String> = (0..count).map(|n| format!("({})", self.key_places(dialect, n * self.key.len()))).collect();
        format!("{} IN (VALUES {})", self.key_list(), rows.join(", "))
    }

    fn key_places(&self, dialect: Dialect, from: usize) -> String {
        let places: Vec<String> = self.key.iter().enumerate().map(|(n, at)| placeholder(dialect, self.columns[*at].kind, from + n + 1)).collect();
        places.join(", ")
    }

    pub(super) fn bind_keys(&self, keys: &[PortableRow]) -> Vec<crate::Value> {
        keys.iter().flat_map(|key| self.key.iter().zip(key).map(|(at, cell)| cell.bound(self.columns[*at].kind))).collect()
    }
}

fn shown(dialect: Dialect, name: &str, kind: CellKind) -> String {
    let name = quoted(name);
    match (dialect, kind) {
        (Dialect::Postgres, CellKind::Bool) => format!("{name}::int::bigint AS {name}"),
        (Dialect::Postgres, CellKind::Int) => format!("{name}::bigint AS {name}"),
        (Dialect::Postgres, CellKind::Float) => format!("{name}::double precision AS {name}"),
        _ => name,
    }
}

/// A placeholder that takes a portable value for a column of this kind.
pub(super) fn placeholder(dialect: Dialect, kind: CellKind, number: usize) -> String {
    match (dialect, kind) {
        (Dialect::Postgres, CellKind::Bool) => format!("(${number}::bigint <> 0)"),
        (Dialect::Postgres, CellKind::Int) => format!("${number}::bigint"),
        (Dialect::Postgres, CellKind::Float) => format!("${number}::double precision"),
        (Dialect::Postgres, CellKind::Text) => format!("${number}::text"),
        (Dialect::Postgres, CellKind::Bytes) => format!("${number}::bytea"),
        // In order and without a name: SQLite looks named ones up one by one, which makes a statement of thousands crawl.
        (Dialect::Sqlite, _) => "?".to_owned(),
    }
}

fn cell<'r, R>(row: &'r R, at: usize, kind: CellKind) -> Result<Cell, sqlx::Error>
where
    R: sqlx::Row,
    usize: sqlx::ColumnIndex<R>,
    Option<i64>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<f64>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    Option<Vec<u8>>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    Ok(match kind {
        CellKind::Int | CellKind::Bool => row.try_get::<Option<i64>, _>(at)?.map_or(Cell::Null, Cell::Int),
        CellKind::Float => row.try_get::<Option<f64>, _>(at)?.map_or(Cell::Null, Cell::Float),
        CellKind::Text => row.try_get::<Option<String>, _>(at)?.map_or(Cell::Null, Cell::Text),
        CellKind::Bytes => row.try_get::<Option<Vec<u8>>, _>(at)?.map_or(Cell::Null, Cell::Bytes),
    })
}

fn portable(table: &Table, row: &Row) -> Result<PortableRow, DbError> {
    let read = |(at, column): (usize, &super::Column)| match row {
        Row::Sqlite(row) => cell(row, at, column.kind),
        Row::Postgres(row) => cell(row.as_ref(), at, column.kind),
    };
    Ok(table.columns.iter().enumerate().map(read).collect::<Result<_, _>>()?)
}

impl Tx {
    /// Hands on all rows of a table in the order of its key, those above `after` if given, in batches of bounded size.
    ///
    /// # Errors
    /// The database failed, or `sink` did.
    pub async fn each_batch<E, F>(&mut self, table: &Table, after: Option<&[Cell]>, mut sink: F) -> Result<(), E>
    where
        E: From<DbError>,
        F: AsyncFnMut(Vec<PortableRow>) -> Result<(), E>,
    {
        let dialect = self.dialect();
        let mut text = table.select(dialect);
        let mut values = Vec::new();
        if let Some(after) = after {
            let places = table.key_places(dialect, 0);
            let places = if table.key.len() == 1 { places } else { format!("({places})") };
            text = format!("{text} WHERE {} > {places}", table.key_list());
            values = table.bind_keys(&[after.to_vec()]);
        }
        if !table.key.is_empty() {
            text = format!("{text} ORDER BY {}", table.key_order());
        }
        let mut rows = self.stream(text, values);
        let (mut batch, mut bytes) = (Vec::new(), 0);
        while let Some(row) = rows.try_next().await? {
            let row = portable(table, &row)?;
            bytes += row.iter().map(Cell::size).sum::<usize>();
            batch.push(row);
            if batch.len() >= BATCH_ROWS || bytes >= BATCH_BYTES {
                bytes = 0;
                sink(std::mem::take(&mut batch)).await?;
            }
        }
        if batch.is_empty() { Ok(()) } else { sink(batch).await }
    }

    /// The rows with these keys; keys without a row are left out. Give a few hundred at once.
    ///
    /// # Errors
    /// The database failed.
    pub async fn rows_of(&mut self, table: &Table, keys: &[PortableRow]) -> Result<Vec<PortableRow>, DbError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let dialect = self.dialect();
        let text = format!("{} WHERE {}", table.select(dialect), table.key_in(dialect, keys.len()));
        let mut rows = self.stream(text, table.bind_keys(keys));
        let mut found = Vec::new();
        while let Some(row) = rows.try_next().await? {
            found.push(portable(table, &row)?);
        }
        Ok(found)
    }

    /// The number of a table's rows.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count(&mut self, table: &Table) -> Result<u64, DbError> {
        let mut rows = self.stream(format!("SELECT count(*) AS n FROM {}", quoted(&table.name)), Vec::new());
        let row = rows.try_next().await?.ok_or(DbError::Driver(sqlx::Error::RowNotFound))?;
        Ok(u64::try_from(row.get::<i64>("n")?).unwrap_or(0))
    }

    /// Number and hash of the rows of a table that `counts` lets in.
    ///
    /// # Errors
    /// The database failed.
    pub async fn digest(&mut self, table: &Table, mut counts: impl FnMut(&PortableRow) -> bool) -> Result<Digest, DbError> {
        let mut digest = Digest::default();
        self.each_batch(table, None, async |rows: Vec<PortableRow>| {
            for row in rows.iter().filter(|row| counts(row)) {
                digest.add(&line(row));
            }
            Ok::<(), DbError>(())
        })
        .await?;
        Ok(digest)
    }

    fn stream(&mut self, text: String, values: Vec<crate::Value>) -> futures::stream::BoxStream<'_, Result<Row, DbError>> {
        match self {
            Self::Sqlite(tx) => Box::pin(crate::tx::bind_sqlite(sqlx::query(sqlx::AssertSqlSafe(text)), values).persistent(false).fetch(&mut **tx).map_ok(Row::Sqlite).map_err(DbError::from)),
            Self::Postgres(tx) => Box::pin(
                crate::tx::bind_postgres(sqlx::query(sqlx::AssertSqlSafe(text)), values).persistent(false).fetch(&mut **tx).map_ok(|r| Row::Postgres(Box::new(r))).map_err(DbError::from),
            ),
            #[cfg(feature = "testing")]
            Self::Simulated(_) => Box::pin(futures::stream::once(async { Err(crate::simulated::not_simulated()) })),
        }
    }
}
