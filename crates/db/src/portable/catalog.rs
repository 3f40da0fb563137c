//! The shape of tables, from the database's own catalog.

use super::{CellKind, is_ours};
use crate::{DbError, Sql, Tx, sql};

/// One column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub kind: CellKind,
}

/// One table: columns in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns, generated ones left out.
    pub columns: Vec<Column>,
    /// Which columns are the primary key, in the key's order.
    pub key: Vec<usize>,
    /// Tables that its rows refer to.
    pub parents: Vec<String>,
}

impl Table {
    /// The names of its columns.
    pub fn column_names(&self) -> Vec<&str> {
        self.columns.iter().map(|c| c.name.as_str()).collect()
    }

    /// The position of a column.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|c| c.name == name)
    }
}

const TABLES: Sql = Sql::pair(
    "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
    "SELECT relname::text AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY 1",
);
const COLUMNS: Sql = Sql::pair(
    "SELECT name, type, pk FROM pragma_table_xinfo($1) WHERE hidden = 0 ORDER BY name",
    "SELECT a.attname::text AS name, format_type(a.atttypid, NULL) AS type, COALESCE((SELECT k.at FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at) \
       WHERE i.indrelid = a.attrelid AND i.indisprimary AND k.attnum = a.attnum), 0)::bigint AS pk \
     FROM pg_attribute a WHERE a.attrelid = to_regclass(quote_ident($1)) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attname::text COLLATE \"C\"",
);
const PARENTS: Sql = Sql::pair(
    "SELECT DISTINCT \"table\" AS parent FROM pragma_foreign_key_list($1)",
    "SELECT DISTINCT p.relname::text AS parent FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid WHERE k.contype = 'f' AND k.conrelid = to_regclass(quote_ident($1))",
);

impl Tx {
    /// All tables that hold data of the product, each after those that it refers to.
    ///
    /// # Errors
    /// The database failed, or a column has a type that the other database lacks.
    pub async fn tables(&mut self) -> Result<Vec<Table>, DbError> {
        let mut tables = Vec::new();
        for name in self.table_names().await?.into_iter().filter(|name| is_ours(name)) {
            tables.push(self.table(name).await?);
        }
        Ok(parents_first(tables))
    }

    /// The names of all tables.
    ///
    /// # Errors
    /// The database failed.
    pub async fn table_names(&mut self) -> Result<Vec<String>, DbError> {
        self.all(sql(TABLES)).await?.iter().map(|row| row.get("name")).collect()
    }

    /// The names of a table's columns; none if there is no such table.
    ///
    /// # Errors
    /// The database failed.
    pub async fn columns(&mut self, table: &str) -> Result<Vec<String>, DbError> {
        self.all(sql(COLUMNS).bind(table)).await?.iter().map(|row| row.get("name")).collect()
    }

    async fn table(&mut self, name: String) -> Result<Table, DbError> {
        let mut columns = Vec::new();
        let mut key: Vec<(i64, usize)> = Vec::new();
        for row in self.all(sql(COLUMNS).bind(&name)).await? {
            let (column, kind, pk): (String, String, i64) = (row.get("name")?, row.get("type")?, row.get("pk")?);
            if pk > 0 {
                key.push((pk, columns.len()));
            }
            columns.push(Column { kind: kind_of(&name, &column, &kind)?, name: column });
        }
        key.sort_unstable();
        let parents = self.all(sql(PARENTS).bind(&name)).await?.iter().map(|row| row.get("parent")).collect::<Result<_, _>>()?;
        Ok(Table { name, columns, key: key.into_iter().map(|(_, at)| at).collect(), parents })
    }
}

fn kind_of(table: &str, column: &str, kind: &str) -> Result<CellKind, DbError> {
    match kind.to_ascii_uppercase().as_str() {
        "INTEGER" | "INT" | "BIGINT" | "SMALLINT" => Ok(CellKind::Int),
        "BOOLEAN" => Ok(CellKind::Bool),
        "REAL" | "DOUBLE PRECISION" => Ok(CellKind::Float),
        "TEXT" => Ok(CellKind::Text),
        "BLOB" | "BYTEA" => Ok(CellKind::Bytes),
        other => Err(DbError::Schema(format!("column {table}.{column} has the type {other}, which has no portable form"))),
    }
}

/// Orders tables so that rows can be inserted one table after another; a circle keeps the order of names.
fn parents_first(mut waiting: Vec<Table>) -> Vec<Table> {
    let mut done: Vec<Table> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let ready = |t: &Table| t.parents.iter().all(|p| *p == t.name || done.iter().any(|d| d.name == *p) || !is_ours(p));
        let at = waiting.iter().position(ready).unwrap_or(0);
        let table = waiting.remove(at);
        done.push(table);
    }
    done
}
