//! The database as one workspace may see it.

use crate::row_security::SETTING;
use crate::{Db, DbError, Dialect, Query, Row, Tx};

/// A way to the database on which PostgreSQL shows and takes the rows of one tenant only, whatever a statement says. On SQLite,
/// which has no such wall, it is the same as [`Db`].
#[derive(Debug, Clone)]
pub struct TenantDb {
    db: Db,
    tenant: String,
}

impl Db {
    /// The database as this tenant may see it.
    pub fn of(&self, tenant: &str) -> TenantDb {
        TenantDb { db: self.clone(), tenant: tenant.to_owned() }
    }
}

impl TenantDb {
    /// As [`Db::begin`], among this tenant's rows. The setting travels with BEGIN, so it costs no round trip, and ends with the
    /// transaction, so it never reaches who uses the connection next.
    ///
    /// # Errors
    /// No connection could be had in time.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        match self.db.begin_with(|| self.opening()).await? {
            Some(tx) => Ok(tx),
            None => self.db.begin().await,
        }
    }

    /// As [`Db::read`], among this tenant's rows.
    ///
    /// # Errors
    /// No connection could be had in time.
    pub async fn read(&self) -> Result<Tx, DbError> {
        match self.db.begin_with(|| self.opening()).await? {
            Some(tx) => Ok(tx),
            None => self.db.read().await,
        }
    }

    /// As [`Db::optional`], among this tenant's rows. PostgreSQL takes a transaction for it.
    ///
    /// # Errors
    /// The database refused or was lost.
    pub async fn optional(&self, query: Query) -> Result<Option<Row>, DbError> {
        match self.db.dialect() {
            Dialect::Sqlite => self.db.optional(query).await,
            Dialect::Postgres => self.read().await?.optional(query).await,
        }
    }

    /// The words that begin a transaction. Ids of tenants have letters, digits and underscores; nothing else becomes part of a
    /// statement, and in particular not the platform's `*`.
    fn opening(&self) -> Result<String, DbError> {
        let plain = !self.tenant.is_empty() && self.tenant.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !plain {
            return Err(DbError::Schema("this is not the id of a tenant".to_owned()));
        }
        Ok(format!("BEGIN; SET LOCAL {SETTING} = '{}'", self.tenant))
    }
}
