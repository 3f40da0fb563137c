//! Who changed what: rows that are only ever added, in one chain of hashes per workspace, with signed ends.
//!
//! A slice that changes something calls [`record()`] in the transaction of the change. Reading, exporting, signing, erasing
//! and dropping old rows are the business of this slice alone; what makes the log provable is in the crate `millrace-audit`.

mod action;
mod entry;
mod limits;
mod record;
mod store;

pub use action::Action;
pub use entry::Entry;
pub use record::{INSTALLATION, record, record_alone};
