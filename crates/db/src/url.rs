//! Which database: `sqlite://path` or `postgres://…`.

use std::path::PathBuf;
use std::str::FromStr;

/// A database address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// An embedded file.
    Sqlite(PathBuf),
    /// A PostgreSQL server, as libpq writes its address.
    Postgres(String),
}

/// The address names no database that we can open.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{0}` is not a database address: write sqlite://./data/millrace.db or postgres://user:password@host/name")]
pub struct InvalidDatabaseUrl(String);

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        if let Some(path) = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:")).filter(|p| !p.is_empty()) {
            return Ok(Self::Sqlite(PathBuf::from(path)));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        // The text may hold a password: name the scheme only.
        Err(InvalidDatabaseUrl(text.split(':').next().unwrap_or_default().chars().take(32).collect()))
    }
}

impl DatabaseUrl {
    /// The address without a password, for logs and health pages.
    pub fn redacted(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(url) => match (url.find("://"), url.rfind('@')) {
                (Some(scheme), Some(at)) => format!("{}://…{}", &url[..scheme], &url[at..]),
                _ => url.clone(),
            },
        }
    }
}
