//! Events that a tenant sends to its own runs: `POST /api/events` wakes every run that waits for the name.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::http::{ApiError, DataJson, Json};
use crate::identity::{May, need};

/// Longest event name: it is an index entry.
const NAME_CHARS: usize = 200;

/// The routes of events.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(publish))
}

/// An event.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PublishRequest {
    /// Its name, as `waitForEvent(name)` spells it.
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    /// What happened; the run is given it.
    #[serde(default)]
    data: Value,
}

/// What became of an event.
#[derive(Debug, Serialize, ToSchema)]
struct PublishAnswer {
    /// How many runs it woke.
    woken: u64,
}

/// Send an event to the runs that wait for it
#[utoipa::path(post, path = "/api/events", tag = "events", request_body = PublishRequest, responses((status = 200, body = PublishAnswer), (status = 429, description = "`QUOTA_EXCEEDED`: events count as webhooks")))]
async fn publish(State(app): State<App>, caller: May<need::EventsPublish>, DataJson(body): DataJson<PublishRequest>) -> Result<Json<PublishAnswer>, ApiError> {
    if body.name.is_empty() || body.name.chars().count() > NAME_CHARS || body.name.contains('\0') {
        return Err(ApiError::invalid("INVALID_EVENT", format!("An event's `name` has 1 to {NAME_CHARS} characters.")));
    }
    // An event wakes runs as a delivery starts them: one rate is for both.
    app.quotas.admit_webhook(&caller.tenant)?;
    let woken = app.engine.publish_event(&caller.tenant, &body.name, &body.data).await?;
    Ok(Json(PublishAnswer { woken }))
}
