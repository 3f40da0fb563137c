//! The marketplace: what is shown of a workflow, and to whom; publishing, and what becomes of versions afterwards.

mod answer;
mod compare;
mod developer_http;
pub mod discount;
pub mod fork;
mod http;
pub mod limits;
pub mod lineage;
mod lineage_http;
pub mod model;
pub mod publish;
mod review_http;
mod rollout;
pub mod service;
mod sketch;
mod stated;
mod store;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod fork_tests;
mod versions;

pub use answer::{ListingAnswer, access_list};
pub use http::routes;
pub use model::{CredentialMode, Listing, ListingStatus, Standing, Visibility};
pub use sketch::Sketch;
