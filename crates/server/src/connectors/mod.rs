//! The services that this server connects to, as whoever connects an account must know them.

mod http;
#[cfg(test)]
mod tests;

pub use http::routes;
