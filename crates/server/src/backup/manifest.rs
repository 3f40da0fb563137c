//! What a backup says of itself: a header at its beginning, a manifest with counts and hashes at its end.

use millrace_db::Applied;
use serde::{Deserialize, Serialize};

/// The version of the file format. A change that older readers would misread adds one.
pub(super) const FORMAT: u32 = 1;

/// The first entry: what a reader must know before the rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The version of the file format.
    pub format: u32,
    /// The product's version that wrote it.
    pub server_version: String,
    /// When, RFC 3339.
    pub created_at: String,
    /// Which database it was taken from: `sqlite` or `postgres`.
    pub database: String,
    /// The migrations of that database: number and name.
    pub schema: Vec<SchemaEntry>,
}

/// One migration of the database that was copied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SchemaEntry {
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: String,
}

impl Header {
    /// The number of the newest migration.
    pub fn schema_version(&self) -> i64 {
        self.schema.iter().map(|s| s.number).max().unwrap_or(0)
    }
}

impl From<&Applied> for SchemaEntry {
    fn from(applied: &Applied) -> Self {
        Self { number: applied.number, name: applied.name.clone() }
    }
}

/// The last entry: what must have been there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The header again.
    #[serde(flatten)]
    pub header: Header,
    /// Every table.
    pub tables: Vec<TableEntry>,
    /// Payload files.
    pub payloads: PayloadsEntry,
    /// Keys, if they are in the file.
    pub keys: Option<KeysEntry>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableEntry {
    /// Its name.
    pub name: String,
    /// How many rows.
    pub rows: u64,
    /// The sum of the rows' SHA-256 modulo 2^256, hex.
    pub sha256: String,
}

/// All payload files together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayloadsEntry {
    /// How many.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The sum of the SHA-256 of their names, which contain the hash of their content, modulo 2^256, hex.
    pub sha256: String,
}

/// The keys in the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysEntry {
    /// Where the master key was: `file` beside the embedded database, or `database`.
    pub source: String,
    /// Which files are there: name and SHA-256.
    pub files: Vec<(String, String)>,
}
