//! The workflows of others that grants open to somebody: what they find in no list, but may install.

use millrace_clock::Timestamp;
use millrace_db::Tx;
use millrace_ids::WorkflowId;

use super::model::{Asker, Decision, Via};
use super::rule::{self, Subject};
use super::service::Who;
use super::{facts, store};
use crate::app::Parts;
use crate::http::{ApiError, Page};
use crate::marketplace::{self, Listing, ListingStatus, Visibility};

/// A workflow that grants open.
#[derive(Debug, Clone)]
pub struct Granted {
    /// The workflow.
    pub listing: Listing,
    /// The kind of grant that is tried first.
    pub via: Via,
    /// When the last grant ends that opens it; none: nothing of it ends by itself.
    pub until: Option<Timestamp>,
}

/// Published workflows that not everybody finds and that grants open to somebody in the workspace they act in, newest first. What is
/// open to them in another workspace of theirs is shown there; what this workspace deployed is its own.
///
/// # Errors
/// The database failed.
pub async fn list(parts: &Parts, who: &Who<'_>, before: Option<&WorkflowId>, limit: u32) -> Result<Page<Granted>, ApiError> {
    let now = parts.clock.now();
    // As for whoever would install it, a workspace that is closed gives nothing away any more; looked up before a connection is held.
    if let Some(tenant) = who.tenant {
        parts.closed.has_now(tenant).await;
    }
    let mut tx = parts.platform().read().await?;
    let found = facts::asker(&mut tx, who.user, who.tenant).await?;
    let asker = Asker { organisations: who.tenant.cloned().into_iter().collect(), is_staff: false, ..found };
    let holder = facts::holder(&asker, who.tenant);
    let (mut open, mut after) = (Vec::new(), before.cloned());
    loop {
        let step = store::named(&mut tx, &holder, &facts::names(&asker), now, after.as_ref(), limit + 1).await?;
        for id in &step {
            open.extend(granted(&mut tx, parts, &asker, &holder, id, now).await?);
        }
        // Of those that are named, some may not be open; a page is filled all the same.
        if open.len() > limit as usize || step.len() <= limit as usize {
            return Ok(Page::from_overfull(open, limit, |granted| granted.listing.id.to_string()));
        }
        after = step.last().cloned();
    }
}

async fn granted(tx: &mut Tx, parts: &Parts, asker: &Asker, holder: &str, id: &WorkflowId, now: Timestamp) -> Result<Option<Granted>, ApiError> {
    let is_offered = |listing: &Listing| {
        let is_others = !asker.organisations.contains(&listing.developer) && !parts.closed.has(&listing.developer);
        is_others && listing.status == ListingStatus::Published && listing.visibility != Visibility::Public
    };
    let Some(listing) = marketplace::service::find(tx, id.as_str()).await?.filter(is_offered) else { return Ok(None) };
    let offers = facts::offers(tx, &listing, asker, holder, now).await?;
    // An unlisted workflow is shown for its grants, not for its address.
    let subject = Subject { visibility: Visibility::Private, ..facts::subject(&listing) };
    let Decision::Allowed(via, _) = rule::decide(Some(&subject), asker, &offers, false, now) else { return Ok(None) };
    Ok(Some(Granted { via, until: rule::until(asker, &offers, now), listing }))
}
