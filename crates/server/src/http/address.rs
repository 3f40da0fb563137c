//! Where a request comes from, as far as it can be believed.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::extract::{FromRequestParts, Request};
use http::request::Parts;
use http::{HeaderMap, HeaderName};

use super::{ApiError, Peer};
use crate::app::App;

const FORWARDED: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The caller's address: that of the connection or, behind trusted proxies, what the outermost of them saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// The addresses that one caller has at hand: one of IPv4, a /64 of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressGroup(IpAddr);

impl ClientAddress {
    /// The address of a request that came through this many trusted proxies. Nothing when the connection is unknown.
    pub(super) fn of(request: &Request, proxies: usize) -> Option<Self> {
        let peer = request.extensions().get::<Peer>()?.0.ip();
        Some(Self(forwarded(request.headers(), proxies).unwrap_or(peer).to_canonical()))
    }

    /// What limits are counted by.
    pub fn group(self) -> AddressGroup {
        AddressGroup(match self.0 {
            IpAddr::V4(_) => self.0,
            // A household or a machine gets a /64: each of its addresses is the same caller.
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
        })
    }
}

/// What the outermost trusted proxy wrote: each adds the address it was called from at the end, so everything further left
/// is what the caller claims. A shorter list was written by trusted proxies alone.
fn forwarded(headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    if proxies == 0 {
        return None;
    }
    let lines = headers.get_all(FORWARDED).iter().filter_map(|value| value.to_str().ok());
    let entries: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    address(entries[entries.len().saturating_sub(proxies)..].first()?)
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let plain = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    plain.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|a| a.ip()))
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for AddressGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(v4) => v4.fmt(f),
            IpAddr::V6(v6) => write!(f, "{v6}/64"),
        }
    }
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, ApiError> {
        Ok(Self::in_parts(parts))
    }
}

impl ClientAddress {
    /// The address that the edge noted; requests that did not come over a connection (tests of the router) are from nowhere.
    pub fn in_parts(parts: &Parts) -> Self {
        parts.extensions.get().copied().unwrap_or(Self(IpAddr::V6(Ipv6Addr::UNSPECIFIED)))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn seen(peer: &str, proxies: usize, lines: &[&str]) -> String {
        let mut request = Request::new(axum::body::Body::empty());
        request.extensions_mut().insert(Peer(SocketAddr::new(peer.parse().unwrap(), 1)));
        for line in lines {
            request.headers_mut().append(FORWARDED, line.parse().unwrap());
        }
        ClientAddress::of(&request, proxies).unwrap().to_string()
    }

    #[test]
    fn only_what_trusted_proxies_wrote_is_believed() {
        for (proxies, lines, expected) in [
            (0, &["1.1.1.1"][..], "10.0.0.1"),
            (1, &[], "10.0.0.1"),
            (1, &["2.2.2.2"], "2.2.2.2"),
            (1, &["6.6.6.6, 2.2.2.2"], "2.2.2.2"),
            (1, &["6.6.6.6", "2.2.2.2"], "2.2.2.2"),
            (2, &["6.6.6.6, 2.2.2.2, 10.0.0.9"], "2.2.2.2"),
            (2, &["10.0.0.9"], "10.0.0.9"),
            (1, &["2.2.2.2:55123"], "2.2.2.2"),
            (1, &["[2001:db8::1]:443"], "2001:db8::1"),
            (1, &["2001:db8::1"], "2001:db8::1"),
            (1, &["::ffff:2.2.2.2"], "2.2.2.2"),
            (1, &["unknown"], "10.0.0.1"),
            (1, &["6.6.6.6, "], "10.0.0.1"),
        ] {
            assert_eq!(seen("10.0.0.1", proxies, lines), expected, "{proxies} {lines:?}");
        }
        assert_eq!(seen("::ffff:9.9.9.9", 0, &[]), "9.9.9.9");
    }

    #[test]
    fn neighbours_in_a_64_are_one_caller() {
        let group = |text: &str| ClientAddress(text.parse().unwrap()).group();
        assert_eq!(group("2001:db8:1:2:3::4"), group("2001:db8:1:2:ffff::1"));
        assert_ne!(group("2001:db8:1:2::1"), group("2001:db8:1:3::1"));
        assert_ne!(group("192.0.2.1"), group("192.0.2.2"));
        assert_eq!(group("2001:db8:1:2:3::4").to_string(), "2001:db8:1:2::/64");
    }
}
