//! The client against real sockets on loopback, with name resolution in the test's hands.
#![allow(clippy::unwrap_used)]

mod addresses;
mod bodies;
mod buffering;
mod errors;
mod hosts;
mod mapping;
mod masking;
mod names;
mod pooling;
mod redirects;
mod secrets;
mod sizes;
mod smuggling;
mod tls;
mod urls;
mod world;
