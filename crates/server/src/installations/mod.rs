//! Installations: a workflow at work in a workspace, with its inputs, connections and triggers.

mod activate;
mod answer;
mod change;
mod check;
mod connect;
mod defaults;
mod deliver;
mod draft;
#[cfg(test)]
pub(crate) mod fixture;
pub mod format;
pub mod history;
mod hook_store;
mod hooks;
mod http;
mod install;
#[cfg(test)]
mod life_tests;
#[cfg(test)]
mod picker_tests;
pub mod limits;
pub mod link;
mod manual;
pub mod model;
mod onboarding;
mod onboarding_http;
mod onboarding_store;
mod pickers;
mod revisions;
pub mod service;
mod snapshot;
#[cfg(test)]
pub(crate) mod stand_in;
mod store;
pub mod switch;
#[cfg(test)]
mod tests;
mod uninstall;
mod validate;

pub use hooks::Bell;
pub use http::routes;
pub use model::InstallationSnapshot;
pub use snapshot::Snapshots;
