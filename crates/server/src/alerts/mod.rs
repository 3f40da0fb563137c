//! Alerts: rules about how a workflow's runs end, and who is told when one begins or ceases to hold.
//!
//! A rule is its publisher's, about the runs of all organisations, or that of a workspace that installed the workflow, about its
//! own. A module states rules in `metadata.alerts`; a deploy makes them the publisher's. One look each minute reads all rules that
//! are due in a statement or two, and only while there are rules; which node looks is decided by taking the rule's next turn.
//! A rule's change of state and what is sent about it are one transaction. See docs/alerts.md.

mod channel;
mod condition;
mod declared;
mod deliver;
mod draft;
mod http;
pub mod limits;
mod look;
mod model;
mod reading;
mod service;
mod store;
mod tell;

#[cfg(test)]
mod tests;

pub use http::routes;

pub(crate) use declared::declare;
pub(crate) use look::keep_looking;
pub(crate) use store::forget;
