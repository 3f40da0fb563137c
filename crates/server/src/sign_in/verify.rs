//! Verifying an address, and sending the mail for it again.

use http::StatusCode;

use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::rate_limits::Rule;
use crate::sessions::Next;
use crate::users::tokens::{self, Purpose};
use crate::users::{self, EmailAddress, UserRecord, UserStatus, verification};
use crate::{invitations, memberships};

/// Verifies the address whose mail carried this token. Answers where the person goes on, once signed in.
pub(super) async fn verify(app: &App, token: &str) -> Result<(UserRecord, Next), ApiError> {
    let now = app.clock.now();
    let used = || ApiError::invalid("VERIFICATION_TOKEN_USED", "This link was used already, or was never given out.").with_hint("Sign in, or POST /api/v1/auth/resend-verification.");
    let mut tx = app.platform().begin().await?;
    let issued = tokens::find(&mut tx, &app.keyring, Purpose::VerifyEmail, token).await?.ok_or_else(used)?;
    if now >= issued.expires_at {
        let detail = "This link has ended.";
        return Err(ApiError::new(StatusCode::UNAUTHORIZED, "VERIFICATION_TOKEN_EXPIRED", detail).with_hint("POST /api/v1/auth/resend-verification sends another one."));
    }
    let mut user = users::lock(&mut tx, &issued.user).await?.ok_or_else(used)?;
    if !tokens::spend(&mut tx, &app.keyring, Purpose::VerifyEmail, token).await? {
        return Err(used());
    }
    if !users::verify(&mut tx, &user.id, true, UserStatus::Active, now).await? {
        return Err(crate::sessions::suspended());
    }
    (user.email_verified, user.status) = (true, UserStatus::Active);
    if let Some(invitation) = &issued.invitation {
        invitations::complete_verified(&mut tx, app, invitation, &user).await?;
    }
    let next = match memberships::list_of_user(&mut tx, &user.id).await?.len() {
        0 => Next::CreateWorkspace,
        1 => Next::Workspace,
        _ => Next::PickWorkspace,
    };
    audit::record(&mut tx, None, &Actor::System, Entry::new(Action::EmailVerified, "user", &user.id).person(&user.id), now).await?;
    tx.commit().await?;
    app.sessions.forget_user(&user.id);
    Ok((user, next))
}

/// Sends the mail again to somebody who waits for it. It happens beside the request, whose answer says nothing.
pub(super) fn resend(app: &App, email: EmailAddress) -> Result<(), ApiError> {
    app.limits.check(Rule::VerifyEmail, email.as_str())?;
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = resend_now(&app, &email).await {
            tracing::warn!(%error, "a verification mail could not be queued");
        }
    });
    Ok(())
}

async fn resend_now(app: &App, email: &EmailAddress) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.platform().begin().await?;
    let Some(user) = users::find_by_email(&mut tx, email).await? else { return Ok(()) };
    if user.status != UserStatus::PendingVerification {
        return Ok(());
    }
    verification::send(&mut tx, app, &user.id, email, None, now).await?;
    tx.commit().await?;
    Ok(())
}
