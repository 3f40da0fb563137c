//! Tests of the importer: small documents of each version, what comes out of them, and documents that mean harm.
#![allow(clippy::unwrap_used)]

mod addresses;
mod bodies;
mod golden;
mod hostile;
mod lists;
mod parameters;
mod property;
mod security;
mod support;
mod types;
