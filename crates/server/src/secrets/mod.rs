//! Secrets at rest: envelope encryption bound to its place, and keyed derivation.

mod keyring;
mod master;
mod source;

#[cfg(test)]
mod tests;

pub use keyring::{Keyring, OpenError, Place};
pub use master::MasterKey;
pub use source::{KeyError, load};

pub(crate) use source::{check, write_private};
