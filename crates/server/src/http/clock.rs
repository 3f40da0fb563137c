//! `POST /api/test/clock`: moves the server's clock. Exists only with `MILLRACE_TEST_CLOCK=1`.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use millrace_clock::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ApiError, Json};
use crate::app::App;

#[derive(Debug, Deserialize)]
struct Set {
    /// The new instant, RFC 3339.
    now: String,
}

#[derive(Debug, Serialize)]
struct Now {
    now: String,
}

async fn set(State(app): State<App>, Json(body): Json<Set>) -> Result<Json<Now>, ApiError> {
    let wrong = |e: &dyn std::fmt::Display| {
        ApiError::invalid("INVALID_REQUEST", format!("`now` is not an RFC 3339 instant: {e}.")).with_field("now", "INVALID_VALUE", "write for example 2026-01-15T09:30:00Z")
    };
    let to = Timestamp::parse(&body.now).map_err(|e| wrong(&e))?;
    app.clock.set(to);
    app.engine.wake();
    app.mail.wake();
    app.alerts.wake();
    tracing::warn!(now = %to, "the test clock was moved");
    Ok(Json(Now { now: app.clock.now().to_string() }))
}

/// Not part of the OpenAPI document: it is not part of the product.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/api/test/clock", post(set))
}
