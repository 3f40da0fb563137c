//! The engine on both databases, with programs written as plain data.
#![allow(clippy::unwrap_used, missing_docs)]

mod connections;
mod fairness;
mod lifecycle;
mod nodes;
mod outage;
mod quiet;
mod races;
mod resting;
mod resume;
mod script;
mod walk;
