//! Secrets at rest: envelope encryption bound to its place, keyed derivation, and changing the master key while everything works.

mod follow;
mod keyring;
mod limits;
mod master;
mod places;
mod rotation;
mod source;
mod store;
mod sweep;
mod wrapping;

#[cfg(test)]
mod rotation_tests;
#[cfg(test)]
mod tests;

pub use keyring::{Keyring, OpenError, Place};
pub use master::MasterKey;
pub use rotation::{KeyStatus, NodeStatus, RotationError, Status, rotate, status};
pub use source::{KeyError, load};
pub use wrapping::ServiceError;

pub(crate) use follow::{Follower, follow};
pub(crate) use rotation::counts;
pub(crate) use source::{check, write_private};
