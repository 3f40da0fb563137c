//! Which database.

use std::path::Path;
use std::time::Duration;

use millrace_db::DatabaseUrl;

use super::ServeOptions;
use super::reader::Reader;

/// Which database, and how it is reached.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// Its address.
    pub url: DatabaseUrl,
    /// Connections of this node.
    pub connections: u32,
    /// How long to keep trying at start while a PostgreSQL server comes up.
    pub start_patience: Duration,
}

impl DatabaseConfig {
    pub(super) fn read(read: &mut Reader<'_>, options: &ServeOptions, data_dir: &Path) -> Self {
        let embedded = DatabaseUrl::Sqlite(data_dir.join("millrace.db"));
        // The one name without our prefix, as hosts set it; under the other name it would be ignored, and an empty embedded
        // database opened instead.
        if read.text("MILLRACE_DATABASE_URL").is_some() {
            read.refuse("MILLRACE_DATABASE_URL", "is not a setting: the database is named by DATABASE_URL");
        }
        let url = match options.database_url.clone().or_else(|| read.text("DATABASE_URL")) {
            None => embedded,
            Some(text) => text.parse().unwrap_or_else(|error: millrace_db::InvalidDatabaseUrl| {
                read.refuse("DATABASE_URL", error.to_string());
                embedded
            }),
        };
        Self {
            url,
            // PostgreSQL allows 100 connections by default: six nodes fit.
            connections: read.number("MILLRACE_DATABASE_CONNECTIONS", 16, 2..=200),
            // A database container beside ours usually needs 5 to 20 s for its first start.
            start_patience: Duration::from_secs(read.number("MILLRACE_DATABASE_PATIENCE_S", 60, 0..=3_600)),
        }
    }

    /// Whether it is the embedded database.
    pub fn is_embedded(&self) -> bool {
        matches!(self.url, DatabaseUrl::Sqlite(_))
    }
}
