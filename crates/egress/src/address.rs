//! Which addresses outgoing requests may not touch. Sources: the IANA special-purpose address registries for IPv4
//! and IPv6, RFC 6890, and the metadata addresses of the large clouds.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Why an address is refused, or `None` when it is an ordinary public one. Pure: no configuration, no network.
pub fn refused(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => refused_v4(v4),
        IpAddr::V6(v6) => refused_v6(v6),
    }
}

/// IPv4 ranges with the prefix length; the first that contains the address names the reason.
const V4: &[(Ipv4Addr, u8, &str)] = &[
    (
        Ipv4Addr::new(169, 254, 169, 254),
        32,
        "cloud metadata address",
    ),
    (
        Ipv4Addr::new(100, 100, 100, 200),
        32,
        "cloud metadata address",
    ),
    // A public-looking address that every Azure machine answers as its host's agent.
    (
        Ipv4Addr::new(168, 63, 129, 16),
        32,
        "cloud metadata address",
    ),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "loopback address"),
    (Ipv4Addr::new(0, 0, 0, 0), 8, "address of this host"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "private address"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "private address"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "private address"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "link-local address"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "shared carrier address"),
    (
        Ipv4Addr::new(192, 0, 0, 0),
        24,
        "protocol assignment address",
    ),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation address"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation address"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation address"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "6to4 relay address"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "benchmark address"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast address"),
    (Ipv4Addr::new(255, 255, 255, 255), 32, "broadcast address"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved address"),
];

fn refused_v4(address: Ipv4Addr) -> Option<&'static str> {
    let bits = u32::from(address);
    V4.iter()
        .find(|(net, len, _)| same_prefix32(bits, u32::from(*net), *len))
        .map(|(_, _, reason)| *reason)
}

/// IPv6 ranges; the first that contains the address names the reason.
const V6: &[(Ipv6Addr, u8, &str)] = &[
    (Ipv6Addr::LOCALHOST, 128, "loopback address"),
    (Ipv6Addr::UNSPECIFIED, 128, "unspecified address"),
    (
        Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0),
        96,
        "IPv4-mapped address",
    ),
    (
        Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0),
        96,
        "IPv4-translated address",
    ),
    (Ipv6Addr::UNSPECIFIED, 96, "IPv4-compatible address"),
    (
        Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0),
        48,
        "local NAT64 address",
    ),
    (
        Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0),
        64,
        "discard address",
    ),
    (
        Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
        32,
        "Teredo address",
    ),
    (
        Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0),
        23,
        "protocol assignment address",
    ),
    (
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0),
        32,
        "documentation address",
    ),
    (
        Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0),
        20,
        "documentation address",
    ),
    (
        Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0),
        16,
        "6to4 address",
    ),
    (
        Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
        128,
        "cloud metadata address",
    ),
    (
        Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
        128,
        "cloud metadata address",
    ),
    (
        Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0),
        7,
        "private address",
    ),
    (
        Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0),
        10,
        "link-local address",
    ),
    (
        Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0),
        10,
        "site-local address",
    ),
    (
        Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0),
        8,
        "multicast address",
    ),
];

const NAT64: Ipv6Addr = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0);
const GLOBAL: Ipv6Addr = Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0);

fn refused_v6(address: Ipv6Addr) -> Option<&'static str> {
    let bits = u128::from(address);
    // On networks that have IPv6 only, DNS64 gives every IPv4-only service an address in the well-known prefix, so
    // it cannot be refused outright: what counts is the IPv4 address inside.
    if same_prefix128(bits, u128::from(NAT64), 96) {
        return refused_v4(last_32(bits)).map(|_| "NAT64 address of a refused IPv4 address");
    }
    if let Some((_, _, reason)) = V6
        .iter()
        .find(|(net, len, _)| same_prefix128(bits, u128::from(*net), *len))
    {
        return Some(reason);
    }
    if !same_prefix128(bits, u128::from(GLOBAL), 3) {
        return Some("not a global unicast address");
    }
    // ISATAP carries an IPv4 address below any prefix: …:0[200]:5efe:a.b.c.d
    let segments = address.segments();
    if matches!(segments[4], 0 | 0x200)
        && segments[5] == 0x5efe
        && refused_v4(last_32(bits)).is_some()
    {
        return Some("ISATAP address of a refused IPv4 address");
    }
    None
}

