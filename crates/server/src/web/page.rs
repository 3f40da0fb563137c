//! `index.html`, each time with a word of its own that its scripts and styles must show.

use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::{HeaderValue, StatusCode, header};

use super::files::Files;
use super::missing;
use crate::http::ApiError;

/// What the build writes where the word goes.
const PLACEHOLDER: &str = "__CSP_NONCE__";

/// There is no tag to ask with: a browser that was told "not modified" would hold the old word against the new policy.
pub(super) fn answer(files: Files<'_>) -> Response {
    let nonce = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>());
    let (status, text) = match files.get("index.html") {
        Some(file) => (StatusCode::OK, String::from_utf8_lossy(&file.bytes).replace(PLACEHOLDER, &nonce)),
        None => (StatusCode::NOT_FOUND, missing::PAGE.replace(PLACEHOLDER, &nonce)),
    };
    let policy = match HeaderValue::from_str(&policy(&nonce)) {
        Ok(policy) => policy,
        Err(error) => return ApiError::internal(error).into_response(),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (status, headers, text).into_response()
}

/// Everything comes from here, but pictures that developers show; nothing inline runs without the word.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: https:; font-src 'self'; connect-src 'self'; \
         worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
}
