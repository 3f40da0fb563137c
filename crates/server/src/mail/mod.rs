//! Mails to people: written in the transaction of what they are about, sent after it is committed.
//!
//! [`Mail::queue`] writes a row; a mail therefore exists exactly when its news does. A worker sends it (`worker.rs`), at least
//! once and in the ordinary case once. Where no SMTP server is configured, mails stay in this outbox and the API shows them.

mod outbox;
mod store;
mod template;

pub use outbox::Mail;
pub use template::{SecretLink, Template};
