//! Workspaces, and the first start of an installation.

mod bootstrap;
mod model;
pub(crate) mod settings;
mod store;

#[cfg(test)]
mod tests;

pub use bootstrap::{Bootstrap, BootstrapError, BootstrapFile, bootstrap};
pub use model::Tenant;
