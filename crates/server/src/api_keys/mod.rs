//! API keys: made by people for programs, with scopes, shown once, checked on every request they make. See `docs/api-keys.md`.

mod check;
mod http;
pub mod limits;
mod model;
mod service;
mod store;
mod text;

#[cfg(test)]
mod tests;

pub use check::{KeyError, Keys};
pub use http::routes;
pub use model::{ApiKey, KeyGrant, NewApiKey};
pub use text::{ApiKeyText, InvalidApiKey};

pub(crate) use check::insert;
