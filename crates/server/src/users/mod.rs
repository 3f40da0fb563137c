//! People: one row per e-mail address, whatever number of workspaces they belong to.

mod email;
mod model;
mod store;

pub use email::{EmailAddress, InvalidEmail};
pub use model::{AuthProvider, NewUser, UserRecord, UserStatus};

pub(crate) use store::{find, find_by_email, insert, set_name, set_password, touch_login, update_active_tenant, verify};
