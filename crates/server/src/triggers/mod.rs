//! Triggers: what starts runs, and the addresses that providers call.

pub mod fresh;
mod http;
mod intake;
pub mod limits;
pub mod model;
mod register;
pub mod service;
mod store;
#[cfg(test)]
mod tests;

pub use http::routes;
pub use intake::{Address, Addresses};
