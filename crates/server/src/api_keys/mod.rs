//! API keys: made for programs, with scopes, shown once, checked on every request they make.

mod check;
mod model;
mod store;
mod text;

#[cfg(test)]
mod tests;

pub use check::{KeyError, Keys};
pub use model::NewApiKey;
pub use text::{ApiKeyText, InvalidApiKey};

pub(crate) use check::create;
