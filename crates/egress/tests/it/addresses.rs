//! The pure address rules, as tables and as properties.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use millrace_egress::{AddressRange, address};
use proptest::prelude::*;

/// Edges of every refused range: first, last, and something inside.
const REFUSED: &[&str] = &[
    // this host, loopback
    "0.0.0.0",
    "0.0.0.1",
    "0.255.255.255",
    "127.0.0.0",
    "127.0.0.1",
    "127.0.0.53",
    "127.1.2.3",
    "127.255.255.255",
    // private
    "10.0.0.0",
    "10.0.0.1",
    "10.255.255.255",
    "172.16.0.0",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.0",
    "192.168.1.1",
    "192.168.255.255",
    // link-local and metadata
    "169.254.0.0",
    "169.254.169.254",
    "169.254.169.253",
    "169.254.170.2",
    "169.254.170.23",
    "169.254.255.255",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    // carrier-grade NAT
    "100.64.0.0",
    "100.64.0.1",
    "100.127.255.255",
    // protocol assignments, documentation, 6to4 relay, benchmark
    "192.0.0.0",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.0.255",
    "192.0.2.0",
    "192.0.2.1",
    "192.0.2.255",
    "198.51.100.0",
    "198.51.100.7",
    "198.51.100.255",
    "203.0.113.0",
    "203.0.113.9",
    "203.0.113.255",
    "192.88.99.0",
    "192.88.99.1",
    "192.88.99.255",
    "198.18.0.0",
    "198.18.0.1",
    "198.19.255.255",
    // multicast, reserved, broadcast
    "224.0.0.0",
    "224.0.0.1",
    "239.255.255.250",
    "239.255.255.255",
    "240.0.0.0",
    "240.0.0.1",
    "254.255.255.255",
    "255.255.255.254",
    "255.255.255.255",
    // IPv6: unspecified, loopback, mapped, translated, compatible
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "::ffff:0:0",
    "::ffff:0:127.0.0.1",
    "::ffff:0:8.8.8.8",
    "::127.0.0.1",
    "::10.1.2.3",
    "::8.8.8.8",
    "::2",
    // NAT64 around inside addresses, local NAT64
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::169.254.169.254",
    "64:ff9b::192.168.0.1",
    "64:ff9b::100.64.0.1",
    "64:ff9b::0.0.0.0",
    "64:ff9b:1::",
    "64:ff9b:1::8.8.8.8",
    "64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
    "64:ff9b:0:0:1::",
    "64:ff9b:2::1",
    // 6to4, Teredo, ORCHID and the other protocol assignments
    "2002::",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:a9fe:a9fe::",
    "2002:808:808::1",
    "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001::",
    "2001:0:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:0:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:1::1",
    "2001:2::1",
    "2001:3::1",
    "2001:10::1",
    "2001:20::1",
    "2001:30::1",
    "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
    // documentation, discard
    "2001:db8::",
    "2001:db8::1",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "3fff::",
    "3fff:fff::1",
    "100::",
    "100::1",
    "100::ffff:ffff:ffff:ffff",
    "100:0:0:1::1",
    // unique local and its metadata addresses, link-local, site-local, multicast
    "fc00::",
    "fc00::1",
    "fd00::1",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fe80::",
    "fe80::1",
    "fe80::a9fe:a9fe",
    "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fec0::1",
    "feff::1",
    "ff00::",
    "ff02::1",
    "ff05::1:3",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    // outside 2000::/3 altogether
    "1::1",
    "200::1",
    "400::1",
    "1fff:ffff::1",
    "4000::1",
    "5f00::1",
    "8000::1",
    "e000::1",
    "f000::1",
    "f800::1",
    // ISATAP around inside addresses
    "2600:1f18::5efe:10.0.0.1",
    "2600:1f18::200:5efe:169.254.169.254",
    "2a00:1450::5efe:127.0.0.1",
];

/// Just outside the refused ranges, and ordinary public addresses.
const PUBLIC: &[&str] = &[
    "1.0.0.0",
    "1.1.1.1",
    "8.8.8.8",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.0.3.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "2000::1",
    "2001:200::1",
    "2001:4860:4860::8888",
    "2001:db7:ffff::1",
    "2001:db9::1",
    "2003::1",
    "2400:cb00::1",
    "2600:1f18::1",
    "2606:4700:4700::1111",
    "2620:4f:8000::1",
    "2a00:1450::1",
    "3ffe::1",
    "3fff:1000::1",
    "64:ff9b::8.8.8.8",
    "64:ff9b::1.1.1.1",
    "2600:1f18::5efe:8.8.8.8",
];

