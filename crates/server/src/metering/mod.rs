//! Money: what runs of another workspace's workflow cost, and what developers earn (spec marketplace §12).
//!
//! A charge is written in the transaction that ends its run, once: the run's id is its key. Whether a run is charged at all is
//! known from memory, so that runs of a workspace's own workflows cost no statement. The price is one pure function
//! ([`price`]). Amounts are integers: cents, and unit prices in 1/10 000 of a dollar. See docs/metering.md.

mod developer_http;
mod earnings;
mod http;
pub mod limits;
mod memory;
mod notice;
mod payout;
mod price;
mod settle;
mod split;
mod store;
mod upkeep;

#[cfg(test)]
mod tests;

use utoipa_axum::router::OpenApiRouter;

pub use memory::Metering;
pub use payout::{Payer, Recorded};

pub(crate) use upkeep::upkeep;

use crate::app::App;

/// The routes of money.
pub fn routes() -> OpenApiRouter<App> {
    http::routes().merge(developer_http::routes())
}
