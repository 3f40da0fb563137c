//! The whole server in process, over HTTP, as a stranger and as an owner sees it.
#![allow(clippy::unwrap_used)]

mod auth;
mod connections;
mod edge;
mod lifecycle;
mod limits;
mod server;
