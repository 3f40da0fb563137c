//! Secrets spliced into requests and masked in answers: no placeholder leaves, no secret comes back, nothing else changes.
#![no_main]

use bytes::Bytes;
use http::{HeaderValue, Method};
use libfuzzer_sys::fuzz_target;
use millrace_egress::{HostList, Request, SecretSet};

const PLACEHOLDER: &str = "mrsec_3f1d9c0b7a5e24680f1d9c0b7a5e24680f1d9c0b";

/// The pieces between zero bytes.
fn pieces(data: &[u8]) -> [&[u8]; 4] {
    let mut parts = data.splitn(4, |byte| *byte == 0);
    [(); 4].map(|()| parts.next().unwrap_or_default())
}

/// `$` stands for the placeholder, so that the fuzzer does not have to guess it.
fn filled(piece: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    for byte in piece {
        if *byte == b'$' { out.extend_from_slice(PLACEHOLDER.as_bytes()) } else { out.push(*byte) }
    }
    out
}

fn holds(data: &[u8], needle: &[u8]) -> bool {
    !needle.is_empty() && data.windows(needle.len()).any(|window| window == needle)
}

fuzz_target!(|data: &[u8]| {
    let [value, path, header, body] = pieces(data);
    let Ok(value) = std::str::from_utf8(value) else { return };
    if value.contains("mrsec_") || value.contains("[secret]") {
        return;
    }
    let mut secrets = SecretSet::new();
    let hosts = HostList::parse(["api.test"]).expect("a host");
    secrets.insert(PLACEHOLDER.to_owned(), value.into(), hosts);

    let masked = secrets.mask_bytes(body).into_owned();
    if value.len() >= millrace_egress::limits::MASK_BYTES && !holds(PLACEHOLDER.as_bytes(), value.as_bytes()) {
        // A secret may be put together anew by what a mask leaves around it; then a second look must find it.
        let again = secrets.mask_bytes(&masked).into_owned();
        assert!(!holds(&masked, value.as_bytes()) || again != masked, "the secret is left in the answer");
    }

    let path = String::from_utf8_lossy(&filled(path)).into_owned();
    let Ok(mut request) = Request::parse(Method::POST, &format!("https://api.test/{path}")) else { return };
    // It is never sent.
    request.url.set_fragment(None);
    if let Ok(value) = HeaderValue::from_bytes(&filled(header)) {
        request.headers.insert("x-key", value.clone());
        request.headers.insert("authorization", value);
    }
    request.body = Bytes::from(filled(body));
    let (host, had) = (request.url.host_str().map(str::to_owned), holds(&request.body, PLACEHOLDER.as_bytes()));
    if secrets.splice(&mut request).is_err() {
        return;
    }
    assert_eq!(request.url.host_str().map(str::to_owned), host);
    assert!(!holds(request.url.as_str().as_bytes(), PLACEHOLDER.as_bytes()), "a placeholder in the URL");
    assert!(!holds(&request.body, PLACEHOLDER.as_bytes()), "a placeholder in the body");
    for value in request.headers.values() {
        assert!(!holds(value.as_bytes(), PLACEHOLDER.as_bytes()), "a placeholder in a header");
        assert!(!value.as_bytes().iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)), "a line break in a header");
    }
    if !had {
        assert_eq!(request.body, Bytes::from(filled(body)), "a body without placeholders is changed");
    }
});
