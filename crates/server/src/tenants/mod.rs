//! Workspaces: making them, choosing one, their settings; and the first start of an installation.

mod bootstrap;
mod closed;
mod create;
mod http;
mod model;
mod service;
pub(crate) mod settings;
mod settings_http;
mod slug;
mod store;

#[cfg(test)]
mod flow_tests;
#[cfg(test)]
mod tests;

pub use bootstrap::{Bootstrap, BootstrapError, BootstrapFile, bootstrap};
pub(crate) use bootstrap::first_tenant;
pub use closed::Closed;
pub use http::routes;
pub use model::{AuthMode, Kind, Settings, Tenant};
pub use slug::Slug;

pub(crate) use service::{auth_mode, by_slug, settings as workspace_settings};
