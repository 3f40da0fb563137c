//! What people show besides a password: codes of an authenticator app (TOTP, RFC 6238), [passkeys], and recovery codes.
//!
//! A right password of somebody with a second factor begins no session but a [challenge](challenge): a token of five minutes
//! that a code or a passkey turns into one. Each code is good once. Recovery codes are made with the first factor, shown once,
//! kept as MACs. Whoever lost everything is helped by the operator ([reset]).

mod answer;
mod challenge;
mod codes;
mod confirm;
mod http;
pub mod limits;
mod manage;
mod model;
pub(crate) mod passkeys;
mod proof;
mod reset;
mod showing;
mod store;

#[cfg(test)]
mod asked_for_tests;
#[cfg(test)]
mod tests;

pub use answer::ChallengeAnswer;
pub use http::routes;

pub(crate) use answer::answer;
pub(crate) use challenge::{Challenge, begin};
pub(crate) use passkeys::PasskeyAnswer;
pub(crate) use proof::{Proof, fresh};
pub(crate) use store::{forget_challenges, is_enrolled, remove_all, sweep};
