//! Who is asking: API keys, and the extractor whose presence in a handler's arguments is the authorisation.

mod caller;
mod key;
mod keys;
mod model;
mod operator;
mod store;

#[cfg(test)]
mod tests;

pub use caller::Caller;
pub use key::{ApiKeyText, InvalidApiKey};
pub use keys::Keys;
pub use model::{NewApiKey, Role};
pub use operator::{Operator, OperatorOr};

pub(crate) use keys::create;
