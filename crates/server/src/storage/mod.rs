//! What workflows keep between runs: `storage` (JSON values) and `env.KV` (strings with a time to live).
//!
//! Both are isolated per workflow per tenant, in two separate key spaces. Every call runs in the transaction that journals
//! it, so an effect here happens exactly once.

mod http;
pub mod limits;
mod scope;
mod scope_store;
mod service;
pub mod store;

#[cfg(test)]
mod tests;

pub use http::routes;
pub use scope::{Sizes, clear, forget};
pub use service::{Scope, perform};
