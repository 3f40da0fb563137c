//! `GET /runs/{id}`: one run to look at, until the web app comes. The page is static and asks the API with the reader's own
//! key, taken from the address's fragment (which no browser sends) and kept for the tab.

use axum::extract::Path;
use axum::response::IntoResponse;
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

const PAGE: &str = include_str!("page/run.html");
const SCRIPT: &str = include_str!("page/run.js");
const STYLE: &str = include_str!("page/run.css");
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page and its two files; not part of the API document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .route("/runs/{id}", get(async |_: Path<String>| file(PAGE, "text/html; charset=utf-8")))
        .route("/runs/assets/run.js", get(async || file(SCRIPT, "text/javascript; charset=utf-8")))
        .route("/runs/assets/run.css", get(async || file(STYLE, "text/css; charset=utf-8")))
}

fn file(text: &'static str, kind: &'static str) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")], text)
}
