//! Why a server could not start.

use std::io;
use std::net::SocketAddr;

use millrace_connector::ConnectorInvalid;
use millrace_db::DbError;
use millrace_egress::EgressError;
use millrace_engine::EngineError;

use crate::secrets::KeyError;
use crate::tenants::BootstrapError;

/// Why a server could not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A setting cannot be used.
    #[error(transparent)]
    Config(#[from] crate::config::ConfigErrors),
    /// The address cannot be had.
    #[error("cannot listen on {0}: {1}. Is another server running there? Choose another with --listen")]
    Listen(SocketAddr, #[source] io::Error),
    /// The data folder cannot be used.
    #[error("cannot use the data folder {0}: {1}")]
    DataFolder(String, #[source] io::Error),
    /// The database cannot be opened or brought up to date.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The master key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The first workspace could not be made.
    #[error("first start: {0}")]
    Bootstrap(#[from] BootstrapError),
    /// The first person could not be made.
    #[error("the first person cannot be made: {0}")]
    FirstOwner(String),
    /// Outgoing requests cannot be set up.
    #[error(transparent)]
    Egress(#[from] EgressError),
    /// Mails cannot be sent as configured.
    #[error("mail: {0}")]
    Mail(String),
    /// Traces cannot be exported.
    #[error("traces cannot be exported: {0}")]
    Traces(String),
    /// A connector file cannot be used.
    #[error(transparent)]
    Connectors(#[from] ConnectorInvalid),
    /// Untrusted code cannot be isolated.
    #[error("the sandbox cannot start: {0}")]
    Sandbox(String),
    /// Walls around untrusted code are missing, and nobody said that they may be.
    #[error(
        "the kernel lacks walls around untrusted code: {missing} (Landlock: {landlock}). Use a kernel that has them, or accept it with MILLRACE_SANDBOX_ALLOW_MISSING={missing}"
    )]
    WallsMissing {
        /// Their names, divided by commas.
        missing: String,
        /// What Landlock said.
        landlock: String,
    },
    /// The engine could not take part.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Signals cannot be heard.
    #[error("cannot listen for signals: {0}")]
    Signals(#[source] io::Error),
}

impl ServeError {
    /// The stable code, for cases that an operator acts on.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::WallsMissing { .. } => "SANDBOX_LAYER_MISSING",
            Self::Database(DbError::Moved { .. }) => "DATABASE_MOVED",
            Self::Database(DbError::Unfinished { .. }) => "MOVE_UNFINISHED",
            Self::Database(DbError::TooNew { .. }) => "SCHEMA_TOO_NEW",
            Self::Database(DbError::InUse { .. }) => "DATABASE_IN_USE",
            _ => "SERVER_FAILED",
        }
    }
}
