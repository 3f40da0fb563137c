//! The whole installation at one look, for those who run it: nodes, queue, database, sandbox, mails.
//!
//! Each figure is bounded: what is counted stops at [`store::MOST`], and nothing is counted while runs run.

mod http;
mod store;

#[cfg(test)]
mod tests;

pub use http::routes;
