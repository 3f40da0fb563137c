//! Signing up, in, and back in after a password was forgotten: with an address and a password; or in with a passkey.
//!
//! Unknown addresses are answered like wrong passwords, after the same work. Single sign-on is a slice of its own.

mod http;
mod login;
mod passkey;
mod reset;
mod reset_http;
mod signup;
mod verify;

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;

pub use http::routes;
