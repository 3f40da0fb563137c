//! Suspending people and letting them in again; finding them.

use millrace_ids::UserId;

use super::model::{Account, Changed, reason};
use super::store;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::PlatformAdmin;
use crate::rate_limits::Rule;
use crate::security_events::{self, Kind};
use crate::sessions::{self, RevokedReason};
use crate::users::{self, EmailAddress, UserRecord, UserStatus, invalid_email};
use crate::staff;

/// Suspends a person: every session ends, and none begins.
pub(super) async fn suspend(app: &App, by: &PlatformAdmin, id: &UserId, why: &str) -> Result<Changed<Account>, ApiError> {
    app.limits.check(Rule::AdminWrite, by.by.as_str())?;
    let (why, now) = (reason(why)?, app.clock.now());
    let mut tx = app.platform().begin().await?;
    let user = locked(&mut tx, id).await?;
    if user.status == UserStatus::Suspended {
        drop(tx);
        return Ok(Changed { now: find(app, id).await?, already: true });
    }
    store::set_user_status(&mut tx, id, UserStatus::Suspended.as_str(), now).await?;
    let ended = sessions::revoke_all_in(&mut tx, id, None, RevokedReason::Suspended, now).await?;
    staff::end_support_of(&mut tx, id, now).await?;
    let meta = serde_json::json!({"from": user.status.as_str(), "sessions_ended": ended});
    security_events::record(&mut tx, None, Kind::UserSuspended, id.as_str(), &serde_json::json!({}), now).await?;
    audit::record(&mut tx, None, &by.by, Entry::new(Action::UserSuspended, "user", id).person(id).own("reason", why).meta(meta), now).await?;
    tx.commit().await?;
    app.sessions.forget_user(id);
    Ok(Changed { now: find(app, id).await?, already: false })
}

/// Lets a suspended person in again, as what they were.
pub(super) async fn reactivate(app: &App, by: &PlatformAdmin, id: &UserId, why: &str) -> Result<Changed<Account>, ApiError> {
    app.limits.check(Rule::AdminWrite, by.by.as_str())?;
    let (why, now) = (reason(why)?, app.clock.now());
    let mut tx = app.platform().begin().await?;
    let user = locked(&mut tx, id).await?;
    if user.status != UserStatus::Suspended {
        drop(tx);
        return Ok(Changed { now: find(app, id).await?, already: true });
    }
    let status = before_suspension(app, &user);
    store::set_user_status(&mut tx, id, status.as_str(), now).await?;
    let meta = serde_json::json!({"to": status.as_str()});
    audit::record(&mut tx, None, &by.by, Entry::new(Action::UserReactivated, "user", id).person(id).own("reason", why).meta(meta), now).await?;
    tx.commit().await?;
    app.sessions.forget_user(id);
    Ok(Changed { now: find(app, id).await?, already: false })
}

/// What follows from what is known of a person. Nobody is let past verifying their address by having been suspended.
fn before_suspension(app: &App, user: &UserRecord) -> UserStatus {
    let has_been_here = user.password_hash.is_some() || user.identity.is_some();
    match (has_been_here, user.email_verified || !app.config.auth.email_verification) {
        (false, _) => UserStatus::Invited,
        (true, true) => UserStatus::Active,
        (true, false) => UserStatus::PendingVerification,
    }
}

/// A person, locked; those who were erased are nobody.
pub(super) async fn locked(tx: &mut millrace_db::Tx, id: &UserId) -> Result<UserRecord, ApiError> {
    users::lock(tx, id).await?.filter(|user| !super::erase::is_erased(&user.email)).ok_or_else(nobody)
}

pub(super) async fn find(app: &App, id: &UserId) -> Result<Account, ApiError> {
    store::account(&mut app.platform().read().await?, id).await?.ok_or_else(nobody)
}

pub(super) async fn find_by_email(app: &App, email: &str) -> Result<Option<Account>, ApiError> {
    let email: EmailAddress = email.parse().map_err(invalid_email)?;
    Ok(store::account_by_email(&mut app.platform().read().await?, email.as_str()).await?)
}

fn nobody() -> ApiError {
    ApiError::new(http::StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such person.")
}
