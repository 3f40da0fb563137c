//! One row of an answer, from either driver.

use millrace_clock::Timestamp;
use sqlx::Row as _;
use sqlx::postgres::{PgRow, Postgres};
use sqlx::sqlite::{Sqlite, SqliteRow};

use crate::DbError;

/// One row. Columns are read by name and checked when they are read.
#[derive(Debug)]
pub enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(Box<PgRow>),
}

impl Row {
    /// Reads a column: `String`, `i64`, `f64`, `bool`, `Vec<u8>`, an id type, or an `Option` of them.
    ///
    /// # Errors
    /// [`DbError::Column`] names the column when it is missing or holds another type.
    pub fn get<T>(&self, column: &str) -> Result<T, DbError>
    where
        T: for<'r> sqlx::Decode<'r, Sqlite> + sqlx::Type<Sqlite> + for<'r> sqlx::Decode<'r, Postgres> + sqlx::Type<Postgres>,
    {
        match self {
            Self::Sqlite(row) => row.try_get(column),
            Self::Postgres(row) => row.try_get(column),
        }
        .map_err(|e| DbError::Column { column: column.to_owned(), reason: e.to_string() })
    }

    /// Reads an instant stored as BIGINT microseconds.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn time(&self, column: &str) -> Result<Timestamp, DbError> {
        Ok(Timestamp::from_micros(self.get::<i64>(column)?))
    }

    /// Reads an instant that may be NULL.
    ///
    /// # Errors
    /// As [`Row::get`].
    pub fn time_opt(&self, column: &str) -> Result<Option<Timestamp>, DbError> {
        Ok(self.get::<Option<i64>>(column)?.map(Timestamp::from_micros))
    }

    /// Reads TEXT and parses it, for states and other closed vocabularies.
    ///
    /// # Errors
    /// [`DbError::Column`] with the parser's reason.
    pub fn parse<T: std::str::FromStr>(&self, column: &str) -> Result<T, DbError>
    where
        T::Err: std::fmt::Display,
    {
        let text: String = self.get(column)?;
        text.parse().map_err(|e: T::Err| DbError::Column { column: column.to_owned(), reason: e.to_string() })
    }

    /// Reads TEXT that is JSON.
    ///
    /// # Errors
    /// [`DbError::Column`] when it is not, or is not of this shape.
    pub fn json<T: serde::de::DeserializeOwned>(&self, column: &str) -> Result<T, DbError> {
        let text: String = self.get(column)?;
        serde_json::from_str(&text).map_err(|e| DbError::Column { column: column.to_owned(), reason: e.to_string() })
    }
}
