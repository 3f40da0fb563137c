//! Applications registered with providers: the platform's, developers' and organisations' own; which of them serves an
//! installation (`rule.rs`), what they may be used for, and whether they work.

mod admin_http;
pub mod byoo;
mod byoo_http;
mod check;
pub(crate) mod health;
mod http;
pub mod limits;
pub mod model;
pub mod rule;
pub mod service;
pub mod slot;
mod store;

#[cfg(test)]
mod tests;

pub use model::{App, Kind, Status};
pub use rule::Refusal;

use utoipa_axum::router::OpenApiRouter;

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<crate::app::App> {
    http::routes().merge(byoo_http::routes()).merge(admin_http::routes())
}

#[cfg(test)]
pub(crate) use health::look;
pub(crate) use health::watch;
