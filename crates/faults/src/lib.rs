//! The fault battery: real server processes, real databases, and everything that goes wrong in a data centre, on purpose.
//!
//! Each scenario sends triggers until all are accepted, lets a seeded plan of faults loose meanwhile, and then reads database,
//! ledger and sink: every accepted trigger ran exactly once to its end, no journaled effect was made again, nothing came out
//! of order. `docs/faults.md` explains the method and the figures.

pub mod checker;
pub mod disk;
pub mod errand;
pub mod fleet;
pub mod http;
pub mod ledger;
pub mod proxy;
pub mod recovery;
pub mod report;
pub mod scenarios;
pub mod sink;
pub mod store;
pub mod world;

pub use report::{Report, Violation};
pub use world::Options;
