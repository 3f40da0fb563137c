//! Triggers for a move: they note which rows change while a database is copied, and at the end they refuse every write.
//!
//! Both work inside the database, so they hold for every process that uses it, of whatever version, at every moment.

use super::{Cell, PortableRow, Table, quoted};
use crate::{DbError, Dialect, Sql, Tx, sql};

/// A row that changed, by its key.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its place in the log, to forget it by.
    pub n: i64,
    /// The table.
    pub table: String,
    /// The row's key.
    pub key: PortableRow,
}

const LOG: Sql = Sql::pair(
    "CREATE TABLE IF NOT EXISTS move_changes (n INTEGER PRIMARY KEY, table_name TEXT NOT NULL, row_key TEXT NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS move_changes (n BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, table_name TEXT NOT NULL, row_key TEXT NOT NULL)",
);
const CHANGES: &str = "SELECT n, table_name, row_key FROM move_changes ORDER BY n";
const FORGET: Sql = Sql::pair(
    "DELETE FROM move_changes WHERE n IN (SELECT value FROM json_each($1))",
    "DELETE FROM move_changes WHERE n = ANY(ARRAY(SELECT json_array_elements_text($1::json)::bigint))",
);

impl Tx {
    /// Makes the log of changes. Call it before [`Tx::capture`].
    ///
    /// # Errors
    /// The database refused.
    pub async fn make_change_log(&mut self) -> Result<(), DbError> {
        self.execute(sql(LOG)).await.map(drop)
    }

    /// From the commit on, every change of a row of this table is noted. Done twice, it changes nothing.
    ///
    /// # Errors
    /// The database refused.
    pub async fn capture(&mut self, table: &Table) -> Result<(), DbError> {
        let text = match self.dialect() {
            Dialect::Sqlite => capture_sqlite(table),
            Dialect::Postgres => capture_postgres(table),
        };
        self.script(&text).await
    }

    /// What has been noted.
    ///
    /// # Errors
    /// The database failed.
    pub async fn changes(&mut self) -> Result<Vec<Change>, DbError> {
        let rows = self.all(sql(CHANGES)).await?;
        let read = |row: &crate::Row| {
            let key: String = row.get("row_key")?;
            Ok(Change { n: row.get("n")?, table: row.get("table_name")?, key: super::parse_line(&key)? })
        };
        rows.iter().map(read).collect()
    }

    /// Removes notes that were dealt with.
    ///
    /// # Errors
    /// The database failed.
    pub async fn forget_changes(&mut self, changes: &[Change]) -> Result<(), DbError> {
        for part in changes.chunks(5_000) {
            let list = serde_json::json!(part.iter().map(|c| c.n).collect::<Vec<_>>()).to_string();
            self.execute(sql(FORGET).bind(list)).await?;
        }
        Ok(())
    }

    /// Keeps all writers off these tables until this transaction ends. SQLite's writing transaction does so by itself.
    ///
    /// # Errors
    /// The locks were not to be had soon; try again.
    pub async fn lock_tables(&mut self, tables: &[Table]) -> Result<(), DbError> {
        if self.dialect() == Dialect::Postgres {
            let names: Vec<String> = tables.iter().map(|t| quoted(&t.name)).collect();
            self.script(&format!("SET LOCAL lock_timeout = '3s'; LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE", names.join(", "))).await?;
        }
        Ok(())
    }

    /// From the commit on, every write to these tables fails as [`crate::Kind::Moved`].
    ///
    /// # Errors
    /// The database refused.
    pub async fn fence(&mut self, tables: &[Table]) -> Result<(), DbError> {
        let text: Vec<String> = match self.dialect() {
            Dialect::Sqlite => tables.iter().flat_map(|t| ["INSERT", "UPDATE", "DELETE"].map(|what| fence_sqlite(t, what))).collect(),
            Dialect::Postgres => std::iter::once(FENCE_FUNCTION.to_owned()).chain(tables.iter().map(fence_postgres)).collect(),
        };
        self.script(&text.join(";\n")).await
    }

