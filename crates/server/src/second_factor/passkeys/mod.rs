//! Passkeys (WebAuthn, level 3): keys that live in a person's device, which opens them with a fingerprint, a face or a PIN.
//!
//! One counts as two factors: whoever has the device and can open it. So it stands beside a password as a second factor, and
//! signs in alone as well (`sign_in::passkey`). A key signs a question of ours, for this server's address only: a page
//! elsewhere gets nothing that is good here. Each question is good once, for minutes, and for what it was asked for.

mod answer;
mod http;
mod manage;
mod model;
mod question;
mod relying_party;
pub(super) mod store;

#[cfg(test)]
pub(crate) mod device;
#[cfg(test)]
mod tests;

pub(crate) use answer::{Claimed, PasskeyAnswer, claim, spend};
pub(crate) use model::{Question, QuestionAnswer};
pub(crate) use question::{Purpose, ask_anybody, ask_person, take};
pub(super) use http::{none, routes};
pub(super) use store::has_any;
