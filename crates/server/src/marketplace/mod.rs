//! The marketplace: what is shown of a workflow, and to whom.

pub mod model;
pub mod service;
mod store;

pub use model::{CredentialMode, Listing, ListingStatus, Visibility};
