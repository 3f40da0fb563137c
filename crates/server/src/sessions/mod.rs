//! Where people are signed in: one row per device, short access tokens that reflect it, rotating refresh tokens, cookies.
//!
//! An access token is an EdDSA JWT of 15 minutes; the row is authoritative and read on every request, with a memory of a
//! second that a revocation on the same node empties at once. A refresh token is good once; see [`refresh`] for what happens
//! to one that comes a second time.

mod authenticate;
pub mod cookies;
mod facts;
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

pub use authenticate::{SessionCaller, authenticate};
pub use http::routes;
pub use memory::Sessions;
pub use model::{Facts, Method, RevokedReason, Started};

pub(crate) use model::NewSession;
pub(crate) use service::{access_token, revoke_all_in, start, started, switch_in};
