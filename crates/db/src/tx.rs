//! A transaction on either driver. Dropped without [`Tx::commit`], it is rolled back.

use sqlx::postgres::{PgArguments, Postgres};
use sqlx::sqlite::{Sqlite, SqliteArguments};

use crate::{DbError, Dialect, Query, Row, Value};

/// An open transaction; the only way to run a statement.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(sqlx::Transaction<'static, Postgres>),
    /// In a simulation.
    #[cfg(feature = "testing")]
    Simulated(crate::simulated::SimulatedTx),
}

pub(crate) type SqliteQuery = sqlx::query::Query<'static, Sqlite, SqliteArguments>;
pub(crate) type PostgresQuery = sqlx::query::Query<'static, Postgres, PgArguments>;

pub(crate) fn sqlite_query(query: Query) -> SqliteQuery {
    bind_sqlite(sqlx::query(query.sql.sqlite), query.values)
}

pub(crate) fn postgres_query(query: Query) -> PostgresQuery {
    bind_postgres(sqlx::query(query.sql.postgres), query.values)
}

pub(crate) fn bind_sqlite(mut q: SqliteQuery, values: Vec<Value>) -> SqliteQuery {
    for value in values {
        q = match value {
            Value::Text(v) => q.bind(v),
            Value::Int(v) => q.bind(v),
            Value::Float(v) => q.bind(v),
            Value::Bool(v) => q.bind(v),
            Value::Bytes(v) => q.bind(v),
        };
    }
    q
}

pub(crate) fn bind_postgres(mut q: PostgresQuery, values: Vec<Value>) -> PostgresQuery {
    for value in values {
        q = match value {
            Value::Text(v) => q.bind(v),
            Value::Int(v) => q.bind(v),
            Value::Float(v) => q.bind(v),
            Value::Bool(v) => q.bind(v),
            Value::Bytes(v) => q.bind(v),
        };
    }
    q
}

impl Tx {
    /// Which dialect this transaction speaks.
    pub fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
            #[cfg(feature = "testing")]
            Self::Simulated(_) => Dialect::Postgres,
        }
    }

    /// Runs a statement; answers the number of rows it changed.
    ///
    /// # Errors
    /// The database refused or was lost.
    pub async fn execute(&mut self, query: Query) -> Result<u64, DbError> {
        #[cfg(feature = "testing")]
        crate::testing::note(query.sql.text(self.dialect()));
        Ok(match self {
            Self::Sqlite(tx) => sqlite_query(query).execute(&mut **tx).await?.rows_affected(),
            Self::Postgres(tx) => postgres_query(query).execute(&mut **tx).await?.rows_affected(),
            #[cfg(feature = "testing")]
            Self::Simulated(tx) => tx.execute(query)?,
        })
    }

    /// Runs a statement and answers its rows. Bound the number of rows in the statement itself.
    ///
    /// # Errors
    /// The database refused or was lost.
    pub async fn all(&mut self, query: Query) -> Result<Vec<Row>, DbError> {
        #[cfg(feature = "testing")]
        crate::testing::note(query.sql.text(self.dialect()));
        Ok(match self {
            Self::Sqlite(tx) => sqlite_query(query).fetch_all(&mut **tx).await?.into_iter().map(Row::Sqlite).collect(),
            Self::Postgres(tx) => {
                postgres_query(query).fetch_all(&mut **tx).await?.into_iter().map(|r| Row::Postgres(Box::new(r))).collect()
            }
            #[cfg(feature = "testing")]
            Self::Simulated(tx) => tx.all(query)?,
        })
    }

    /// Runs a statement and answers its first row, if any.
    ///
    /// # Errors
    /// The database refused or was lost.
    pub async fn optional(&mut self, query: Query) -> Result<Option<Row>, DbError> {
        #[cfg(feature = "testing")]
        crate::testing::note(query.sql.text(self.dialect()));
        Ok(match self {
            Self::Sqlite(tx) => sqlite_query(query).fetch_optional(&mut **tx).await?.map(Row::Sqlite),
            Self::Postgres(tx) => postgres_query(query).fetch_optional(&mut **tx).await?.map(|r| Row::Postgres(Box::new(r))),
            #[cfg(feature = "testing")]
            Self::Simulated(tx) => tx.optional(query)?,
        })
    }

    /// Runs a statement that always answers one row.
    ///
    /// # Errors
    /// The database refused, was lost, or answered no row.
    pub async fn one(&mut self, query: Query) -> Result<Row, DbError> {
        self.optional(query).await?.ok_or(DbError::Driver(sqlx::Error::RowNotFound))
    }

    /// Makes the transaction durable.
    ///
    /// # Errors
    /// The outcome is unknown when the connection is lost here: the caller reads back before it tries again.
    pub async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
            #[cfg(feature = "testing")]
            Self::Simulated(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Gives the transaction up.
    ///
    /// # Errors
    /// The connection was lost; the database rolls back by itself then.
    pub async fn rollback(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.rollback().await?,
            Self::Postgres(tx) => tx.rollback().await?,
            #[cfg(feature = "testing")]
            Self::Simulated(tx) => drop(tx),
        }
        Ok(())
    }
}
