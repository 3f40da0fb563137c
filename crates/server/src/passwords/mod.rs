//! Passwords: which are good enough, how they are kept, how one is checked.
//!
//! Kept as Argon2id. Hashing is slow on purpose, so it happens beside the asynchronous work, and only so many at once.

mod common;
mod hash;
pub mod limits;
mod policy;

#[cfg(test)]
mod tests;

pub use hash::{Cost, Password, Passwords};
pub use policy::check;
