//! The page on which a person signs in and decides, until there is a web application: served by the binary itself, without
//! anything inline, and loading nothing from elsewhere.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, header};

use crate::app::App;

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");
const STYLE: &str = include_str!("page.css");

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

fn served(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))], text)
        .into_response()
}

/// The page; the same for everybody.
pub(super) fn page() -> Response {
    served("text/html; charset=utf-8", PAGE)
}

/// What it loads.
pub(super) fn assets() -> Router<App> {
    Router::new()
        .route("/api/v1/auth/device/page.js", get(|| async { served("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/api/v1/auth/device/page.css", get(|| async { served("text/css; charset=utf-8", STYLE) }))
}
