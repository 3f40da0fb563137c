//! Variables and secrets of workflows: what their modules read as `env.NAME`, set by whoever deploys them.
//!
//! Plain ones are given to runs as they are; of a secret a run sees a placeholder, as of a secret input. Which variables there are
//! and what the plain ones say is pinned with the revision of the installation (docs/decisions/0020).

mod http;
pub mod limits;
pub mod model;
pub mod service;
mod store;

#[cfg(test)]
mod tests;

pub use http::routes;
