//! A tenant's credentials for services: kept sealed, shown never, renewed under one lock per connection.

mod check;
mod http;
mod limits;
mod memory;
mod model;
mod renew;
pub mod service;
mod store;

#[cfg(test)]
mod tests;

pub use http::routes;
pub use memory::Connections;
pub use model::{Connection, NewConnection, Status};
pub use renew::TenantConnection;
