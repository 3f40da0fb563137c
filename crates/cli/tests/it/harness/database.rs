//! Which database a server of a test uses.

/// A database of one test's own.
#[derive(Debug, Clone)]
pub enum Database {
    /// The embedded file in the data directory: what a server uses unless told otherwise.
    Embedded,
    /// A database on the test run's own PostgreSQL server.
    Postgres(String),
}

impl Database {
    /// A fresh PostgreSQL database.
    pub async fn postgres() -> Self {
        Self::Postgres(millrace_db::testing::postgres_url().await)
    }

    /// Its address, if it is not the default.
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Embedded => None,
            Self::Postgres(url) => Some(url),
        }
    }
}
