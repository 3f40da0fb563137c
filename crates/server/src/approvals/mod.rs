//! Requests for a person's decision: a run that calls `approval()` waits until somebody decides, or until its time is up.

mod http;
mod model;
pub mod service;
mod store;

pub use http::routes;
pub use model::{Approval, Status};
