//! The id of the request being served, so that an error anywhere below can name it.

use http::{HeaderMap, HeaderName, HeaderValue};
use millrace_ids::RequestId;

use super::limits;

/// The header that carries it, both ways.
pub const HEADER: HeaderName = HeaderName::from_static("x-request-id");

tokio::task_local! {
    static CURRENT: String;
}

/// The present request's id; empty outside of a request.
pub fn current() -> String {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// Runs `future` as part of the request `id`.
pub(super) async fn within<F: Future>(id: String, future: F) -> F::Output {
    CURRENT.scope(id, future).await
}

/// The caller's id if it is harmless in a log, else a new one.
pub(super) fn of(headers: &HeaderMap) -> (String, HeaderValue) {
    let harmless = |text: &&str| !text.is_empty() && text.len() <= limits::REQUEST_ID && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let given = headers.get(HEADER).and_then(|value| value.to_str().ok()).filter(harmless);
    let id = given.map_or_else(|| RequestId::generate().to_string(), str::to_owned);
    let value = HeaderValue::from_str(&id).unwrap_or_else(|_| HeaderValue::from_static("invalid"));
    (id, value)
}