#[test]
fn refused_addresses() {
    let passed: Vec<_> = REFUSED
        .iter()
        .filter(|text| address::refused(ip(text)).is_none())
        .collect();
    assert!(passed.is_empty(), "not refused: {passed:?}");
    assert!(REFUSED.len() >= 130, "{}", REFUSED.len());
}

#[test]
fn public_addresses() {
    let refused: Vec<_> = PUBLIC
        .iter()
        .filter_map(|text| address::refused(ip(text)).map(|reason| (text, reason)))
        .collect();
    assert!(refused.is_empty(), "refused: {refused:?}");
}

#[test]
fn the_reason_is_the_narrowest_one() {
    for (text, reason) in [
        ("127.0.0.1", "loopback address"),
        ("10.0.0.1", "private address"),
        ("169.254.169.254", "cloud metadata address"),
        ("169.254.1.1", "link-local address"),
        ("100.64.0.1", "shared carrier address"),
        ("224.0.0.1", "multicast address"),
        ("::1", "loopback address"),
        ("::ffff:127.0.0.1", "IPv4-mapped address"),
        ("64:ff9b::7f00:1", "NAT64 address of a refused IPv4 address"),
        ("2001::1", "Teredo address"),
        ("2002::1", "6to4 address"),
        ("fd00:ec2::254", "cloud metadata address"),
        ("fd00::1", "private address"),
        ("fe80::1", "link-local address"),
        ("4000::1", "not a global unicast address"),
    ] {
        assert_eq!(address::refused(ip(text)), Some(reason), "{text}");
    }
}

#[test]
fn blocks() {
    let block = |text: &str| text.parse::<AddressRange>();
    assert!(block("10.1.0.0/16").unwrap().contains(ip("10.1.255.255")));
    assert!(!block("10.1.0.0/16").unwrap().contains(ip("10.2.0.0")));
    assert!(block("127.0.0.1").unwrap().contains(ip("127.0.0.1")));
    assert!(!block("127.0.0.1").unwrap().contains(ip("127.0.0.2")));
    assert!(block("0.0.0.0/0").unwrap().contains(ip("255.1.2.3")));
    assert!(block("::/0").unwrap().contains(ip("ffff::")));
    assert!(block("fd00::/8").unwrap().contains(ip("fdff::1")));
    assert!(!block("0.0.0.0/0").unwrap().contains(ip("::1")));
    assert_eq!(block("10.0.0.0/8").unwrap().to_string(), "10.0.0.0/8");
    for bad in [
        "",
        "10.0.0.0/33",
        "::/129",
        "10.0.0",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "localhost",
        "1.2.3.4/8/9",
    ] {
        assert!(block(bad).is_err(), "{bad}");
    }
}

proptest! {
    /// An IPv4 address inside an IPv6 one is never safer than the IPv4 address itself.
    #[test]
    fn no_wrapping_frees_an_address(bits: u32) {
        let v4 = Ipv4Addr::from(bits);
        let [a, b, c, d] = v4.octets();
        let (hi, lo) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        for wrapped in [v4.to_ipv6_mapped(), v4.to_ipv6_compatible(), Ipv6Addr::new(0x2002, hi, lo, 0, 0, 0, 0, 1)] {
            prop_assert!(address::refused(wrapped.into()).is_some(), "{}", wrapped);
        }
        let nat64 = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, hi, lo);
        prop_assert_eq!(address::refused(nat64.into()).is_some(), address::refused(v4.into()).is_some());
    }

    /// Against the standard library's own view of the ranges it knows.
    #[test]
    fn agrees_with_the_standard_library(bits: u32) {
        let v4 = Ipv4Addr::from(bits);
        let special = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_broadcast()
            || v4.is_documentation() || v4.is_multicast() || v4.is_unspecified();
        prop_assert!(!special || address::refused(v4.into()).is_some(), "{}", v4);
    }

    #[test]
    fn only_global_unicast_passes(bits: u128) {
        let v6 = Ipv6Addr::from(bits);
        let global = v6.segments()[0] & 0xe000 == 0x2000 || v6.segments()[..6] == [0x64, 0xff9b, 0, 0, 0, 0];
        prop_assert!(global || address::refused(v6.into()).is_some(), "{}", v6);
    }
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}
