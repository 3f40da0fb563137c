//! Tables as data: their shape from the catalog, their rows in one form that both databases share.
//!
//! Backup, restore and move copy whole databases without knowing what a table is for. Columns are kept in the order of
//! their names and truth values as 0 and 1, so that a row looks the same wherever it lies, and so does its hash.

mod capture;
mod catalog;
mod cell;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use capture::{Change, keys_of};
pub use catalog::{Column, Table};
pub use cell::{Cell, CellKind, Digest, Row as PortableRow, line, parse_line};

/// Tables that a move makes and removes again.
pub const MOVE_TABLES: [&str; 3] = ["move_changes", "move_mark", "move_progress"];

/// The record of the schema, which migrations write themselves.
pub const SCHEMA_TABLE: &str = "schema_migrations";

/// Whether a table holds data of the product, which a copy must hold too.
pub(crate) fn is_ours(name: &str) -> bool {
    name != SCHEMA_TABLE && !MOVE_TABLES.contains(&name) && !name.starts_with("sqlite_")
}

/// A name as both dialects quote it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
