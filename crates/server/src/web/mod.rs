//! The web app: the files that its build leaves in `web/dist`, in the binary itself, and where browsers are sent in it.
//!
//! The app is a caller of the API like any other: nothing here reads a row or knows who asks. A release carries its files; a debug
//! build reads them from disk for each request. A binary that was built without them says so.

mod asset;
mod browser;
mod files;
mod missing;
mod page;

#[cfg(test)]
mod tests;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use utoipa_axum::router::OpenApiRouter;

pub(crate) use browser::{sent_to, sent_with_token, wants_page};
use files::Files;

use crate::app::App;

/// What browsers ask for beside the app; not part of the API document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::from(
        Router::new()
            .route("/", get(async || moved("/app")))
            .route("/app", get(index))
            .route("/app/", get(async || moved("/app")))
            .route("/app/{*path}", get(index))
            .route("/workflows/{*path}", get(index))
            .route("/install", get(index))
            // Addresses of runs, as they were given out before there was an app.
            .route("/runs/{id}", get(async |uri: Uri| moved(&format!("/app{}", uri.path()))))
            .route("/assets/{*path}", get(built))
            .route("/favicon.ico", get(named))
            .route("/favicon.svg", get(named))
            .route("/manifest.webmanifest", get(named)),
    )
}

/// The one page of the app, wherever in it somebody is.
async fn index(State(app): State<App>) -> Response {
    page::answer(Files::of(&app.config))
}

/// A file of the build, whose name changes with its content unless it was copied as it is.
async fn built(State(app): State<App>, Path(path): Path<String>, headers: HeaderMap) -> Response {
    asset::answer(Files::of(&app.config), &format!("assets/{path}"), &headers, asset::Keep::of(&path))
}

/// A file that browsers look for under this very name.
async fn named(State(app): State<App>, uri: Uri, headers: HeaderMap) -> Response {
    asset::answer(Files::of(&app.config), uri.path().trim_start_matches('/'), &headers, asset::Keep::Asking)
}

/// `to` begins with a path of ours that was written here.
fn moved(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
