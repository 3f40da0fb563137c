//! The product: its slices, the HTTP API, and the bridge that performs what runs ask for.
//!
//! One folder per noun. `model.rs` has types and pure rules, `store.rs` the SQL, `service.rs` the use cases and all that
//! other slices may call, `http.rs` the routes. [`app::App`] is what they share; [`serve()`] starts everything.

pub mod access;
pub mod ai;
pub mod alerts;
pub mod analytics;
pub mod api_keys;
pub mod app;
pub mod approvals;
pub mod audit;
pub mod backup;
pub mod config;
pub mod connections;
pub mod connectors;
pub mod device_login;
pub mod doctor;
pub mod events;
pub mod http;
pub mod identity;
pub mod installations;
pub mod invitations;
pub mod lifecycle;
pub mod mail;
pub mod marketplace;
pub mod memberships;
pub mod metering;
pub mod moving;
pub mod news;
pub mod oauth;
pub mod oauth_apps;
pub mod observe;
pub mod partner;
pub mod passwords;
#[cfg(test)]
mod peers;
pub mod perform;
pub mod quotas;
pub mod rate_limits;
pub mod rollouts;
pub mod row_security;
pub mod runs;
pub mod second_factor;
pub mod secrets;
pub mod security_events;
mod serve;
pub mod sessions;
pub mod sign_in;
pub mod sso;
pub mod staff;
pub mod stage;
pub mod storage;
pub mod system;
pub mod tenants;
pub mod triggers;
pub mod users;
pub mod variables;
pub mod web;
mod words;
pub mod workflows;

// What commands that work on a database directly need of the crates below.
pub use millrace_clock::{Clock, Timestamp};
pub use millrace_db::DatabaseUrl;
pub use millrace_egress as egress;
pub use millrace_connector as connector;
pub use serve::{ServeError, Server, first_owner, serve};
