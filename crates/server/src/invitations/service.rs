//! Inviting, inviting again, taking back.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{InvitationId, UserId};
use serde_json::json;

use super::limits::TTL;
use super::model::{Invitation, InvitationStatus};
use super::store;
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::{Caller, Role};
use crate::mail::Template;
use crate::memberships::{self, MembershipStatus};
use crate::rate_limits::Rule;
use crate::sso;
use crate::tenants::{self, AuthMode, Settings};
use crate::users::tokens::OneTimeToken;
use crate::users::{self, AuthProvider, EmailAddress, NewUser, UserStatus, links};

/// Invites an address. One that waits for it in the same workspace is taken back.
pub(super) async fn invite(app: &App, caller: &Caller, email: &EmailAddress, role: Role) -> Result<Invitation, ApiError> {
    app.limits.check(Rule::Invite, &caller.tenant)?;
    app.limits.check(Rule::InviteEmail, email.as_str())?;
    match try_invite(app, caller, email, role).await {
        // Somebody invited the same address at the same moment: that one is taken back now.
        Err(Failed::Beaten) => try_invite(app, caller, email, role).await.map_err(ApiError::from),
        other => other.map_err(ApiError::from),
    }
}

enum Failed {
    Beaten,
    Api(ApiError),
}

impl From<Failed> for ApiError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Beaten => Self::unavailable("Somebody else is inviting the same person at this moment."),
            Failed::Api(error) => error,
        }
    }
}

impl From<DbError> for Failed {
    fn from(error: DbError) -> Self {
        if error.is_unique_violation() { Self::Beaten } else { Self::Api(error.into()) }
    }
}

impl From<ApiError> for Failed {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

async fn try_invite(app: &App, caller: &Caller, email: &EmailAddress, role: Role) -> Result<Invitation, Failed> {
    let now = app.clock.now();
    let by = caller.by.user().ok_or_else(ApiError::unauthorized)?;
    let mut tx = app.of(&caller.tenant).begin().await?;
    let settings = tenants::workspace_settings(&mut tx, &caller.tenant).await?.ok_or_else(|| ApiError::not_found("workspace"))?;
    let known = users::find_by_email(&mut tx, email).await?;
    if let Some(user) = &known
        && memberships::find(&mut tx, &caller.tenant, &user.id).await?.is_some_and(|member| member.status == MembershipStatus::Active)
    {
        return Err(ApiError::conflict("ALREADY_MEMBER", "This person is a member already.").into());
    }
    let mode = tenants::auth_mode(&mut tx, &settings).await?;
    // Somebody who was invited and never came, or whose address nobody has verified, has no way of signing in yet.
    let settled = known.as_ref().filter(|user| user.status != UserStatus::Invited && !user.is_unproven()).map(|user| user.auth_provider);
    let auth_provider = provider(mode, settled, sso::entrance(&mut tx, app, &caller.tenant).await?.is_some())?;
    let replaced = store::revoke_older(&mut tx, &caller.tenant, email, now).await?;
    let user = match known {
        Some(user) => user.id,
        None => invited(&mut tx, email, auth_provider, now).await?.ok_or(Failed::Beaten)?,
    };
    let (id, expires_at) = (InvitationId::generate(), now.plus(TTL));
    let invitation = Invitation {
        id,
        tenant: caller.tenant.clone(),
        email: email.clone(),
        role,
        auth_provider,
        status: InvitationStatus::Pending,
        expires_at,
        invited_by: by.clone(),
        accepted_at: None,
        created_at: now,
    };
    let token = OneTimeToken::generate();
    store::insert(&mut tx, &invitation, &token.hash(&app.keyring), &user).await?;
    mail(&mut tx, app, &settings, &invitation, &token, now).await?;
    let entry = Entry::new(Action::InvitationSent, "invitation", &invitation.id).person(&user).about("email", email.as_str()).meta(json!({"role": role.as_str(), "replaced": replaced}));
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, entry, now).await?;
    tx.commit().await?;
    Ok(invitation)
}

