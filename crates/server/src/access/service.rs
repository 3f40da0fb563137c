//! What other slices may ask of access.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{InstallationId, RedemptionId, TenantId, UserId, WorkflowId};

use super::model::{Asker, Decision, Denied, Via};
use super::{facts, rule, store};
use crate::app::Parts;
use crate::http::ApiError;
use crate::identity::{Actor, Visitor};
use crate::marketplace::{self, Listing, Visibility};

pub use super::enforce::{enforce, lost};
pub use super::stated::reconcile_in;

/// Who asks a door: a visitor of the marketplace, a caller, the person behind an installation.
#[derive(Debug, Clone, Default)]
pub struct Who<'a> {
    /// The person.
    pub user: Option<&'a UserId>,
    /// The workspace they act in.
    pub tenant: Option<&'a TenantId>,
}

impl<'a> Who<'a> {
    /// Somebody who acts in a workspace.
    pub fn of(tenant: &'a TenantId, by: &'a Actor) -> Self {
        Self { user: by.user(), tenant: Some(tenant) }
    }

    /// Whoever looks at the marketplace.
    pub fn visiting(visitor: &'a Visitor) -> Self {
        Self { user: visitor.user.as_ref(), tenant: visitor.tenant.as_ref() }
    }
}

/// The decision with what it was made of.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was decided.
    pub decision: Decision,
    /// Who takes grants up: the person, or the workspace of an API key.
    pub holder: String,
    /// Who asked.
    pub asker: Asker,
}

/// Whether somebody has access to a workflow.
///
/// # Errors
/// The database failed.
pub async fn check(parts: &Parts, who: &Who<'_>, listing: &Listing) -> Result<Answer, DbError> {
    let mut tx = parts.platform().read().await?;
    check_in(&mut tx, who, listing, false, parts.clock.now()).await
}

async fn check_in(tx: &mut Tx, who: &Who<'_>, listing: &Listing, is_grandfathered: bool, now: Timestamp) -> Result<Answer, DbError> {
    let asker = facts::asker(tx, who.user, who.tenant).await?;
    let holder = facts::holder(&asker, who.tenant);
    // What everybody sees needs no look at grants.
    let offers = if listing.visibility == Visibility::Private { facts::offers(tx, listing, &asker, &holder, now).await? } else { Vec::new() };
    let decision = rule::decide(Some(&facts::subject(listing)), &asker, &offers, is_grandfathered, now);
    Ok(Answer { decision, holder, asker })
}

/// The listing that `name` means, if the caller may install it.
///
/// # Errors
/// 404; 403 `ACCESS_DENIED`, `EMAIL_NOT_VERIFIED`.
pub async fn to_install(parts: &Parts, who: &Who<'_>, name: &str) -> Result<(Listing, Answer), ApiError> {
    let mut tx = parts.platform().read().await?;
    let listing = marketplace::service::find(&mut tx, name).await?.ok_or_else(|| ApiError::not_found("workflow"))?;
    let answer = check_in(&mut tx, who, &listing, false, parts.clock.now()).await?;
    drop(tx);
    // A workspace that is closed gives nothing away any more; what others installed goes on until it is deleted.
    if listing.developer != *who.tenant.unwrap_or(&listing.developer) && parts.closed.has_now(&listing.developer).await {
        return Err(ApiError::not_found("workflow"));
    }
    match answer.decision.denied() {
        None => Ok((listing, answer)),
        Some(denied) => Err(denied.error()),
    }
}

/// Why an installation of another workspace's workflow may not run, if so: the installer's own access, or that of the workspace it
/// belongs to. The database row decides, not who is asking.
///
/// # Errors
/// The database failed.
pub async fn of_installation(parts: &Parts, tenant: &TenantId, installer: Option<&UserId>, workflow: &WorkflowId, is_grandfathered: bool) -> Result<Option<Denied>, DbError> {
    let mut tx = parts.platform().read().await?;
    let listing = marketplace::service::find(&mut tx, workflow.as_str()).await?;
    let now = parts.clock.now();
    let Some(listing) = listing else { return Ok(rule::decide(None, &Asker::default(), &[], false, now).denied()) };
    let who = Who { user: installer, tenant: Some(tenant) };
    Ok(check_in(&mut tx, &who, &listing, is_grandfathered, now).await?.decision.denied())
}

/// Takes up the grant by which somebody installs, in the installation's own transaction: of a grant with few places, no more
/// people install than it has.
///
/// # Errors
/// 409 `CODE_EXHAUSTED` when others took the last place; the database failed.
pub async fn take_up_in(tx: &mut Tx, answer: &Answer, installation: &InstallationId, now: Timestamp) -> Result<(), ApiError> {
    let Decision::Allowed(via, Some(grant)) = &answer.decision else { return Ok(()) };
    if store::installed(tx, grant, &answer.holder, installation).await? || *via == Via::AccessCode {
        return Ok(());
    }
    if !store::take_place(tx, grant, now).await? {
        return Err(super::redeem::exhausted());
    }
    store::redeem(tx, &RedemptionId::generate(), grant, &answer.holder, Some(installation), now).await?;
    Ok(())
}
