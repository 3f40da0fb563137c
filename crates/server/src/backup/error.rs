//! Why a copy of a database was not made.

use std::io;

use millrace_db::DbError;
use millrace_engine::EngineError;

/// Why a backup, a restore or a move was not made. Nothing half-made is left behind as if it were whole.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct CopyError {
    /// Stable code; each has a page in `docs/errors/`.
    pub code: &'static str,
    /// What happened.
    pub what: String,
    /// What to do about it.
    pub fix: Option<String>,
}

/// A failure with this code.
pub(crate) fn failed(code: &'static str, what: impl Into<String>) -> CopyError {
    CopyError { code, what: what.into(), fix: None }
}

impl CopyError {
    /// Says what to do about it.
    #[must_use]
    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

impl From<DbError> for CopyError {
    fn from(error: DbError) -> Self {
        let code = match &error {
            DbError::InUse { .. } => "DATABASE_IN_USE",
            DbError::TooNew { .. } => "SCHEMA_TOO_NEW",
            DbError::Moved { .. } => "DATABASE_MOVED",
            DbError::Unfinished { .. } => "MOVE_UNFINISHED",
            other if other.is_retryable() => "DATABASE_UNAVAILABLE",
            _ => "COPY_FAILED",
        };
        failed(code, error.to_string())
    }
}

impl From<EngineError> for CopyError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Db(error) => error.into(),
            other => failed("COPY_FAILED", other.to_string()),
        }
    }
}

impl From<io::Error> for CopyError {
    fn from(error: io::Error) -> Self {
        failed("COPY_FAILED", error.to_string())
    }
}
