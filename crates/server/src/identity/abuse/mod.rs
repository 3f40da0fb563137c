//! The abuse corpus: what somebody tries who is not let in, over HTTP against the real accept loop, on both databases.
//!
//! A row is an [`Attack`](wire::Attack): its name, what is sent, which answer it must get, and which tables may have changed
//! afterwards; in all others no row may. To add one, write it into the table of its file; a new kind of attack is a new file.
//! Rows about every route (`bodies`) take valid requests from [`super::requests`], where a new route is entered anyway.
//! Each table has a row that must go through, so that a server that refuses everything does not pass.
//!
//! | file | what is tried |
//! |---|---|
//! | `tokens` | forged, foreign, ended credentials, and good ones in the wrong place |
//! | `refreshing` | refresh tokens: replayed, raced, of somebody else |
//! | `browsers` | requests that another page makes a browser send; sessions that were there before |
//! | `redirects` | sending a browser somewhere else |
//! | `once` | what is good once, used again, too late, by somebody else, and by 16 at the same moment |
//! | `spoofing` | headers that claim where a request comes from or goes to |
//! | `bodies` | doubled and foreign fields, methods and parameters in places where they do not belong |
//! | `timing` | whether the work for a known and an unknown subject is the same; measured: `cargo test -- --ignored measured` |
#![allow(clippy::unwrap_used)]

mod bodies;
mod browsers;
mod once;
mod redirects;
mod refreshing;
mod spoofing;
mod timing;
mod tokens;
mod wire;
