//! Rollouts: how a published version reaches the installations of its workflow, and how it is kept from those whom it would hurt.
//!
//! A sweep moves each installation once, in one transaction, with its configuration migrated (docs/decisions/0023). Runs never move: they
//! keep the version that they began with.

mod answer;
mod asked;
mod bucket;
mod control;
mod halt;
mod http;
mod installation_http;
pub mod limits;
mod mails;
pub mod model;
mod moving;
mod plan;
mod range;
mod reach;
mod rehearsal;
mod rehearsal_http;
mod script;
mod sealed;
pub mod service;
mod store;
mod sweep;
#[cfg(test)]
mod tests;

pub use http::routes;

pub(crate) use sweep::sweep;
