//! The next hop of a redirect, as the Fetch standard defines it, minus what must not travel to another origin.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use url::Url;

use crate::error::EgressError;
use crate::request::Request;
use crate::secret::SecretSet;

/// Headers that describe a body and go with it.
const OF_BODY: &[HeaderName] = &[
    header::CONTENT_TYPE,
    header::CONTENT_ENCODING,
    header::CONTENT_LANGUAGE,
    header::CONTENT_LOCATION,
];

/// Where this answer sends us, if it does: one of the five statuses with a location. The location's text must have
/// its secrets masked already.
pub(crate) fn location(
    status: StatusCode,
    headers: &HeaderMap,
    from: &Url,
) -> Option<Result<Url, EgressError>> {
    if !matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let value = headers.get(header::LOCATION)?;
    let bad = |reason: &str| EgressError::BadUrl {
        reason: format!("redirect location: {reason}"),
    };
    let Ok(text) = std::str::from_utf8(value.as_bytes()) else {
        return Some(Err(bad("not text")));
    };
    Some(
        from.join(text.trim())
            .map_err(|error| bad(&error.to_string())),
    )
}

/// Changes the request into the one for the next hop. A body with a secret in the clear (put there by the caller, so
/// without a host list) does not travel to another origin: `EGRESS_SECRET_NOT_ALLOWED`.
pub(crate) fn follow(
    request: &mut Request,
    status: StatusCode,
    to: Url,
    secrets: &SecretSet,
) -> Result<(), EgressError> {
    let becomes_get = match status.as_u16() {
        301 | 302 => request.method == Method::POST,
        303 => request.method != Method::GET && request.method != Method::HEAD,
        _ => false,
    };
    if becomes_get {
        request.method = Method::GET;
        request.body.clear();
        for name in OF_BODY {
            request.headers.remove(name);
        }
    }
    if to.origin() != request.url.origin() {
        drop_credentials(&mut request.headers, secrets);
        if secrets.in_the_clear(&request.body) {
            return Err(EgressError::SecretNotAllowed {
                host: to.host_str().unwrap_or_default().to_owned(),
            });
        }
    }
    request.url = to;
    Ok(())
}

/// Another origin gets neither the usual credential headers nor any header that carries a secret, even when the
/// secret's host list would allow it: the caller chose the first origin, the first origin chose the second.
fn drop_credentials(headers: &mut HeaderMap, secrets: &SecretSet) {
    for name in [
        header::AUTHORIZATION,
        header::COOKIE,
        header::PROXY_AUTHORIZATION,
    ] {
        headers.remove(name);
    }
    let carries =
        |value: &HeaderValue| secrets.in_header(value) || secrets.in_the_clear(value.as_bytes());
    let carriers: Vec<HeaderName> = headers
        .iter()
        .filter(|(_, value)| carries(value))
        .map(|(name, _)| name.clone())
        .collect();
    for name in carriers {
        headers.remove(name);
    }
}
