//! What can go wrong with the database, told apart by what a caller may do about it.

use crate::{measure, stale};

/// What a caller may do about a failed statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The same transaction may succeed if tried again: connection lost, serialization failure, database busy or starting, a
    /// prepared statement that another release has made stale.
    Retry,
    /// A unique key is taken: someone else won, or the caller repeats itself.
    Unique,
    /// A row that must exist does not, or is still referred to.
    ForeignKey,
    /// There is no room: disk full or a quota of the database.
    Full,
    /// A stored value does not make sense.
    Corrupt,
    /// The data has moved to another database; this one takes no writes any more.
    Moved,
    /// Trying again will not help.
    Fatal,
}

/// A failed statement, connection or migration.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// The driver refused or failed.
    #[error("database: {0}")]
    Driver(#[source] sqlx::Error),
    /// A row holds something that the code cannot read.
    #[error("database row: column `{column}`: {reason}")]
    Column {
        /// The column's name.
        column: String,
        /// Why it could not be read.
        reason: String,
    },
    /// The schema is not what this version needs.
    #[error("database schema: {0}")]
    Schema(String),
    /// The database was made by a newer version that this one cannot work beside.
    #[error("the database has schema {database}, which works with versions from schema {needs} on; this version knows {known}. Start a newer version of Millrace on it")]
    TooNew {
        /// The newest migration of the database that stands in the way.
        database: i64,
        /// The oldest schema whose binaries may work beside it.
        needs: i64,
        /// The newest migration of this binary.
        known: u32,
    },
    /// The data has moved to another database.
    #[error("this database was moved to {to}; start the server on that one")]
    Moved {
        /// Where to, without a password.
        to: String,
    },
    /// A move into this database has not been finished.
    #[error("a move into this database from {from} was begun and not finished; run `millrace move` again")]
    Unfinished {
        /// Where from, without a password.
        from: String,
    },
    /// Another process holds the embedded database file.
    #[error("{path} is in use by another process (pid {holder}). An embedded database serves one process; use PostgreSQL (DATABASE_URL=postgres://…) for several nodes, or stop the other process")]
    InUse {
        /// The database file.
        path: String,
        /// The process that holds it, as far as known.
        holder: String,
    },
    /// The database could not be opened at all.
    #[error("cannot open the database: {0}")]
    Open(String),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        measure::failed(driver_kind(&error));
        if stale::is_stale(&error) {
            stale::distrust();
        }
        Self::Driver(error)
    }
}

impl DbError {
    /// What a caller may do about it.
    pub fn kind(&self) -> Kind {
        match self {
            Self::Driver(e) => driver_kind(e),
            Self::Column { .. } => Kind::Corrupt,
            Self::Moved { .. } => Kind::Moved,
            Self::Schema(_) | Self::TooNew { .. } | Self::Unfinished { .. } | Self::InUse { .. } | Self::Open(_) => Kind::Fatal,
        }
    }

    /// A unique key was taken.
    pub fn is_unique_violation(&self) -> bool {
        self.kind() == Kind::Unique
    }

    /// The same transaction may succeed if it is tried again.
    pub fn is_retryable(&self) -> bool {
        self.kind() == Kind::Retry
    }
}

fn driver_kind(error: &sqlx::Error) -> Kind {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => Kind::Retry,
        error if stale::is_stale(error) => Kind::Retry,
        sqlx::Error::Database(e) if e.is_unique_violation() => Kind::Unique,
        sqlx::Error::Database(e) if e.is_foreign_key_violation() => Kind::ForeignKey,
        sqlx::Error::Database(e) => code_kind(e.code().as_deref().unwrap_or_default(), e.message()),
        _ => Kind::Fatal,
    }
}

/// PostgreSQL: SQLSTATE (appendix A of its manual). SQLite: result codes (sqlite.org/rescode.html).
fn code_kind(code: &str, message: &str) -> Kind {
    match code {
        // The fence that a move leaves behind (`portable::fence`): our own SQLSTATE, and the words of SQLite's trigger.
        "MR001" => Kind::Moved,
        _ if message.contains("DATABASE_MOVED") => Kind::Moved,
        // Serialization failure, deadlock, lock not available, silent for too long within a transaction, too many connections,
        // admin/crash shutdown, cannot connect now.
        "40001" | "40P01" | "55P03" | "25P03" | "53300" | "57P01" | "57P02" | "57P03" => Kind::Retry,
        "53100" | "53200" => Kind::Full,
        // SQLite: BUSY 5 and its extensions, LOCKED 6; FULL 13.
        "5" | "6" | "261" | "517" | "773" => Kind::Retry,
        "13" => Kind::Full,
        "11" | "26" => Kind::Corrupt,
        // SQLite: CANTOPEN 14 and IOERR 10 with its extensions. The disk refused for now; the transaction was rolled back.
        _ if sqlite_primary(code).is_some_and(|c| c == 10 || c == 14) => Kind::Retry,
        _ if code.starts_with("08") => Kind::Retry,
        _ if message.contains("disk is full") || message.contains("No space left") => Kind::Full,
        _ => Kind::Fatal,
    }
}

/// SQLite's primary result code, the low byte of an extended one. SQLSTATEs have five characters.
fn sqlite_primary(code: &str) -> Option<u32> {
    let extended: u32 = code.parse().ok()?;
    (code.len() < 5).then_some(extended & 0xff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_tried_again() {
        // IOERR_WRITE, IOERR_FSYNC, CANTOPEN; a transaction that PostgreSQL ended because its client was silent.
        for code in ["778", "1034", "14", "25P03", "08006"] {
            assert_eq!(code_kind(code, ""), Kind::Retry, "{code}");
        }
        assert_eq!(code_kind("13", ""), Kind::Full);
        assert_eq!(code_kind("42P01", ""), Kind::Fatal);
        assert_eq!(code_kind("22014", ""), Kind::Fatal);
    }
}
