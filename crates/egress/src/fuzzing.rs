//! Doors for the fuzz targets in `fuzz/`, there only with the `fuzzing` feature.

use url::Url;

use crate::address::AddressPolicy;
use crate::body;
use crate::destination::Destination;

/// The URL in normal form when a server without exceptions would resolve and request it.
#[must_use]
pub fn admitted(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let destination = Destination::of(&url).ok()?;
    destination.reachable(&AddressPolicy::default()).ok()?;
    Some(destination.url)
}

/// A body in a content coding, arriving in pieces; nothing when it is refused.
#[must_use]
pub fn decoded(coding: &str, pieces: &[&[u8]], limit: usize) -> Option<Vec<u8>> {
    body::decode(coding, pieces, limit)
}
