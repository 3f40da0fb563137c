//! `/api/docs`: a page that the binary itself serves, made in the browser from the OpenAPI document; and the pages of the
//! error codes. Nothing is loaded from elsewhere, and the policy allows no inline script or style.

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderValue, StatusCode, header};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ApiError, Path};
use crate::app::App;

const PAGE: &str = include_str!("docs.html");
const SCRIPT: &str = include_str!("docs.js");
const STYLE: &str = include_str!("docs.css");

include!(concat!(env!("OUT_DIR"), "/error_pages.rs"));

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

fn asset(kind: &'static str, text: &'static str) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))], text)
        .into_response()
}

/// API documentation
///
/// A page for people. Needs no API key.
#[utoipa::path(get, path = "/api/docs", tag = "server", operation_id = "docs", security(()),
    responses((status = 200, description = "The page", content_type = "text/html", body = String)))]
async fn page() -> Response {
    asset("text/html; charset=utf-8", PAGE)
}

/// What an error code means
///
/// The page that `type` in an error points to, in Markdown. Needs no API key.
#[utoipa::path(get, path = "/api/docs/errors/{code}", tag = "server", operation_id = "error_page", security(()),
    params(("code" = String, Path, description = "The code, in lower case")),
    responses((status = 200, description = "The page", content_type = "text/markdown", body = String), (status = 404, description = "No such code", body = super::Problem)))]
async fn error_page(Path(code): Path<String>) -> Response {
    match ERROR_PAGES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&code)) {
        Some((_, text)) => asset("text/markdown; charset=utf-8", text),
        None => ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no page for this code.").into_response(),
    }
}

/// The codes that have a page, in lower case.
#[cfg(test)]
pub(super) fn documented_codes() -> impl Iterator<Item = &'static str> {
    ERROR_PAGES.iter().map(|(name, _)| *name)
}

/// The routes of this file.
pub(super) fn routes() -> OpenApiRouter<App> {
    let assets = Router::new()
        .route("/api/docs/docs.js", get(|| async { asset("text/javascript; charset=utf-8", SCRIPT) }))
        .route("/api/docs/docs.css", get(|| async { asset("text/css; charset=utf-8", STYLE) }));
    OpenApiRouter::from(assets).routes(routes!(page)).routes(routes!(error_page))
}
