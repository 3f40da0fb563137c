//! The HTTP edge: the router that merges the slices, extractors, errors, limits, and the API's own documentation.

mod address;
mod body;
mod clock;
mod docs;
mod edge;
mod error;
mod extract;
mod health;
mod json;
pub mod limits;
mod openapi;
mod origin;
mod page;
mod request_id;
mod routes;

#[cfg(test)]
mod tests;

pub use address::{AddressGroup, ClientAddress};
pub use body::{DataJson, Json, OptionalJson, RawBody};
pub use error::{ApiError, FieldError, Problem};
pub use extract::{Path, Query};
pub use health::{Checks, Health};
pub use json::said;
pub use origin::{Origin, current as current_origin};
pub(crate) use origin::{as_request, without_origin};
pub use page::{Page, page_cursor, page_limit};
pub use request_id::current as current_request_id;
pub use routes::{health_only, metrics_only, openapi, router};

/// Who is at the other end of the connection: a proxy, or the caller itself.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub std::net::SocketAddr);
