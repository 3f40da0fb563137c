//! Who is asking: people by their sessions, programs by API keys, and the extractors whose presence in a handler's arguments is the authorisation.

mod actor;
mod caller;
mod key;
mod keys;
mod model;
mod operator;
mod store;
mod user;

#[cfg(test)]
mod tests;

pub use actor::Actor;
pub use caller::Caller;
pub use key::{ApiKeyText, InvalidApiKey};
pub use keys::Keys;
pub use model::{NewApiKey, Role};
pub use operator::Operator;
pub use user::{Administrator, Member, UnverifiedUser, User};

pub(crate) use keys::create;
