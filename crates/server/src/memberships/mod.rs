//! Which people belong to which workspaces, in which role. The row decides, on every request; no token ever does.

mod deactivate;
mod http;
mod model;
mod service;
mod store;

pub use http::routes;
pub use model::{Membership, MembershipStatus, Place};

pub(crate) use store::{add, find, list_of_user, managers, owner_addresses, owners};
