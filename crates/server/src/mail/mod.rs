//! Mails to people: written in the transaction of what they are about, sent after it is committed.
//!
//! [`Mail::queue`] writes a row; a mail therefore exists exactly when its news does. A worker sends it (`worker.rs`), at least
//! once and in the ordinary case once. Where no SMTP server is configured, mails stay in this outbox and the API shows them.

mod forget;
mod http;
mod layout;
mod letter;
mod limits;
mod measure;
mod model;
mod outbox;
mod smtp;
mod store;
mod template;
mod worker;

#[cfg(test)]
mod tests;

pub use http::routes;
pub use model::State;
pub use outbox::Mail;
pub use template::{SecretLink, Template};

pub(crate) use forget::forget;
pub(crate) use measure::describe;
pub(crate) use smtp::Smtp;
pub(crate) use worker::start;
