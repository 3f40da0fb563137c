//! Who may use a workflow that is not everybody's: grants, access codes, and the one decision that every door asks.
//!
//! [`rule::decide`] is pure. Doors give it facts that [`facts`] reads; [`enforce`] acts when facts change under what is installed.

mod code;
mod enforce;
mod facts;
#[cfg(test)]
pub(crate) mod fixture;
mod granted;
mod granted_http;
mod grants;
mod http;
pub mod limits;
#[cfg(test)]
mod matrix;
pub mod model;
mod redeem;
pub mod rule;
pub mod service;
mod stated;
mod stated_codes;
mod store;
#[cfg(test)]
mod granted_tests;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use http::install_url;
pub use http::routes;
pub use model::{Asker, Decision, Denied, Grant, GrantKind, Reason, Via};
pub use stated::{StatedGrant, stated_grants};
pub use stated_codes::{LISTS, seal_codes, without_codes};
