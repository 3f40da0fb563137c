//! Opens the database, waiting for a PostgreSQL server that is still starting.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use millrace_db::{Db, DbError, Options};

use super::{ServeError, limits};
use crate::config::DatabaseConfig;
use crate::row_security;

/// Makes the data folder, for its owner only: it holds keys.
pub(crate) fn prepare_folder(path: &Path) -> Result<(), ServeError> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|e| ServeError::DataFolder(path.display().to_string(), e))
}

/// What is to be said about the wall between workspaces inside the database.
pub(super) async fn walls(db: &Db) -> Result<Option<String>, DbError> {
    let found = db.read().await?.row_security().await?;
    let warning = found.as_ref().and_then(row_security::warning);
    if let Some(warning) = &warning {
        tracing::warn!("{warning}");
    }
    Ok(warning)
}

/// What waiting cannot cure: a wrong password, a database that nobody has made, a server that is too old.
const HOPELESS: [&str; 6] = ["password authentication failed", "does not exist", "no pg_hba.conf entry", "too old", "invalid", "permission denied"];

pub(crate) async fn open(config: &DatabaseConfig) -> Result<Db, ServeError> {
    let shown = config.url.redacted();
    let started = Instant::now();
    // Short attempts, so that what is wrong is said soon; the pool's own patience is for later.
    let quick = Options { connections: config.connections, acquire: Duration::from_secs(10) };
    let mut said = false;
    loop {
        let error = match Db::open(&config.url, &quick).await {
            Ok(db) => return Ok(db),
            Err(error) => error,
        };
        if config.is_embedded() || is_hopeless(&error) || started.elapsed() >= config.start_patience {
            return Err(ServeError::Database(explain(error, &shown)));
        }
        if !said {
            said = true;
            tracing::warn!(database = shown, %error, "the database does not answer yet; waiting up to {} s", config.start_patience.as_secs());
        }
        tokio::time::sleep(limits::DATABASE_PAUSE).await;
    }
}

fn is_hopeless(error: &DbError) -> bool {
    let text = error.to_string();
    HOPELESS.iter().any(|mark| text.contains(mark))
}

fn explain(error: DbError, shown: &str) -> DbError {
    match error {
        DbError::Open(reason) => DbError::Open(format!("{shown}: {reason}")),
        other => other,
    }
}
