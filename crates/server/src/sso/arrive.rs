//! A person whom a provider vouches for comes in: which account is theirs, which workspace they join, and the session.
//! The order of the checks is the specification's (flow 1A, steps 8 to 15).

use http::StatusCode;
use millrace_db::Tx;
use millrace_ids::{SessionId, TenantId, UserId};
use serde_json::{Value, json};

use super::model::{Identity, Intent, Provider};
use super::state::Kept;
use super::{store, token};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::{Actor, Role};
use crate::passwords::lockout;
use crate::sessions::{self, Method, Opened, RevokedReason};
use crate::tenants::{self, AuthMode};
use crate::users::{self, AuthProvider, NewUser, UserRecord, UserStatus};
use crate::{invitations, memberships, second_factor};

/// Opens a session for whom the provider vouches for; the account is made if there is none.
///
/// # Errors
/// 401 `AUTHENTICATION_FAILED`, 409 `ACCOUNT_CONFLICT`, 409 or 400 `AUTH_PROVIDER_MISMATCH`, 403 `USER_SUSPENDED`, and those of
/// the invitation that it was begun with. Then nothing was changed.
pub(super) async fn arrive(app: &App, provider: &Provider, kept: &Kept, identity: &Identity) -> Result<Opened, ApiError> {
    // Whoever makes the same account at the same moment wins; the other finds it at the second look.
    for _ in 0..2 {
        let mut tx = app.platform().begin().await?;
        if let Some(opened) = attempt(&mut tx, app, provider, kept, identity).await? {
            tx.commit().await?;
            app.sessions.forget_user(&opened.user.id);
            return Ok(opened);
        }
    }
    Err(ApiError::unavailable("Somebody is signing in to the same account at this moment."))
}

async fn attempt(tx: &mut Tx, app: &App, provider: &Provider, kept: &Kept, identity: &Identity) -> Result<Option<Opened>, ApiError> {
    believed(tx, provider, identity).await?;
    let found = account(tx, provider, kept, identity).await?;
    let (id, news) = match found {
        Some(user) if user.is_unproven() => {
            let news = take_over(tx, app, &user, provider).await?;
            (user.id, Some(news))
        }
        Some(user) => {
            let news = changed(&user, provider, identity);
            (user.id, news)
        }
        None => {
            let new = NewUser { email: &identity.email, auth_provider: AuthProvider::Idp, email_verified: true, password_hash: None, status: UserStatus::Active };
            let Some(id) = users::insert(tx, &new, app.clock.now()).await? else { return Ok(None) };
            (id, Some((Action::UserCreated, json!({"auth_provider": "idp", "issuer": provider.issuer}))))
        }
    };
    if news.is_some() && !link(tx, app, provider, identity, &id).await? {
        return Ok(None);
    }
    let Some(user) = users::lock(tx, &id).await?.filter(|user| user.status == UserStatus::Active) else { return Ok(None) };
    let session = SessionId::generate();
    let by = Actor::User { user: id.clone(), session: session.clone() };
    let into = place(tx, app, provider, kept, &user, &by).await?;
    let opened = sessions::begin(tx, app, user, session, Method::Sso, into.as_ref()).await?;
    if identity.multi_factor {
        sessions::confirm(tx, &opened.begun.session, sessions::BY_PROVIDER).await?;
    }
    sessions::set_provider(tx, &opened.begun.session, &provider.word, identity.session.as_deref()).await?;
    // The workspace's chain was first.
    if let Some((action, facts)) = news {
        let entry = Entry::new(action, "user", &id).person(&id).about("email", identity.email.as_str()).meta(facts);
        audit::record(tx, None, &by, entry, app.clock.now()).await?;
    }
    Ok(Some(opened))
}

/// A workspace's provider is believed for addresses of the workspace's own domains alone.
async fn believed(tx: &mut Tx, provider: &Provider, identity: &Identity) -> Result<(), ApiError> {
    let Some(tenant) = &provider.tenant else { return Ok(()) };
    let domain = store::domain(tx, tenant, identity.email.domain()).await?;
    if domain.is_some_and(|domain| domain.verified_at.is_some()) { Ok(()) } else { Err(token::authentication_failed()) }
}

/// Whose account it is, by what the provider calls them, then by their address. Accounts are never merged or converted; one that
/// nobody has shown to be theirs is no account yet.
async fn account(tx: &mut Tx, provider: &Provider, kept: &Kept, identity: &Identity) -> Result<Option<UserRecord>, ApiError> {
    let known = users::find_by_identity(tx, &provider.issuer, &identity.subject).await?;
    let addressed = users::find_by_email(tx, &identity.email).await?;
    let conflict = || ApiError::conflict("ACCOUNT_CONFLICT", "This sign-in fits more than one account.").with_hint("Ask whoever looks after this server.");
    let user = match (known, addressed) {
        (Some(known), Some(addressed)) if known.id != addressed.id => return Err(conflict()),
        (Some(user), _) => user,
        // The address was somebody's at another provider: that is for people to sort out.
        (None, Some(user)) if user.identity.as_ref().is_some_and(|(issuer, _)| *issuer != provider.issuer) => return Err(conflict()),
        (None, Some(user)) => user,
        (None, None) => return Ok(None),
    };
    if user.status == UserStatus::Suspended {
        return Err(sessions::suspended());
    }
    if user.is_unproven() && !owns(tx, &user).await? {
        return Ok(Some(user));
    }
    // Somebody who was invited and never came has no way of signing in yet.
    if user.auth_provider == AuthProvider::Local && user.status != UserStatus::Invited {
        let is_login = kept.intent == Intent::Login && kept.invitation.is_none();
        let status = if is_login { StatusCode::BAD_REQUEST } else { StatusCode::CONFLICT };
        return Err(ApiError::new(status, "AUTH_PROVIDER_MISMATCH", "The account of this address signs in with a password.").with_hint("Sign in with the password."));
    }
    Ok(Some(user))
}

