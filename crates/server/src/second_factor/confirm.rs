//! A session that began with one factor is confirmed with a second one: begun before there was one, or at an identity provider.

use serde_json::json;

use super::proof;
use super::showing::Given;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::User;
use crate::sessions;

/// Confirms the session that asks.
///
/// # Errors
/// 400 `FRESH_PROOF_REQUIRED`, `WRONG_CODE`, `WRONG_PASSKEY`; 429 `SECOND_FACTOR_LOCKED`.
pub(super) async fn confirm(app: &App, user: &User, given: &Given) -> Result<(), ApiError> {
    if !given.is_some() {
        return Err(ApiError::invalid("FRESH_PROOF_REQUIRED", "This confirms the session with a second factor.").with_field("code", "MISSING_FIELD", "is required").with_hint("Send a `code`, or the answer of a `passkey`."));
    }
    let (mut tx, person, shown) = proof::with_factor(app, user.id(), &user.actor(), given).await?;
    if sessions::confirm(&mut tx, user.session(), shown.as_str()).await? {
        let entry = Entry::new(Action::SessionConfirmed, "session", user.session()).person(&person.id).meta(json!({"second_factor": shown.as_str()}));
        audit::record(&mut tx, user.0.tenant.as_ref(), &user.actor(), entry, app.clock.now()).await?;
    }
    tx.commit().await?;
    app.sessions.forget_user(user.id());
    Ok(())
}
