//! What runs came to: figures, lists and exports for the workspace that wrote a workflow and for those that installed it.
//!
//! Nothing is counted while runs run: figures are read from the runs themselves, and once a day is over its roll-up is written
//! beside, which outlives them. The developer sees figures and error codes of all organisations; inputs, results, messages and
//! logs of another organisation's runs it never sees. Members of an organisation see their own. For everybody else there is
//! nothing. See docs/analytics.md.

mod audited;
mod declared;
mod execution;
mod export;
mod figures;
mod http;
pub mod limits;
mod message;
mod scope;
mod service;
mod store;
mod upkeep;
mod window;
mod workspace;

#[cfg(test)]
pub(crate) mod stage;
#[cfg(test)]
mod tests;

pub use audited::Audited;
pub use http::routes;

pub(crate) use declared::AuditDeclared;
pub(crate) use scope::find;
pub(crate) use upkeep::upkeep;
