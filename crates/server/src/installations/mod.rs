//! Installations: a workflow at work in a workspace, with its inputs, connections and triggers.

mod answer;
mod change;
mod check;
mod connect;
mod deliver;
mod draft;
#[cfg(test)]
pub(crate) mod fixture;
pub mod format;
pub mod history;
mod http;
mod install;
pub mod limits;
pub mod link;
mod manual;
pub mod model;
mod revisions;
pub mod service;
mod snapshot;
mod store;
pub mod switch;
#[cfg(test)]
mod tests;

pub use http::routes;
pub use model::InstallationSnapshot;
pub use snapshot::Snapshots;
