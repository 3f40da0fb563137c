//! All routes in one place.

use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::{Router, response::IntoResponse};
use http::{Method, StatusCode, Uri};
use utoipa_axum::router::OpenApiRouter;

use super::{ApiError, clock, docs, edge, health, openapi as document};
use crate::app::App;

/// What the slices serve.
fn slices() -> OpenApiRouter<App> {
    OpenApiRouter::default()
        .merge(health::routes())
        .merge(document::routes())
        .merge(docs::routes())
        .merge(crate::sessions::routes())
        .merge(crate::sign_in::routes())
        .merge(crate::device_login::routes())
        .merge(crate::second_factor::routes())
        .merge(crate::sso::routes())
        .merge(crate::users::routes())
        .merge(crate::tenants::routes())
        .merge(crate::invitations::routes())
        .merge(crate::api_keys::routes())
        .merge(crate::staff::routes())
        .merge(crate::lifecycle::routes())
        .merge(crate::system::routes())
        .merge(crate::security_events::routes())
        .merge(crate::partner::routes())
        .merge(crate::workflows::routes())
        .merge(crate::marketplace::routes())
        .merge(crate::access::routes())
        .merge(crate::variables::routes())
        .merge(crate::installations::routes())
        .merge(crate::storage::routes())
        .merge(crate::rollouts::routes())
        .merge(crate::triggers::routes())
        .merge(crate::connections::routes())
        .merge(crate::connectors::routes())
        .merge(crate::oauth_apps::routes())
        .merge(crate::oauth::routes())
        .merge(crate::runs::routes())
        .merge(crate::analytics::routes())
        .merge(crate::alerts::routes())
        .merge(crate::metering::routes())
        .merge(crate::events::routes())
        .merge(crate::approvals::routes())
        .merge(crate::quotas::routes())
        .merge(crate::mail::routes())
        .merge(crate::audit::routes())
        .merge(crate::web::routes())
}

/// The whole API.
pub fn router(app: App) -> Router {
    let (routes, _) = slices().split_for_parts();
    let routes = routes.merge(crate::observe::routes());
    let routes = if app.config.test_clock { routes.merge(clock::routes()) } else { routes };
    finish(routes, app)
}

/// What a node without the `api` role serves.
pub fn health_only(app: App) -> Router {
    let (routes, _) = health::routes().split_for_parts();
    finish(routes.merge(crate::observe::routes()), app)
}

/// What the second address serves.
pub fn metrics_only(app: App) -> Router {
    let (routes, _) = health::routes().split_for_parts();
    finish(routes.merge(crate::observe::only()), app)
}

/// The OpenAPI document.
pub fn openapi() -> utoipa::openapi::OpenApi {
    document::complete(slices().into_openapi())
}

fn finish(routes: Router<App>, app: App) -> Router {
    routes
        .fallback(unknown_route)
        .method_not_allowed_fallback(unknown_method)
        // Bodies are read by our own extractors, which know each route's limit.
        .layer(DefaultBodyLimit::disable())
        .layer(from_fn_with_state(app.clone(), edge::edge))
        .with_state(app)
}

async fn unknown_route(uri: Uri) -> impl IntoResponse {
    let path: String = uri.path().chars().take(200).collect();
    ApiError::new(StatusCode::NOT_FOUND, "UNKNOWN_ROUTE", format!("There is nothing at {path}.")).with_hint("GET /api/docs shows everything there is.")
}

async fn unknown_method(method: Method, uri: Uri) -> impl IntoResponse {
    let path: String = uri.path().chars().take(200).collect();
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", format!("{path} does not answer to {method}.")).with_hint("The `Allow` header lists what it answers to.")
}
