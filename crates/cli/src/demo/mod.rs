//! The demonstration: stand-ins for three services on loopback, a server that talks to them, and one signed webhook.
//!
//! The stand-ins answer as the services do (shapes from their public documentation), check the credentials they are given
//! and remember what they received. The black-box tests use the same ones, and hold answers back to choose the moment of a
//! crash.

pub mod crm;
pub mod notion;
pub mod person;
pub mod record;
pub mod standin;
pub mod story;
pub mod supervisor;
pub mod zoom;

pub use person::Person;
pub use record::Record;
pub use standin::{Cut, Reply, Request, StandIn};
