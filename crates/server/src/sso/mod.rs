//! Signing in at an identity provider (OpenID Connect, authorization code with PKCE): the one of the installation, or a
//! workspace's own. A provider of a workspace is believed for addresses of domains that are verified as the workspace's, and
//! no others: its admin could make it say anything.

mod arrive;
mod discovery;
mod domains;
mod domains_http;
mod http;
mod limits;
mod model;
mod provider;
mod provider_http;
mod recheck;
mod sign_out;
mod state;
mod store;
mod token;

#[cfg(test)]
mod tests;

pub use discovery::Providers;

pub(crate) use provider::{end_all_sessions, entrance};
pub(crate) use recheck::recheck;

use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().merge(http::routes()).merge(sign_out::routes()).merge(provider_http::routes()).merge(domains_http::routes())
}
