//! The last help for somebody who lost every second factor and every recovery code: the operator takes them all away.
//!
//! Who asks for it may be whoever found the telephone, so the operator must know the person. All sessions end, a mail tells
//! the person, and the password must then be good enough alone (`sign_in::login` sees to it).

use axum::extract::State;
use http::StatusCode;
use millrace_ids::UserId;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, Json, Problem};
use crate::identity::{Actor, Operator};
use crate::mail::Template;
use crate::sessions::{self, RevokedReason};
use crate::users::{self, EmailAddress, invalid_email, links};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::default().routes(routes!(reset))
}

/// Whose second factors are taken away.
#[derive(Debug, Deserialize, ToSchema)]
struct ResetFactorsRequest {
    /// The address of their account.
    email: String,
}

/// What was taken away.
#[derive(Debug, Serialize, ToSchema)]
struct ResetAnswer {
    user_id: UserId,
    /// Authenticator apps and passkeys; recovery codes went as well.
    removed: u64,
    /// Devices that were signed out.
    sessions_ended: u64,
}

/// Take a person's second factors away
///
/// For somebody who lost them all, and whom the operator knows. Takes the operator's token (`MILLRACE_OPERATOR_TOKEN`). Ends all
/// their sessions, and tells them by mail.
#[utoipa::path(post, path = "/api/admin/second-factors/reset", tag = "staff", operation_id = "reset_second_factors", request_body = ResetFactorsRequest,
    responses((status = 200, body = ResetAnswer), (status = 400, description = "INVALID_EMAIL", body = Problem), (status = 404, description = "Nobody has this address", body = Problem),
        (status = 409, description = "NO_SECOND_FACTOR", body = Problem)))]
async fn reset(State(app): State<App>, _: Operator, Json(body): Json<ResetFactorsRequest>) -> Result<Json<ResetAnswer>, ApiError> {
    let email: EmailAddress = body.email.parse().map_err(invalid_email)?;
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let unknown = || ApiError::new(StatusCode::NOT_FOUND, "NOT_FOUND", "Nobody with this address has an account.");
    let found = users::find_by_email(&mut tx, &email).await?.ok_or_else(unknown)?;
    let person = users::lock(&mut tx, &found.id).await?.ok_or_else(unknown)?;
    let removed = store::remove_all(&mut tx, &person.id).await?;
    if removed == 0 {
        return Err(ApiError::conflict("NO_SECOND_FACTOR", "This account has no second factor."));
    }
    let sessions_ended = sessions::revoke_all_in(&mut tx, &person.id, None, RevokedReason::FactorsReset, now).await?;
    let entry = Entry::new(Action::SecondFactorsReset, "user", &person.id).person(&person.id).meta(json!({"by": "operator", "removed": removed, "sessions": sessions_ended}));
    audit::record(&mut tx, None, &Actor::System, entry, now).await?;
    let mail = Template::SecondFactorsReset { at: now, security_url: links::page(&app, "/app/account/security") };
    app.mail.queue(&mut tx, None, person.email.as_str(), &mail, &format!("{}:{}", person.id, now.micros()), now).await?;
    tx.commit().await?;
    app.sessions.forget_user(&person.id);
    Ok(Json(ResetAnswer { user_id: person.id, removed, sessions_ended }))
}
