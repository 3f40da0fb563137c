//! The partner API: what programs of a workspace's partners may read with an API key, and nothing more. Flow 7.
//!
//! Every answer is counted and written to the audit log in batches: who of the keys asked what, how often, with which result.

mod access_log;
mod http;
mod model;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use access_log::AccessLog;
pub use http::routes;
pub use model::{Automation, AutomationVersion, NewAutomation, NewAutomationVersion};
pub use store::{bind, insert_automation, insert_version};

pub(crate) use access_log::keep_writing;