/// Whether somebody owns a workspace, as happens where addresses were not verified for a while. That is not given away.
async fn owns(tx: &mut Tx, user: &UserRecord) -> Result<bool, ApiError> {
    Ok(memberships::list_of_user(tx, &user.id).await?.iter().any(|place| place.role == Role::Owner))
}

/// Somebody signed up with an address and never showed that it is theirs; now its owner comes. Whatever the other one knows or
/// has opens nothing any more: the password, links that were mailed, second factors, sessions.
async fn take_over(tx: &mut Tx, app: &App, user: &UserRecord, provider: &Provider) -> Result<(Action, Value), ApiError> {
    let now = app.clock.now();
    users::take_over(tx, &user.id, now).await?;
    users::tokens::forget(tx, &user.id).await?;
    second_factor::remove_all(tx, &user.id).await?;
    lockout::clear(tx, &app.keyring, &user.email).await?;
    let sessions = sessions::revoke_all_in(tx, &user.id, None, RevokedReason::PasswordReset, now).await?;
    Ok((Action::IdentityLinked, json!({"instead_of": "unverified_password", "issuer": provider.issuer, "sessions": sessions})))
}

/// What an account that exists learns from the provider; nothing when it is as before.
fn changed(user: &UserRecord, provider: &Provider, identity: &Identity) -> Option<(Action, Value)> {
    let is_linked = user.identity.as_ref().is_some_and(|(issuer, subject)| *issuer == provider.issuer && *subject == identity.subject);
    let mut fields = Vec::new();
    if !is_linked {
        fields.push("idp_sub");
    }
    if user.email != identity.email {
        fields.push("email");
    }
    if user.status != UserStatus::Active {
        fields.push("status");
    }
    (!fields.is_empty()).then(|| (Action::UserUpdated, json!({"updated_fields": fields, "issuer": provider.issuer})))
}

async fn link(tx: &mut Tx, app: &App, provider: &Provider, identity: &Identity, id: &UserId) -> Result<bool, ApiError> {
    let of = (provider.issuer.as_str(), identity.subject.as_str());
    match users::link(tx, id, of, &identity.email, &identity.name, app.clock.now()).await {
        // Another sign-in wrote the same identity or address a moment ago.
        Err(error) if error.is_unique_violation() => Ok(false),
        other => Ok(other?),
    }
}

/// The workspace to begin in: that of an invitation, one that is joined now, or the provider's own. Otherwise where the person was last.
async fn place(tx: &mut Tx, app: &App, provider: &Provider, kept: &Kept, user: &UserRecord, by: &Actor) -> Result<Option<TenantId>, ApiError> {
    if let Some(id) = &kept.invitation {
        let invitation = invitations::good(tx, app, id).await?;
        if invitation.email != user.email {
            let detail = "This invitation is for another address than the one you signed in with.";
            return Err(ApiError::invalid("INVITATION_EMAIL_MISMATCH", detail).with_hint("Sign in as the invited person, or ask for an invitation to this address."));
        }
        let accepted = invitations::accept_in(tx, app, &invitation, user, by).await?;
        return if accepted { Ok(Some(invitation.tenant)) } else { Err(invitations::over()) };
    }
    let places = memberships::list_of_user(tx, &user.id).await?;
    if !places.is_empty() {
        return Ok(provider.tenant.clone().filter(|own| places.iter().any(|place| place.tenant == *own)));
    }
    if let Some(invitation) = invitations::single_for(tx, app, &user.email).await?.filter(|invitation| invitation.auth_provider == AuthProvider::Idp) {
        let accepted = invitations::accept_in(tx, app, &invitation, user, by).await?;
        return Ok(accepted.then_some(invitation.tenant));
    }
    join_by_domain(tx, app, user, by).await
}

/// Joins the one workspace that takes in people of this domain.
async fn join_by_domain(tx: &mut Tx, app: &App, user: &UserRecord, by: &Actor) -> Result<Option<TenantId>, ApiError> {
    let (now, domain) = (app.clock.now(), user.email.domain());
    let Some((tenant, role)) = store::joins(tx, domain).await? else { return Ok(None) };
    let settings = tenants::workspace_settings(tx, &tenant).await?;
    let is_removed = memberships::find(tx, &tenant, &user.id).await?.is_some();
    // Whoever was removed comes back by invitation, not by signing in again.
    if is_removed || settings.is_none_or(|settings| settings.auth_mode == Some(AuthMode::LocalOnly)) {
        return Ok(None);
    }
    memberships::add(tx, &tenant, &user.id, role, now).await?;
    let entry = Entry::new(Action::MembershipAutoProvisioned, "membership", &user.id).person(&user.id).meta(json!({"domain": domain, "role": role.as_str()}));
    audit::record(tx, Some(&tenant), by, entry, now).await?;
    Ok(Some(tenant))
}
