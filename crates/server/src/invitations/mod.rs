//! Invitations into a workspace: a link in a mail, good once, for a week. Nobody is a member before it is accepted.

mod accept;
mod accept_http;
mod http;
mod limits;
mod model;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use http::routes;
pub use model::{Invitation, InvitationStatus};

pub(crate) use accept::{accept_in, by_token, complete_verified, good, single_for};
pub(crate) use service::over;