fn last_32(bits: u128) -> Ipv4Addr {
    Ipv4Addr::from(bits as u32)
}

fn same_prefix32(a: u32, b: u32, len: u8) -> bool {
    len == 0 || (a ^ b) >> (32 - u32::from(len)) == 0
}

fn same_prefix128(a: u128, b: u128, len: u8) -> bool {
    len == 0 || (a ^ b) >> (128 - u32::from(len)) == 0
}

/// A block of addresses, `10.1.0.0/16` or `fd00::/8` or one address. IPv4 and IPv6 never match each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    net: IpAddr,
    len: u8,
}

/// Text that is not an [`AddressRange`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address or a block such as 10.1.0.0/16")]
pub struct AddressRangeError(pub String);

impl AddressRange {
    /// Is the address in the block?
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.net, address) {
            (IpAddr::V4(net), IpAddr::V4(own)) => same_prefix32(net.into(), own.into(), self.len),
            (IpAddr::V6(net), IpAddr::V6(own)) => same_prefix128(net.into(), own.into(), self.len),
            _ => false,
        }
    }
}

impl FromStr for AddressRange {
    type Err = AddressRangeError;

    fn from_str(text: &str) -> Result<AddressRange, AddressRangeError> {
        let fail = || AddressRangeError(text.to_owned());
        let (net, len) = match text.trim().split_once('/') {
            Some((net, len)) => (net, Some(len.parse::<u8>().map_err(|_| fail())?)),
            None => (text.trim(), None),
        };
        let net: IpAddr = net.parse().map_err(|_| fail())?;
        let most = if net.is_ipv4() { 32 } else { 128 };
        let len = len.unwrap_or(most);
        if len > most {
            return Err(fail());
        }
        Ok(AddressRange { net, len })
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.net, self.len)
    }
}

/// [`refused`] with an operator's exceptions: `refuse` is looked at first, then `allow`, then the built-in rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct AddressPolicy {
    pub allow: Vec<AddressRange>,
    pub refuse: Vec<AddressRange>,
}

impl AddressPolicy {
    /// Why this address may not be contacted, if it may not.
    pub fn refused(&self, address: IpAddr) -> Option<&'static str> {
        // A block written as IPv4 must also stop the IPv6 spellings that reach the same machine.
        let inner = match address {
            IpAddr::V6(v6) if same_prefix128(v6.into(), NAT64.into(), 96) => {
                Some(IpAddr::V4(last_32(v6.into())))
            }
            _ => None,
        };
        let listed =
            |ranges: &[AddressRange], address| ranges.iter().any(|range| range.contains(address));
        if listed(&self.refuse, address) || inner.is_some_and(|inner| listed(&self.refuse, inner)) {
            return Some("address refused by this server's configuration");
        }
        if listed(&self.allow, address) {
            return None;
        }
        refused(address)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::AddressPolicy;

    #[test]
    fn refusals_before_exceptions_before_rules() {
        let policy = AddressPolicy {
            allow: vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()],
            refuse: vec!["10.0.0.5".parse().unwrap(), "8.8.8.0/24".parse().unwrap()],
        };
        for (address, refused) in [
            ("10.0.0.1", false),
            ("10.0.0.5", true),
            ("fd12::1", false),
            ("192.168.0.1", true),
            ("8.8.4.4", false),
            ("8.8.8.8", true),
            // The IPv6 way to a refused IPv4 address, and no way in for an allowed private one.
            ("64:ff9b::8.8.8.8", true),
            ("64:ff9b::8.8.4.4", false),
            ("64:ff9b::10.0.0.1", true),
            ("::ffff:10.0.0.1", true),
        ] {
            let outcome = policy.refused(address.parse().unwrap());
            assert_eq!(outcome.is_some(), refused, "{address}: {outcome:?}");
        }
    }
}
