//! What workflows keep between runs: `storage` (JSON values) and `env.KV` (strings with a time to live).
//!
//! Both are isolated per workflow per tenant, in two separate key spaces. Every call runs in the transaction that journals
//! it, so an effect here happens exactly once.

pub mod limits;
pub mod store;
mod service;

#[cfg(test)]
mod tests;

pub use service::{Scope, perform};
