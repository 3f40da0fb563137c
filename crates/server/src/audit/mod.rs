//! Who changed what: rows that are only ever added, in one chain of hashes per workspace, with signed ends.
//!
//! A slice that changes something calls [`record()`] in the transaction of the change. Reading, exporting, signing, erasing
//! and dropping old rows are the business of this slice alone; what makes the log provable is in the crate `millrace-audit`.

mod action;
mod chain;
mod entry;
mod erase;
mod export;
mod filter;
mod http;
mod installation_http;
mod keys;
mod limits;
mod list;
mod of_workflow;
mod record;
pub(crate) mod retention;
mod store;
mod upkeep;

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod oversight_tests;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use entry::Entry;
pub use erase::erase_person;
pub use http::routes;
pub use keys::{SignerError, rotate};
pub use record::{INSTALLATION, record, record_alone};
pub(crate) use erase::forget_tenant;
pub(crate) use record::record_read;
pub(crate) use store::containing;
pub use upkeep::upkeep;
