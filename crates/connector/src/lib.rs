//! Connectors are data: `connectors/<service>/connector.yaml` says how a service is called and how it calls us, and
//! this crate reads those files ([`Connector`], [`Registry`]), performs their operations with a tenant's connection
//! ([`Executor`]), talks to OAuth token endpoints ([`oauth`]) and checks incoming webhooks ([`webhook`]).
//!
//! Nothing here knows a service by name. What a workflow needs and a plain operation cannot say is a named, tested
//! feature of the format.

pub mod answer;
#[cfg(feature = "contract")]
pub mod contract;
pub mod credentials;
mod error;
pub mod executor;
mod json_path;
pub mod limits;
mod measure;
pub mod oauth;
mod registry;
mod request;
pub mod schema;
pub mod spelling;
mod template;
pub mod webhook;

pub use answer::{ActionError, ActionResult, Hidden, Metadata};
pub use credentials::{Connection, ConnectionError, Credentials, SecretText};
pub use error::{ConnectorInvalid, ErrorCode};
pub use executor::{Executor, ExecutorLimits, OperationCall, Pauses, RawCall, RawResponse};
pub use measure::describe as describe_metrics;
pub use registry::Registry;
pub use schema::{Connector, Picker};