    /// Removes everything that a move put into its source: fence, triggers and log.
    ///
    /// # Errors
    /// The database refused.
    pub async fn lift_fence(&mut self, tables: &[Table]) -> Result<(), DbError> {
        for table in tables {
            let text = match self.dialect() {
                Dialect::Sqlite => sqlite_triggers(table).map(|name| format!("DROP TRIGGER IF EXISTS {}", quoted(&name))).join(";"),
                Dialect::Postgres => {
                    let (name, function) = (quoted(&table.name), quoted(&format!("move_log_{}", table.name)));
                    format!("DROP TRIGGER IF EXISTS move_log ON {name}; DROP TRIGGER IF EXISTS move_fence ON {name}; DROP FUNCTION IF EXISTS {function}()")
                }
            };
            self.script(&text).await?;
        }
        if self.dialect() == Dialect::Postgres {
            self.script("DROP FUNCTION IF EXISTS move_fence()").await?;
        }
        self.drop_table("move_changes").await
    }
}

fn key(table: &Table, of: &str, make: &str) -> String {
    let parts: Vec<String> = table.key.iter().map(|at| format!("{of}.{}", quoted(&table.columns[*at].name))).collect();
    format!("{make}({})", parts.join(", "))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn sqlite_triggers(table: &Table) -> [String; 6] {
    let name = |what: &str| format!("move_{what}_{}", table.name);
    ["log_INSERT", "log_UPDATE", "log_DELETE", "fence_INSERT", "fence_UPDATE", "fence_DELETE"].map(name)
}

fn capture_sqlite(table: &Table) -> String {
    let (old, new, name) = (key(table, "OLD", "json_array"), key(table, "NEW", "json_array"), literal(&table.name));
    let note = |key: &str| format!("INSERT INTO move_changes (table_name, row_key) SELECT {name}, {key}");
    let trigger = |what: &str, body: String| {
        let trigger = quoted(&format!("move_log_{what}_{}", table.name));
        format!("CREATE TRIGGER IF NOT EXISTS {trigger} AFTER {what} ON {} BEGIN {body}; END;", quoted(&table.name))
    };
    let update = format!("{}; {} WHERE {old} <> {new}", note(&old), note(&new));
    [trigger("INSERT", note(&new)), trigger("UPDATE", update), trigger("DELETE", note(&old))].join("\n")
}

fn capture_postgres(table: &Table) -> String {
    let (old, new, name) = (key(table, "OLD", "jsonb_build_array"), key(table, "NEW", "jsonb_build_array"), literal(&table.name));
    let function = quoted(&format!("move_log_{}", table.name));
    let note = |key: &str| format!("INSERT INTO move_changes (table_name, row_key) VALUES ({name}, {key}::text)");
    format!(
        "CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $move$ BEGIN \
           IF TG_OP <> 'INSERT' THEN {}; END IF; \
           IF TG_OP = 'INSERT' THEN {}; ELSIF TG_OP = 'UPDATE' THEN IF {old} <> {new} THEN {}; END IF; END IF; \
           RETURN NULL; END $move$; \
         CREATE OR REPLACE TRIGGER move_log AFTER INSERT OR UPDATE OR DELETE ON {} FOR EACH ROW EXECUTE FUNCTION {function}()",
        note(&old),
        note(&new),
        note(&new),
        quoted(&table.name)
    )
}

fn fence_sqlite(table: &Table, what: &str) -> String {
    let trigger = quoted(&format!("move_fence_{what}_{}", table.name));
    format!("CREATE TRIGGER IF NOT EXISTS {trigger} BEFORE {what} ON {} BEGIN SELECT RAISE(ABORT, 'DATABASE_MOVED'); END", quoted(&table.name))
}

const FENCE_FUNCTION: &str = "CREATE OR REPLACE FUNCTION move_fence() RETURNS trigger LANGUAGE plpgsql AS $move$ BEGIN RAISE EXCEPTION 'DATABASE_MOVED' USING ERRCODE = 'MR001'; END $move$";

fn fence_postgres(table: &Table) -> String {
    format!("CREATE OR REPLACE TRIGGER move_fence BEFORE INSERT OR UPDATE OR DELETE ON {} FOR EACH STATEMENT EXECUTE FUNCTION move_fence()", quoted(&table.name))
}

/// Keys without repeats, in the order of their first appearance, for one table.
pub fn keys_of(changes: &[Change], table: &str) -> Vec<PortableRow> {
    let mut seen = std::collections::HashSet::new();
    changes.iter().filter(|c| c.table == table && seen.insert(super::line(&c.key))).map(|c| c.key.clone()).collect::<Vec<Vec<Cell>>>()
}
