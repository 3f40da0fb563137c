//! What happened to security: sign-ins, and what was refused. A workspace's administrators see what concerns it, people what
//! concerns their account, staff everything.
//!
//! Unlike the audit log it tells of what was prevented too, and it may be forgotten.

mod http;
mod limits;
mod model;
mod store;

#[cfg(test)]
mod tests;

pub use http::routes;
pub use model::{Event, Kind, Noted};

pub(crate) use store::{forget, forget_person, record, record_event};
