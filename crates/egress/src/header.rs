//! Headers that are ours to set, and sizes.

use http::header::{self, HeaderMap, HeaderValue};

use crate::error::{EgressError, Side};

/// Left out of what a caller gives: they belong to one connection, or follow from URL and body. A `Host` of the
/// caller's choice would let a request checked for one name be answered by another behind the same front door.
const OURS: &[&str] = &[
    "host",
    "content-length",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "http2-settings",
    "expect",
    "alt-used",
    "accept-encoding",
];

/// The codings the body reader can undo.
const OFFERED: &str = "gzip, deflate";

/// Removes what is ours and adds what every request has.
pub(crate) fn prepare(headers: &mut HeaderMap, user_agent: &HeaderValue) {
    for name in OURS {
        headers.remove(*name);
    }
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static(OFFERED));
    if !headers.contains_key(header::USER_AGENT) {
        headers.insert(header::USER_AGENT, user_agent.clone());
    }
}

/// Sum of names and values against the limit.
pub(crate) fn check_size(headers: &HeaderMap, limit: usize, side: Side) -> Result<(), EgressError> {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if bytes <= limit {
        return Ok(());
    }
    let what = match side {
        Side::Request => "request header block",
        Side::Response => "response header block",
    };
    Err(EgressError::BodyTooLarge { side, what, limit })
}
