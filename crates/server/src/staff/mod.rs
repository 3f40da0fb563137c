//! The operator's staff and their time-boxed looks into workspaces ("support access").
//!
//! A member of staff has no place in a workspace. To look into one they ask with a reason, get hours, and every request they
//! make there is written into the workspace's audit log before it is answered. The workspace sees the access and can end it.

mod http;
pub mod limits;
mod model;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use http::routes;
pub use model::SupportAccess;

pub(crate) use service::{enter, is_inside, roles};
pub(crate) use store::{end_all_of as end_support_of, is_admin};
