//! What must hold for a URL before anything is resolved or sent.

use url::{Host, Url};

use crate::address::AddressPolicy;
use crate::error::EgressError;
use crate::host::{HostList, normal_host};
use crate::{limits, port};

/// A URL that may be requested, in normal form, with what later steps need of it.
#[derive(Clone, Debug)]
pub(crate) struct Destination {
    /// Host in normal form, no trailing dot, no fragment.
    pub url: Url,
    /// `host` or `host:port` when the port is not the scheme's own.
    pub authority: String,
}

/// Names that only ever mean the machine itself or its cloud's metadata. Their addresses would be refused too; saying
/// so without a look-up gives the better message and leaves one wall more.
const NAMES: &[(&str, &str)] = &[
    ("localhost", "name of this host"),
    ("localhost.localdomain", "name of this host"),
    ("ip6-localhost", "name of this host"),
    ("ip6-loopback", "name of this host"),
    ("metadata", "cloud metadata name"),
    ("metadata.google.internal", "cloud metadata name"),
    ("instance-data", "cloud metadata name"),
    ("instance-data.ec2.internal", "cloud metadata name"),
];

impl Destination {
    /// Scheme, user, host, port. No allow-list and no address yet.
    pub fn of(url: &Url) -> Result<Destination, EgressError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(bad(format!(
                "only http and https are possible, not {}",
                url.scheme()
            )));
        }
        if url.as_str().len() > limits::URL_BYTES {
            return Err(bad(format!(
                "it is longer than {} bytes",
                limits::URL_BYTES
            )));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(bad(
                "user and password in a URL are not sent; use an Authorization header",
            ));
        }
        let mut url = url.clone();
        let given = url.host_str().unwrap_or_default();
        let host = normal_host(given).ok_or_else(|| bad("the host is not valid"))?;
        if host != given {
            url.set_host(Some(&host))
                .map_err(|_| bad("the host is not valid"))?;
        }
        url.set_fragment(None);
        let authority = match url.port() {
            Some(port) => format!("{host}:{port}"),
            None => host,
        };
        let destination = Destination { url, authority };
        match port::refused(destination.port()) {
            Some(reason) => Err(EgressError::AddressRefused {
                host: destination.authority,
                reason,
            }),
            None => Ok(destination),
        }
    }

    /// Host in normal form.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Explicit or the scheme's own.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(0)
    }

    /// Is it on the installation's list?
    pub fn allowed_by(&self, hosts: Option<&HostList>) -> Result<(), EgressError> {
        match hosts {
            Some(list) if !list.matches(self.host(), self.port()) => {
                Err(EgressError::HostNotAllowed {
                    host: self.authority.clone(),
                })
            }
            _ => Ok(()),
        }
    }

    /// Refuses inside names and literal addresses. Names are checked again when they are resolved.
    pub fn reachable(&self, policy: &AddressPolicy) -> Result<(), EgressError> {
        let reason = match self.url.host() {
            Some(Host::Ipv4(address)) => policy.refused(address.into()),
            Some(Host::Ipv6(address)) => policy.refused(address.into()),
            Some(Host::Domain(name)) => inside_name(name),
            None => Some("no host"),
        };
        match reason {
            // An operator who allows loopback for development means its usual name too.
            Some("name of this host") if policy.refused([127, 0, 0, 1].into()).is_none() => Ok(()),
            Some(reason) => Err(EgressError::AddressRefused {
                host: self.authority.clone(),
                reason,
            }),
            None => Ok(()),
        }
    }
}

fn inside_name(name: &str) -> Option<&'static str> {
    if name.ends_with(".localhost") {
        return Some("name of this host");
    }
    NAMES
        .iter()
        .find(|(own, _)| *own == name)
        .map(|(_, reason)| *reason)
}

fn bad(reason: impl Into<String>) -> EgressError {
    EgressError::BadUrl {
        reason: reason.into(),
    }
}
