//! What a caller of the engine can act on.

use millrace_db::{DbError, Kind};

/// A refused or failed request to the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No such run for this tenant.
    #[error("no such run")]
    NotFound,
    /// The run's state does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// A payload is over its limit.
    #[error("a payload of {bytes} bytes is over the limit of {limit}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// The database is away; nothing was accepted. Try again.
    #[error("the database is not available")]
    Unavailable,
    /// This node lost its lease on the run: another node owns it now.
    #[error("another node owns the run")]
    Fenced,
    /// The node is stopping.
    #[error("the node is stopping")]
    Stopping,
    /// A large payload could not be written or read.
    #[error("payload store: {0}")]
    Payload(#[source] std::io::Error),
    /// The database refused.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl EngineError {
    /// What went wrong with the database, if it was the database.
    pub fn database_kind(&self) -> Option<Kind> {
        match self {
            Self::Db(e) => Some(e.kind()),
            Self::Unavailable => Some(Kind::Retry),
            Self::Payload(e) if e.kind() == std::io::ErrorKind::StorageFull => Some(Kind::Full),
            _ => None,
        }
    }
}
