//! Runs as people see them: list, show with journal, live logs, cancel, retry.

mod http;
mod live;
mod model;
mod page;
mod service;

pub use http::routes;
