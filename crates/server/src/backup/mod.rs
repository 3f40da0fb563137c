//! Backup and restore: the whole state of an installation in one file, and back into either database.
//!
//! The file holds rows in the portable form of `millrace_db::portable`, payload files and a manifest with a hash of
//! everything, so that a backup of one database can be restored on the other.

mod archive;
mod error;
mod keys;
mod limits;
mod manifest;
mod restore;
mod take;
mod verify;

#[cfg(test)]
mod tests;

pub use error::CopyError;
pub use manifest::{Header, KeysEntry, Manifest, PayloadsEntry, TableEntry};
pub use restore::{Restored, restore};
pub use take::{Taken, take};
pub use verify::verify;

pub(crate) use error::failed;
pub(crate) use keys::{MASTER_KEY, MASTER_KEY_SETTING, is_master_key_row};
pub(crate) use restore::{open_target, refuse_other_nodes};
