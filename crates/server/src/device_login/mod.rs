//! Signing in a device that has no browser of its own, such as a terminal (after RFC 8628): it asks for two codes, shows one to
//! the person, who allows it in a browser, and is handed a session for the other.
//!
//! Codes are kept as keyed hashes and are good once, for ten minutes. The person sees who asks and from where before deciding;
//! nothing of the session exists until the device fetches it.

mod code;
mod http;
pub mod limits;
mod model;
mod service;
mod store;

#[cfg(test)]
mod tests;

pub use http::routes;
