//! Looking again whether domains still are the workspace's: a domain can be given up and bought by somebody else.
//!
//! Only an answer counts: a name server that gives none proves nothing. When the record is gone, those who run the workspace are
//! told and have [a week](limits::GRACE). Then the domain stops to count, until the record is there again. Domains that the
//! operator vouched for are the operator's business.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::TenantId;
use serde_json::json;

use super::domains::{self, Domain};
use super::{limits, store};
use crate::app::App;
use crate::audit::{self, Action, Entry};
use crate::identity::Actor;
use crate::mail::Template;
use crate::users::links;
use crate::{memberships, tenants};

/// Looks for the records that are due; answers how many it looked for.
///
/// # Errors
/// The database failed; what was not looked at waits for the next round.
pub(crate) async fn recheck(app: &App) -> Result<u64, DbError> {
    let now = app.clock.now();
    let since = now.minus(limits::CHECK_EACH);
    let due = store::due(&mut app.platform().read().await?, since, limits::CHECKED).await?;
    let mut looked = 0;
    for (tenant, domain) in due {
        let mut tx = app.platform().begin().await?;
        let mine = store::checking(&mut tx, &tenant, &domain.name, since, now).await?;
        tx.commit().await?;
        if !mine {
            continue;
        }
        looked += 1;
        match domains::is_published(app, &domain).await {
            Ok(true) => there(app, &tenant, &domain, now).await?,
            Ok(false) => gone(app, &tenant, &domain, now).await?,
            Err(error) => tracing::info!(domain = domain.name, %error, "no name server says whether the record of a domain is there"),
        }
    }
    Ok(looked)
}

/// The record is there: the domain goes on counting, or does so again.
async fn there(app: &App, tenant: &TenantId, domain: &Domain, now: Timestamp) -> Result<(), DbError> {
    let mut tx = app.platform().begin().await?;
    store::found(&mut tx, tenant, &domain.name).await?;
    if domain.verified_at.is_none() && store::verify_domain(&mut tx, tenant, &domain.name, "dns", now).await? {
        let entry = Entry::new(Action::DomainVerified, "domain", domain.name.as_str()).meta(json!({"by": "dns", "again": true}));
        audit::record(&mut tx, Some(tenant), &Actor::System, entry, now).await?;
    }
    tx.commit().await
}

/// The record is gone: those who run the workspace are told, and after a while the domain stops to count.
async fn gone(app: &App, tenant: &TenantId, domain: &Domain, now: Timestamp) -> Result<(), DbError> {
    let mut tx = app.platform().begin().await?;
    match domain.missing_since {
        _ if domain.verified_at.is_none() => {}
        None => {
            if store::missing(&mut tx, tenant, &domain.name, now).await? {
                tell(&mut tx, app, tenant, domain, Some(now.plus(limits::GRACE)), now).await?;
            }
        }
        Some(since) if now >= since.plus(limits::GRACE) => {
            if store::lapse(&mut tx, tenant, &domain.name, now).await? {
                let sessions = domains::end_sessions(&mut tx, tenant, &domain.name, None, now).await?;
                tell(&mut tx, app, tenant, domain, None, now).await?;
                let entry = Entry::new(Action::DomainLapsed, "domain", domain.name.as_str()).meta(json!({"missing_since": since.to_string(), "sessions": sessions}));
                audit::record(&mut tx, Some(tenant), &Actor::System, entry, now).await?;
            }
        }
        Some(_) => {}
    }
    tx.commit().await?;
    app.sessions.forget_all();
    Ok(())
}

/// A mail to those who run the workspace: the record is gone, and the domain counts until then, or no more.
async fn tell(tx: &mut Tx, app: &App, tenant: &TenantId, domain: &Domain, until: Option<Timestamp>, now: Timestamp) -> Result<(), DbError> {
    let Some(settings) = tenants::workspace_settings(tx, tenant).await? else { return Ok(()) };
    let (workspace, name) = (settings.tenant.name, domain.name.clone());
    let (record_name, record_text, settings_url) = (domain.record_name(), domain.record_text(), links::page(app, "/app/settings/sso"));
    let template = match until {
        Some(until) => Template::DomainMissing { workspace, domain: name, record_name, record_text, until, settings_url },
        None => Template::DomainLapsed { workspace, domain: name, record_name, record_text, settings_url },
    };
    for to in memberships::managers(tx, tenant).await? {
        app.mail.queue(tx, Some(tenant), &to, &template, &format!("{}:{now}", domain.name), now).await?;
    }
    Ok(())
}
