//! Tests of the connector crate: the built-in files against their fixtures, the executor against a misbehaving
//! stand-in, webhooks against vectors computed elsewhere.
#![allow(clippy::unwrap_used)]

mod answers;
mod fixtures;
mod forms;
mod counts;
mod matching;
mod names;
mod oauth;
mod other_schemes;
mod raw;
mod requests;
mod retries;
mod schema;
mod signing;
mod steps;
mod support;
mod webhook;
