//! Everything this crate promises, from the outside: trees go in, bundles and findings come out, and what comes out runs.
#![allow(clippy::unwrap_used, missing_docs)]

mod accepted;
mod determinism;
mod entry;
mod harness;
mod limits;
mod positions;
mod refused;
mod rules;
mod sdk_durable;
mod sdk_helpers;
mod sdk_selection;
mod seeds;
mod soup;
