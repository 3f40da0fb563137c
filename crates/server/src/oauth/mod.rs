//! Connecting an account by consent: OAuth 2 with authorisation code and PKCE (S256), there and back.
//!
//! Which app asks is `oauth_apps`' to say; what becomes of the tokens is `connections`'.

mod begin;
mod finish;
mod http;
pub mod limits;
mod state;
mod store;
pub(crate) mod trial;

#[cfg(test)]
mod tests;

pub use http::routes;
pub(crate) use store::sweep;
