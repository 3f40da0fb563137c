//! Which people belong to which workspaces, in which role. The row decides, on every request; no token ever does.

mod model;
mod store;

pub use model::{Membership, MembershipStatus, Place};

pub(crate) use store::{add, find, list_of_tenant, list_of_user, oldest_of_user, owners, remove, set_role, Listed};
