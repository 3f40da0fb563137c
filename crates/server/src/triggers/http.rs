//! `POST /api/webhooks/{trigger_id}`: where providers call. The signature is the authentication.

use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use millrace_ids::{RunId, TriggerId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::intake::{self, Intake};
use crate::app::App;
use crate::observe;
use crate::http::{ApiError, Json, Path, Problem, RawBody};

/// The routes of this slice.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(receive))
}

/// A delivery that started a run, or had started one before.
#[derive(Debug, Serialize, ToSchema)]
pub struct Accepted {
    /// The run.
    pub run_id: RunId,
    /// Whether the delivery had come before; within 24 hours one delivery starts one run.
    pub duplicate: bool,
}

/// A delivery that started nothing.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ignored {
    /// Always true.
    pub ignored: bool,
    /// `event_not_wanted` or `installation_not_active`.
    pub reason: &'static str,
}

/// Receive a webhook
///
/// Called by providers, or by anybody who has the signing secret. The signature over the raw body is the authentication:
/// the provider's own scheme for webhooks of a service, `X-Webhook-Signature: sha256=<hex HMAC-SHA256 of the body>` for
/// webhooks of a path. The provider's delivery id (`webhook-id` for a path), or the body's hash, is unique per address for
/// 24 hours. A provider's handshake (URL validation, challenge) is answered as it asks.
#[utoipa::path(post, path = "/api/webhooks/{trigger_id}", tag = "triggers", operation_id = "receive_webhook", security(()),
    params(("trigger_id" = String, Path, description = "From the installation's `webhooks[].url`")),
    request_body(content = Object, description = "Whatever the provider sends"),
    responses(
        (status = 202, description = "The run is stored durably", body = Accepted),
        (status = 200, description = "Nothing starts: a handshake's answer, an event that is not wanted, or a paused installation (`Ignored`)", content((Object = "application/json"), (String = "text/plain"))),
        (status = 400, description = "`WEBHOOK_MALFORMED`", body = Problem),
        (status = 401, description = "`WEBHOOK_SIGNATURE_INVALID`, `WEBHOOK_TIMESTAMP_STALE` or `WEBHOOK_SECRET_MISSING`", body = Problem),
        (status = 403, description = "`WORKSPACE_DEACTIVATED`: the workspace is closed; send it again later", body = Problem),
        (status = 404, description = "No such address", body = Problem),
        (status = 413, description = "The body is too large", body = Problem),
        (status = 429, description = "`QUOTA_EXCEEDED`: a quota of the workspace", body = Problem),
    ))]
async fn receive(State(app): State<App>, Path(id): Path<TriggerId>, headers: HeaderMap, uri: Uri, request: Request) -> Result<Response, ApiError> {
    let taken = take(&app, &id, &headers, &uri, request).await;
    observe::webhook(match &taken {
        Ok(Intake::Started { duplicate: false, .. }) => "accepted",
        Ok(Intake::Started { .. }) => "duplicate",
        Ok(Intake::Ignored { reason }) => reason,
        Ok(Intake::Handshake(_)) => "handshake",
        Err(error) => error.code.as_str(),
    });
    Ok(match taken? {
        Intake::Started { run, duplicate } => (StatusCode::ACCEPTED, Json(Accepted { run_id: run, duplicate })).into_response(),
        Intake::Ignored { reason } => Json(Ignored { ignored: true, reason }).into_response(),
        Intake::Handshake(reply) => {
            let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::OK);
            (status, [(header::CONTENT_TYPE, HeaderValue::from_static(reply.content_type))], reply.body).into_response()
        }
    })
}

async fn take(app: &App, id: &TriggerId, headers: &HeaderMap, uri: &Uri, request: Request) -> Result<Intake, ApiError> {
    // Before the body is read: an unknown address costs nothing more.
    let address = intake::address(app, id).await?.ok_or_else(|| ApiError::not_found("webhook address"))?;
    let RawBody(body) = RawBody::from_request(request, app).await?;
    intake::receive(app, &address, headers, body, uri.query()).await
}
