//! People: one row per e-mail address, whatever number of workspaces they belong to; and the tokens that are mailed to them.

mod email;
mod http;
pub mod limits;
pub(crate) mod links;
mod model;
mod store;
pub(crate) mod tokens;
pub(crate) mod verification;

pub use email::{EmailAddress, InvalidEmail, invalid_email};
pub use http::routes;
pub use model::{AuthProvider, NewUser, UserRecord, UserStatus};

pub(crate) use store::{claim_invited, find, find_by_email, find_by_identity, insert, link, lock, set_password, take_over, touch_login, update_active_tenant, verify};
