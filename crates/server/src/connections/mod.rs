//! A tenant's credentials for services: kept sealed, shown never, renewed under one lock per connection.

mod check;
mod http;
mod limits;
mod memory;
mod minted;
mod model;
mod renew;
pub mod service;
mod store;

#[cfg(test)]
mod tests;

/// Why a connection is unavailable when it is our own database that is away: worth asking again.
pub(crate) const DATABASE_AWAY: &str = "the database does not answer";

pub use http::routes;
pub(crate) use http::ConnectionView;
pub use memory::Connections;
pub use minted::{Grant, keep, minted, of_app};
pub use model::{Connection, NewConnection, Origin, Source, Status};
pub use renew::TenantConnection;