/// How an invited person signs in, or why they cannot.
fn provider(mode: AuthMode, settled: Option<AuthProvider>, has_sso: bool) -> Result<AuthProvider, ApiError> {
    let wanted = match mode {
        AuthMode::SsoOnly => AuthProvider::Idp,
        AuthMode::LocalOnly => AuthProvider::Local,
        AuthMode::Mixed => settled.unwrap_or(if has_sso { AuthProvider::Idp } else { AuthProvider::Local }),
    };
    match settled {
        Some(own) if own != wanted => {
            let detail = format!("This person signs in by `{}`, which this workspace does not allow.", own.as_str());
            Err(ApiError::conflict("AUTH_PROVIDER_MISMATCH", detail).with_hint("Change `auth_mode` of the workspace, or invite another address."))
        }
        _ => Ok(wanted),
    }
}

/// A person who has never been here; `None` when they came a moment ago.
async fn invited(tx: &mut Tx, email: &EmailAddress, auth_provider: AuthProvider, now: Timestamp) -> Result<Option<UserId>, DbError> {
    users::insert(tx, &NewUser { email, auth_provider, email_verified: false, password_hash: None, status: UserStatus::Invited }, now).await
}

async fn mail(tx: &mut Tx, app: &App, settings: &Settings, invitation: &Invitation, token: &OneTimeToken, now: Timestamp) -> Result<(), DbError> {
    let inviter = users::find(tx, &invitation.invited_by).await?;
    let inviter = inviter.map(|user| if user.name.is_empty() { user.email.as_str().to_owned() } else { user.name }).unwrap_or_default();
    let (workspace, role, link) = (settings.tenant.name.clone(), invitation.role.as_str().to_owned(), links::accept_invitation(app, token));
    let expires_at = invitation.expires_at;
    let template = match invitation.auth_provider {
        AuthProvider::Local => Template::TeamInvitation { workspace, inviter, role, link, expires_at },
        AuthProvider::Idp => Template::TeamInvitationSso { workspace, inviter, role, link, expires_at },
    };
    app.mail.queue(tx, Some(&invitation.tenant), invitation.email.as_str(), &template, &token.hash(&app.keyring), now).await
}

/// Sends an invitation again, with a new link and another week.
pub(super) async fn resend(app: &App, caller: &Caller, id: &InvitationId) -> Result<Invitation, ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    let settings = tenants::workspace_settings(&mut tx, &caller.tenant).await?.ok_or_else(|| ApiError::not_found("workspace"))?;
    let found = store::find(&mut tx, &caller.tenant, id).await?.ok_or_else(|| ApiError::not_found("invitation"))?;
    app.limits.check(Rule::InviteEmail, found.email.as_str())?;
    let token = OneTimeToken::generate();
    let invitation = Invitation { expires_at: now.plus(TTL), ..found };
    if !store::renew(&mut tx, &caller.tenant, id, &token.hash(&app.keyring), invitation.expires_at, now).await? {
        return Err(over());
    }
    mail(&mut tx, app, &settings, &invitation, &token, now).await?;
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, Entry::new(Action::InvitationResent, "invitation", id), now).await?;
    tx.commit().await?;
    Ok(invitation)
}

/// Takes an invitation back; again is no change.
pub(super) async fn revoke(app: &App, caller: &Caller, id: &InvitationId) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    let found = store::find(&mut tx, &caller.tenant, id).await?.ok_or_else(|| ApiError::not_found("invitation"))?;
    if store::revoke(&mut tx, &caller.tenant, id, now).await? {
        audit::record(&mut tx, Some(&caller.tenant), &caller.by, Entry::new(Action::InvitationRevoked, "invitation", id), now).await?;
        tx.commit().await?;
    } else if found.status == InvitationStatus::Accepted {
        return Err(over());
    }
    Ok(())
}

/// 400: unknown, used or taken back. Which of them is not said.
pub(crate) fn over() -> ApiError {
    ApiError::invalid("INVITATION_INVALID", "This invitation is not good any more.").with_hint("Ask for another one.")
}
