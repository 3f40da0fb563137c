//! Names to addresses, and the check of every address before anything connects to it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use hickory_resolver::TokioResolver;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::AddressPolicy;
use crate::limits;

/// A name that did not resolve. The text is what the resolver said.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct LookupError(pub String);

/// Turns a name into addresses. One implementation asks the system's DNS; tests bring their own.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// Every address of the name. An empty answer is treated as an unknown name.
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupError>;

    /// The texts of the name's TXT records, the pieces of each put together; none when a name server says that there are none.
    /// Resolvers that know addresses only say so.
    async fn texts(&self, name: &str) -> Result<Vec<String>, LookupError> {
        Err(LookupError(format!("the TXT records of {name} cannot be looked up here")))
    }
}

/// The system's resolver configuration, read once. Without a usable `resolv.conf` the C library's resolver answers.
pub(crate) struct SystemLookup {
    resolver: Option<TokioResolver>,
}

impl SystemLookup {
    pub fn new() -> SystemLookup {
        let resolver = TokioResolver::builder_tokio().and_then(|builder| builder.build());
        if let Err(error) = &resolver {
            tracing::info!(%error, "no usable DNS configuration file; names are resolved by the C library");
        }
        SystemLookup {
            resolver: resolver.ok(),
        }
    }
}

#[async_trait]
impl Lookup for SystemLookup {
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, LookupError> {
        match &self.resolver {
            Some(resolver) => {
                // A dotted name is complete: without the final dot, search domains would be tried after it.
                let name = if host.contains('.') {
                    format!("{host}.")
                } else {
                    host.to_owned()
                };
                let found = resolver
                    .lookup_ip(name)
                    .await
                    .map_err(|error| LookupError(error.to_string()))?;
                Ok(found.iter().collect())
            }
            None => {
                let found = tokio::net::lookup_host((host, 0))
                    .await
                    .map_err(|error| LookupError(error.to_string()))?;
                Ok(found.map(|address| address.ip()).collect())
            }
        }
    }

    async fn texts(&self, name: &str) -> Result<Vec<String>, LookupError> {
        let Some(resolver) = &self.resolver else {
            return Err(LookupError("TXT records need a name server of one's own: there is no usable DNS configuration file".into()));
        };
        let found = match resolver.txt_lookup(format!("{name}.")).await {
            Ok(found) => found,
            // An answer, unlike a name server that gives none.
            Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
            Err(error) => return Err(LookupError(error.to_string())),
        };
        let text = |txt: &hickory_resolver::proto::rr::rdata::TXT| txt.txt_data.iter().map(|piece| String::from_utf8_lossy(piece)).collect();
        Ok(found.answers().iter().filter_map(|record| match &record.data {
            hickory_resolver::proto::rr::RData::TXT(txt) => Some(text(txt)),
            _ => None,
        }).collect())
    }
}

/// The refusal of a resolved address, carried through the HTTP library's error chain.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Refused(pub &'static str);

/// Resolves and checks in one step, so that what was checked is what is connected to. One refused address refuses the
/// name: an attacker who controls a zone can put a public address beside an inside one and wait for the second try.
pub(crate) struct CheckedLookup {
    pub lookup: Arc<dyn Lookup>,
    pub policy: Arc<AddressPolicy>,
}

impl Resolve for CheckedLookup {
    fn resolve(&self, name: Name) -> Resolving {
        let (lookup, policy) = (self.lookup.clone(), self.policy.clone());
        Box::pin(async move {
            let found = tokio::time::timeout(limits::LOOKUP, lookup.addresses(name.as_str()))
                .await
                .map_err(|_| LookupError("the name server did not answer in time".into()))??;
            if found.is_empty() {
                return Err(LookupError("the name has no address".into()).into());
            }
            if let Some(reason) = found.iter().find_map(|address| policy.refused(*address)) {
                return Err(Refused(reason).into());
            }
            let addresses: Vec<SocketAddr> = found
                .into_iter()
                .take(limits::ADDRESSES)
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
