//! A forgotten password: a link in a mail, good once and for an hour.

use http::StatusCode;
use millrace_db::Tx;
use millrace_ids::TenantId;

use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, ClientAddress};
use crate::identity::Actor;
use crate::mail::Template;
use crate::memberships::{self, MembershipStatus};
use crate::passwords::{self, Password, lockout};
use crate::rate_limits::Rule;
use crate::second_factor;
use crate::sessions::{self, Facts, RevokedReason};
use crate::users::limits::RESET_TTL;
use crate::users::tokens::{self, Purpose};
use crate::users::{self, AuthProvider, EmailAddress, UserRecord, UserStatus, links};

/// Sends the link to somebody who has a password here. It happens beside the request, which answers all addresses alike.
pub(super) fn forgot(app: &App, from: ClientAddress, email: EmailAddress) -> Result<(), ApiError> {
    app.limits.check(Rule::ForgotAddress, from.group())?;
    app.limits.check(Rule::ForgotEmail, email.as_str())?;
    let (app, origin, request) = (app.clone(), crate::http::current_origin(), crate::http::current_request_id());
    tokio::spawn(crate::http::as_request(origin, request, async move {
        if let Err(error) = send(&app, &email).await {
            tracing::warn!(%error, "a reset mail could not be queued");
        }
    }));
    Ok(())
}

async fn send(app: &App, email: &EmailAddress) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let may = |user: &UserRecord| user.auth_provider == AuthProvider::Local && user.password_hash.is_some() && user.status != UserStatus::Suspended;
    let Some(user) = users::find_by_email(&mut tx, email).await?.filter(may) else {
        tracing::debug!("a password reset was asked for an address without a password");
        return Ok(());
    };
    let token = tokens::issue(&mut tx, &app.keyring, &user.id, Purpose::ResetPassword, None, (now, RESET_TTL)).await?;
    let mail = Template::PasswordReset { link: links::reset_password(app, &token), expires_at: now.plus(RESET_TTL), ip: Facts::current().ip };
    app.mail.queue(&mut tx, None, email.as_str(), &mail, &token.hash(&app.keyring), now).await?;
    let tenant = last_tenant(&mut tx, &user).await?;
    audit::record(&mut tx, tenant.as_ref(), &Actor::System, Entry::new(Action::PasswordResetRequested, "user", &user.id).person(&user.id), now).await?;
    tx.commit().await?;
    Ok(())
}

/// The person who holds this token.
///
/// # Errors
/// 401 `RESET_TOKEN_INVALID` or `RESET_TOKEN_EXPIRED`.
pub(super) async fn holder(app: &App, tx: &mut Tx, token: &str) -> Result<UserRecord, ApiError> {
    let issued = tokens::find(tx, &app.keyring, Purpose::ResetPassword, token).await?.ok_or_else(invalid)?;
    if app.clock.now() >= issued.expires_at {
        return Err(refused("RESET_TOKEN_EXPIRED", "This link has ended."));
    }
    users::find(tx, &issued.user).await?.ok_or_else(invalid)
}

/// Sets a new password and signs the person out everywhere.
pub(super) async fn reset(app: &App, token: &str, password: &Password, csrf: impl FnOnce() -> Result<(), ApiError>) -> Result<(), ApiError> {
    let mut read = app.platform().read().await?;
    let user = holder(app, &mut read, token).await?;
    let with_factor = second_factor::is_enrolled(&mut read, &user.id).await?;
    drop(read);
    csrf()?;
    passwords::check(password, &user.email, with_factor)?;
    let hash = app.passwords.hash(password).await?;
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let user = users::lock(&mut tx, &user.id).await?.ok_or_else(invalid)?;
    if !tokens::spend(&mut tx, &app.keyring, Purpose::ResetPassword, token).await? {
        return Err(invalid());
    }
    if with_factor && !second_factor::is_enrolled(&mut tx, &user.id).await? {
        // Removed a moment ago: the password must be good enough alone.
        passwords::check(password, &user.email, false)?;
    }
    second_factor::forget_challenges(&mut tx, &user.id).await?;
    users::set_password(&mut tx, &user.id, &hash, now).await?;
    sessions::revoke_all_in(&mut tx, &user.id, None, RevokedReason::PasswordReset, now).await?;
    lockout::clear(&mut tx, &app.keyring, &user.email).await?;
    let mail = Template::PasswordResetSuccess { at: now, ip: Facts::current().ip, reset_url: links::page(app, "/app/forgot-password") };
    app.mail.queue(&mut tx, None, user.email.as_str(), &mail, &tokens::hash(&app.keyring, token), now).await?;
    let tenant = last_tenant(&mut tx, &user).await?;
    audit::record(&mut tx, tenant.as_ref(), &Actor::System, Entry::new(Action::PasswordReset, "user", &user.id).person(&user.id), now).await?;
    tx.commit().await?;
    app.sessions.forget_user(&user.id);
    Ok(())
}

/// The workspace in which the person was last, if they still belong to it.
async fn last_tenant(tx: &mut Tx, user: &UserRecord) -> Result<Option<TenantId>, ApiError> {
    let Some(tenant) = &user.last_active_tenant else { return Ok(None) };
    let member = memberships::find(tx, tenant, &user.id).await?;
    Ok(member.filter(|member| member.status == MembershipStatus::Active).map(|member| member.tenant))
}

fn invalid() -> ApiError {
    refused("RESET_TOKEN_INVALID", "This link was used already, was replaced by a newer one, or was never given out.")
}

fn refused(code: &str, detail: &str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, code, detail).with_hint("POST /api/v1/auth/forgot-password sends another one.")
}
