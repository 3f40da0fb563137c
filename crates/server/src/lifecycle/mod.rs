//! How workspaces and people leave: for a while (suspended), with a way back (deactivated), for good (deleted, erased).
//!
//! A closed workspace lets nobody in and begins nothing: sessions, keys and webhooks are refused, schedules skip, queued and
//! sleeping runs stay where they are, and runs in memory leave it before their next effect (`tenants::Closed`).

mod erase;
mod http;
pub mod limits;
mod model;
mod people;
mod people_http;
mod purge;
mod store;
mod workspaces;

#[cfg(test)]
mod people_tests;
#[cfg(test)]
mod tests;

pub use http::routes;
pub use model::TenantStatus;

pub(crate) use purge::purge_due;
