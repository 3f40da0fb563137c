//! The one HTTP client for everything that leaves the server: what workflows fetch, connector calls, token
//! exchanges, webhooks out. There is one so that a rule about where bytes may go has one place to be right.
//!
//! In order, for every hop of a request: the URL is checked ([`EgressError::BadUrl`]), its host is compared with the
//! caller's allow-list, its port with the list of ports that are not web servers, its address, or every address its name resolves to, with
//! [`address::refused`]; secret placeholders are replaced only towards the hosts they belong to; the connection is
//! made to the checked addresses and no others; the answer is read within limits, decoded, and every secret in it is
//! turned back into its placeholder. A redirect starts the list again.
//!
//! What this crate does not do: retry, authenticate, cache, keep cookies, or use a proxy.

pub mod address;
mod body;
mod budget;
mod client;
mod config;
mod destination;
mod error;
mod exchange;
#[cfg(feature = "fuzzing")]
pub mod fuzzing;
mod header;
mod host;
pub mod limits;
mod lookup;
mod map;
mod measure;
mod network;
mod observer;
mod port;
mod redirect;
mod request;
mod secret;
#[cfg(feature = "standin")]
pub mod standin;
mod transport;

pub use address::{AddressRange, AddressRangeError};
pub use budget::Share;
pub use client::Egress;
pub use config::EgressConfig;
pub use error::{EgressError, Phase, Reached, Side};
pub use host::{HostError, HostList, HostPattern};
pub use limits::Limits;
pub use lookup::{Lookup, LookupError};
pub use map::{EgressMap, MapError};
pub use measure::describe as describe_metrics;
pub use network::Network;
pub use observer::{Leaving, Observer};
pub use port::refused as port_refused;
pub use request::{Redirect, Request, Response, Scope};
pub use secret::{SecretSet, SecretString};
