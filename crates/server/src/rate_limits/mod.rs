//! How often callers may ask, so that nobody guesses, floods or sends mail at others' cost.
//!
//! Counted in this node's memory by (rule, subject); several nodes together allow as many times as much. How much a workspace's
//! runs and webhooks may be is decided elsewhere (`quotas`).

mod limits;
mod memory;
mod requests;
mod rules;

#[cfg(test)]
mod tests;

pub use limits::Limits;
pub(crate) use limits::describe;
pub use requests::{Guesses, request};
pub use rules::Rule;
