//! One SQL text, two drivers.
//!
//! Statements are constants in each slice's `store.rs`, written with `$1` placeholders and the types TEXT, BIGINT, DOUBLE,
//! BOOLEAN and bytes, and run through [`Tx`], which is the only two-armed match in the product. Where the dialects truly
//! differ, a store keeps two constants side by side in a [`Sql`].

mod error;
mod measure;
mod migrate;
mod open;
pub mod portable;
mod query;
mod row;
mod row_security;
#[cfg(feature = "testing")]
pub mod simulated;
mod stale;
#[cfg(feature = "testing")]
pub mod testing;
mod tenant;
mod tx;
mod url;

pub use error::{DbError, Kind};
pub use measure::describe as describe_metrics;
pub use migrate::{Applied, Migration, check as check_schema, embedded_migrations, newest as newest_migration};
pub use open::{Db, Dialect, Listener, Options, PoolUse};
pub use query::{Query, Sql, Value, sql};
pub use row::Row;
pub use row_security::RowSecurity;
pub use tenant::TenantDb;
pub use tx::Tx;
pub use url::{DatabaseUrl, InvalidDatabaseUrl};
