//! Accepting: the one step in which an invitation becomes a membership.

use millrace_db::{DbError, Tx};
use millrace_ids::InvitationId;
use serde_json::json;

use super::model::Invitation;
use super::{service, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::mail::Template;
use crate::users::{self, EmailAddress, UserRecord, links, tokens};
use crate::{memberships, tenants};

/// The good invitation that this token opens.
///
/// # Errors
/// 401 `INVITATION_EXPIRED`; 400 `INVITATION_INVALID` when it is unknown, used or taken back, or its workspace is not open.
pub(crate) async fn by_token(tx: &mut Tx, app: &App, token: &str) -> Result<(Invitation, tenants::Settings), ApiError> {
    let found = store::by_token(tx, &tokens::hash(&app.keyring, token)).await?.ok_or_else(service::over)?;
    still_good(tx, app, found).await
}

/// The good invitation that a sign-in under way was begun with.
///
/// # Errors
/// As [`by_token`].
pub(crate) async fn good(tx: &mut Tx, app: &App, id: &InvitationId) -> Result<Invitation, ApiError> {
    let found = store::by_id(tx, id).await?.ok_or_else(service::over)?;
    still_good(tx, app, found).await.map(|(invitation, _)| invitation)
}

async fn still_good(tx: &mut Tx, app: &App, found: Invitation) -> Result<(Invitation, tenants::Settings), ApiError> {
    match found.state(app.clock.now()) {
        "pending" => {}
        "expired" => {
            return Err(ApiError::new(http::StatusCode::UNAUTHORIZED, "INVITATION_EXPIRED", "This invitation has ended.").with_hint("Ask for another one."));
        }
        _ => return Err(service::over()),
    }
    let settings = tenants::workspace_settings(tx, &found.tenant).await?.filter(|settings| settings.status == "active").ok_or_else(service::over)?;
    Ok((found, settings))
}

/// The one good invitation for an address; `None` when there is none, or more than one.
pub(crate) async fn single_for(tx: &mut Tx, app: &App, email: &EmailAddress) -> Result<Option<Invitation>, DbError> {
    let mut found = store::for_email(tx, email, app.clock.now()).await?;
    Ok(if found.len() == 1 { found.pop() } else { None })
}

/// Makes a person a member by an invitation, with everything that goes with it. Answers `false` when it was used or taken
/// back a moment ago: then nothing was written. The caller forgets the person after the commit.
pub(crate) async fn accept_in(tx: &mut Tx, app: &App, invitation: &Invitation, user: &UserRecord, by: &Actor) -> Result<bool, DbError> {
    let now = app.clock.now();
    if !store::accept(tx, invitation, &user.id, now).await? {
        return Ok(false);
    }
    memberships::add(tx, &invitation.tenant, &user.id, invitation.role, now).await?;
    if let (Some(inviter), Some(settings)) = (users::find(tx, &invitation.invited_by).await?, tenants::workspace_settings(tx, &invitation.tenant).await?) {
        let member = if user.name.is_empty() { user.email.as_str().to_owned() } else { user.name.clone() };
        let mail = Template::InvitationAccepted { workspace: settings.tenant.name, member, role: invitation.role.as_str().to_owned(), members_url: links::page(app, "/app/settings/members") };
        app.mail.queue(tx, Some(&invitation.tenant), inviter.email.as_str(), &mail, invitation.id.as_str(), now).await?;
    }
    let accepted = Entry::new(Action::InvitationAccepted, "invitation", &invitation.id).person(&user.id);
    audit::record(tx, Some(&invitation.tenant), by, accepted, now).await?;
    let joined = Entry::new(Action::MembershipCreated, "membership", &user.id).person(&user.id).meta(json!({"role": invitation.role.as_str(), "invitation": invitation.id.as_str()}));
    audit::record(tx, Some(&invitation.tenant), by, joined, now).await?;
    Ok(true)
}

/// Accepts the invitation that a verified address was waiting for, if it is still good. Whoever opens the link has no session
/// yet: the server does it for them.
pub(crate) async fn complete_verified(tx: &mut Tx, app: &App, id: &InvitationId, user: &UserRecord) -> Result<bool, DbError> {
    match store::by_id(tx, id).await? {
        Some(invitation) if invitation.email == user.email => accept_in(tx, app, &invitation, user, &Actor::System).await,
        _ => Ok(false),
    }
}
