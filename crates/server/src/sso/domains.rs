//! Domains of a workspace. One counts only when it is verified: by a TXT record that only its owner can publish, or by the operator.

use std::str::FromStr;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_egress::LookupError;
use millrace_ids::{SessionId, TenantId};
use serde_json::json;

use super::{limits, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::{Actor, Caller, Role};
use crate::sessions;
use crate::users::EmailAddress;

/// A domain of a workspace.
#[derive(Debug, Clone)]
pub(super) struct Domain {
    /// Lower case.
    pub name: String,
    /// What people of the domain become who sign in for the first time; nothing: they do not join by themselves.
    pub default_role: Option<Role>,
    /// What its TXT record must say.
    pub token: String,
    /// When it was shown to be the workspace's.
    pub verified_at: Option<Timestamp>,
    /// `dns` or `operator`.
    pub verified_by: Option<String>,
    /// Since when its TXT record has been gone.
    pub missing_since: Option<Timestamp>,
    /// When it stopped to count because of that.
    pub lapsed_at: Option<Timestamp>,
    /// When it was added.
    pub created_at: Timestamp,
}

impl Domain {
    /// The name of its TXT record.
    pub fn record_name(&self) -> String {
        format!("_millrace.{}", self.name)
    }

    /// The text of its TXT record.
    pub fn record_text(&self) -> String {
        format!("millrace-verification={}", self.token)
    }
}

/// A domain as it stands in addresses.
///
/// # Errors
/// 400 `INVALID_DOMAIN`.
pub(super) fn name(text: &str) -> Result<String, ApiError> {
    let wrong = || ApiError::invalid("INVALID_DOMAIN", "This is not a domain.").with_field("domain", "INVALID_DOMAIN", "one looks like example.com");
    let address = EmailAddress::from_str(&format!("a@{}", text.trim())).map_err(|_| wrong())?;
    if text.contains('@') { Err(wrong()) } else { Ok(address.domain().to_owned()) }
}

/// What people may become by themselves: nobody who manages others.
///
/// # Errors
/// 400 `INVALID_ROLE`.
pub(super) fn role(text: &str) -> Result<Role, ApiError> {
    let wrong = || ApiError::invalid("INVALID_ROLE", "People cannot join by themselves in this role.").with_field("default_role", "INVALID_ROLE", "is viewer, member or billing");
    let role = text.parse::<Role>().map_err(|_| wrong())?;
    if matches!(role, Role::Owner | Role::Admin) { Err(wrong()) } else { Ok(role) }
}

/// Adds a domain, or changes what its people become.
pub(super) async fn add(app: &App, caller: &Caller, name: &str, default_role: Option<Role>) -> Result<Domain, ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    let all = store::domains(&mut tx, &caller.tenant).await?;
    let known = all.iter().find(|domain| domain.name == name);
    if known.is_none() && all.len() >= limits::DOMAINS {
        let detail = format!("A workspace may have {} domains.", limits::DOMAINS);
        return Err(ApiError::invalid("INVALID_REQUEST", detail).with_field("domain", "INVALID_VALUE", "is one too many"));
    }
    let token = known.map_or_else(|| hex::encode(rand::random::<[u8; 16]>()), |domain| domain.token.clone());
    let domain = Domain { name: name.to_owned(), default_role, token, verified_at: None, verified_by: None, missing_since: None, lapsed_at: None, created_at: now };
    store::add_domain(&mut tx, &caller.tenant, &domain, now).await?;
    let entry = Entry::new(Action::DomainAdded, "domain", name).meta(json!({"default_role": default_role.map(Role::as_str)}));
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, entry, now).await?;
    let stored = store::domain(&mut tx, &caller.tenant, name).await?.ok_or_else(unknown)?;
    tx.commit().await?;
    Ok(stored)
}

/// Looks for the TXT record, and believes it.
pub(super) async fn verify(app: &App, caller: &Caller, name: &str) -> Result<Domain, ApiError> {
    let domain = store::domain(&mut app.of(&caller.tenant).read().await?, &caller.tenant, name).await?.ok_or_else(unknown)?;
    if domain.verified_at.is_some() {
        return Ok(domain);
    }
    if !is_published(app, &domain).await.unwrap_or(false) {
        let detail = format!("{} has no TXT record that says `{}`.", domain.record_name(), domain.record_text());
        return Err(ApiError::conflict("DOMAIN_NOT_VERIFIED", detail).with_hint("Publish it, wait until name servers have it, and try again."));
    }
    verified(app, &caller.tenant, name, "dns", &caller.by).await
}

/// Whether name servers show the domain's TXT record.
///
/// # Errors
/// They do not answer.
pub(super) async fn is_published(app: &App, domain: &Domain) -> Result<bool, LookupError> {
    let found = app.egress.texts(&domain.record_name()).await?;
    Ok(found.iter().any(|text| text.trim() == domain.record_text()))
}

/// Writes down that a domain is the workspace's; again is no change.
pub(super) async fn verified(app: &App, tenant: &TenantId, name: &str, how: &str, by: &Actor) -> Result<Domain, ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(tenant).begin().await?;
    if store::verify_domain(&mut tx, tenant, name, how, now).await? {
        audit::record(&mut tx, Some(tenant), by, Entry::new(Action::DomainVerified, "domain", name).meta(json!({"by": how})), now).await?;
    }
    let stored = store::domain(&mut tx, tenant, name).await?.ok_or_else(unknown)?;
    tx.commit().await?;
    Ok(stored)
}

/// Takes a domain away; people who came by it stay members, and are signed out where the workspace's provider vouched for them.
pub(super) async fn remove(app: &App, caller: &Caller, name: &str) -> Result<(), ApiError> {
    let now = app.clock.now();
    let mut tx = app.of(&caller.tenant).begin().await?;
    if !store::remove_domain(&mut tx, &caller.tenant, name).await? {
        return Err(unknown());
    }
    let sessions = end_sessions(&mut tx, &caller.tenant, name, caller.by.session(), now).await?;
    audit::record(&mut tx, Some(&caller.tenant), &caller.by, Entry::new(Action::DomainRemoved, "domain", name).meta(json!({"sessions": sessions})), now).await?;
    tx.commit().await?;
    app.sessions.forget_all();
    Ok(())
}

/// Ends the sessions that the workspace's own provider vouched for, of people of this domain. The caller forgets all sessions
/// after the commit.
pub(super) async fn end_sessions(tx: &mut Tx, tenant: &TenantId, name: &str, keep: Option<&SessionId>, now: Timestamp) -> Result<u64, DbError> {
    match store::provider(tx, tenant).await? {
        Some(own) => sessions::revoke_of_provider(tx, own.id.as_str(), Some(name), keep, now).await,
        None => Ok(0),
    }
}

fn unknown() -> ApiError {
    ApiError::not_found("domain")
}
