//! What a workspace may use at most, so that one of them never costs another anything.
//!
//! Counting is done in memory: rates by a bucket per workspace on each node, the queue by grants, each of which rests on one
//! bounded count in the database. Of many runs one pays for a statement; a webhook pays for none. Bytes are measured beside.

mod bucket;
mod bytes;
pub mod limits;
mod http;
mod model;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use bytes::Kept;
pub use http::routes;
pub use model::{Limits, Use};
pub use service::Quotas;
