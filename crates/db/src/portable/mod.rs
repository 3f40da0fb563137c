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

/// Tables that a copy leaves out: the schema's own record, which the migrations write, and the marks of a move.
pub(crate) fn is_ours(name: &str) -> bool {
    name != "schema_migrations" && !name.starts_with("move_") && !name.starts_with("sqlite_")
}

/// A name as both dialects quote it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
