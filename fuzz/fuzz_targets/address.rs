//! The address check against what would be connected to. A URL that is let through is read again the three ways the layers
//! below read it (the URL parser, the HTTP library's URI, the C library's idea of a numeric address); none of them may see
//! another host, or an address that is refused.
#![no_main]

use std::ffi::CString;
use std::net::{IpAddr, Ipv4Addr};

use libfuzzer_sys::fuzz_target;
use millrace_egress::address::refused;
use millrace_egress::fuzzing::admitted;

/// What `inet_aton` makes of a text: decimal, octal, hexadecimal, one to four parts.
fn as_the_c_library_reads(host: &str) -> Option<Ipv4Addr> {
    let text = CString::new(host).ok()?;
    let mut address = libc::in_addr { s_addr: 0 };
    // SAFETY: a C string and a struct that both live through the call.
    (unsafe { inet_aton(text.as_ptr(), &raw mut address) } != 0).then(|| Ipv4Addr::from(u32::from_be(address.s_addr)))
}

unsafe extern "C" {
    fn inet_aton(text: *const libc::c_char, address: *mut libc::in_addr) -> libc::c_int;
}

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(url) = admitted(text) else { return };
    let host = url.host_str().expect("an admitted URL has a host").to_owned();
    assert!(matches!(url.scheme(), "http" | "https"), "{text:?}");
    assert!(url.username().is_empty() && url.password().is_none(), "{text:?}");
    // Read once more it is the same.
    let again = admitted(url.as_str()).unwrap_or_else(|| panic!("{url} is refused the second time"));
    assert_eq!(again, url, "{text:?}");
    // The HTTP library connects to the host of its own URI type.
    let Ok(uri) = url.as_str().parse::<http::Uri>() else { return };
    assert_eq!(uri.host(), Some(host.as_str()), "{text:?}");
    assert_eq!(uri.port_u16().or(url.port_or_known_default()), url.port_or_known_default(), "{text:?}");
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        assert_eq!(refused(address), None, "{text:?} leads to {address}");
    }
    if let Some(address) = as_the_c_library_reads(bare) {
        assert_eq!(refused(address.into()), None, "{text:?} leads to {address} where the C library reads it");
        assert_eq!(bare, address.to_string(), "{text:?} is a name here and {address} to the C library");
    }
});
