//! Webhook deliveries, every scheme of every connector. Nobody can sign without the secret, so a checked delivery must never
//! become an event here; unchecked, everything behind the signature is reached too.
#![no_main]

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, HeaderValue};
use libfuzzer_sys::fuzz_target;
use millrace_connector::webhook::{Incoming, Received, Verification, receive};
use millrace_connector::{Registry, SecretText};

static SCHEMES: LazyLock<Vec<Verification>> = LazyLock::new(|| {
    let registry = Registry::builtin().expect("the built-in connectors are valid");
    registry.all().filter_map(|connector| Verification::service(connector)).chain([Verification::path_hook()]).collect()
});

/// Lines `name: value` up to an empty line, then the body.
fn parts(data: &[u8]) -> (HeaderMap, &[u8]) {
    let mut headers = HeaderMap::new();
    let mut rest = data;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let line = &rest[..end];
        rest = &rest[end + 1..];
        if line.is_empty() {
            break;
        }
        let mut sides = line.splitn(2, |byte| *byte == b':');
        let (Some(name), Some(value)) = (sides.next(), sides.next()) else { continue };
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name), HeaderValue::from_bytes(value.trim_ascii())) {
            headers.append(name, value);
        }
    }
    (headers, rest)
}

fuzz_target!(|data: &[u8]| {
    let Some((which, data)) = data.split_first() else { return };
    let scheme = &SCHEMES[usize::from(*which) % SCHEMES.len()];
    let (headers, body) = parts(data);
    let incoming = Incoming { headers: &headers, body, query: Some("a=1&b=%00"), now_s: 1_700_000_000 };
    let secret = SecretText::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let checked = receive(scheme, Some(&secret), &incoming);
    assert!(!matches!(checked, Ok(Received::Event(_))), "an event without a signature");
    assert!(!matches!(receive(scheme, None, &incoming), Ok(Received::Event(_))), "an event without a secret");
    drop(receive(&scheme.clone().without_signature(), None, &incoming));
});
