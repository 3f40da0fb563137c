//! Where people are signed in: one row per device, short access tokens that reflect it, rotating refresh tokens, cookies.
//!
//! An access token is an EdDSA JWT of 15 minutes; the row is authoritative and read on every request, with a memory of a
//! second that a revocation on the same node empties at once. A refresh token is good once; see [`refresh`] for what happens
//! to one that comes a second time.

mod answer;
mod authenticate;
mod begin;
pub mod cookies;
mod http;
mod jwt;
pub mod limits;
mod memory;
mod model;
mod refresh;
mod refresh_token;
mod service;
mod signing;
mod store;

#[cfg(test)]
mod tests;

pub use answer::{ProgramSignInAnswer, SignInAnswer, WorkspaceEntry};
pub use authenticate::{SessionCaller, authenticate, is_ours};
pub use begin::Next;
pub use http::routes;
pub use memory::Sessions;
pub use model::{Facts, Method, RevokedReason, Started};

pub(crate) use answer::{answer, answer_to_program};
pub(crate) use authenticate::{email_not_verified, sso_required, still, suspended, workspace_denied};
pub(crate) use begin::{Opened, begin};
pub(crate) use model::BY_PROVIDER;
#[cfg(test)]
pub(crate) use model::NewSession;
#[cfg(test)]
pub(crate) use service::start;
pub(crate) use service::{
    access_token, confirm, end_by_provider, ended_everywhere_since, inherit_proof, provider, revoke_all_in, revoke_of_provider, revoke_one_in, set_provider, set_second_factor, started, sweep, switch_in,
    user_of_provider_session,
};
