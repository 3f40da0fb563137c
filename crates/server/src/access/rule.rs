//! The access decision: a pure function of rows and the clock (spec marketplace §4). Every door asks it, and nothing else decides.

use millrace_clock::Timestamp;
use millrace_ids::TenantId;

use super::model::{Asker, Decision, Denied, GrantKind, Offer, Reason, Via};
use crate::marketplace::{ListingStatus, Visibility};

/// What the decision must know of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The workspace that deployed it.
    pub developer: TenantId,
    /// Where its listing stands.
    pub status: ListingStatus,
    /// Who finds it.
    pub visibility: Visibility,
    /// Whether it was taken down for good.
    pub is_deleted: bool,
}

/// Decides. `workflow` is none when there is no such one. `is_grandfathered` is asked of an installation only.
pub fn decide(workflow: Option<&Subject>, asker: &Asker, offers: &[Offer], is_grandfathered: bool, now: Timestamp) -> Decision {
    let denied = |reason, redeemable| Decision::Denied(Denied { reason, redeemable });
    let Some(workflow) = workflow.filter(|w| !w.is_deleted) else { return denied(Reason::NotFound, false) };
    let is_owner = asker.is_staff || asker.organisations.contains(&workflow.developer);
    if workflow.status == ListingStatus::Draft && !is_owner && !is_grandfathered {
        return denied(Reason::NotFound, false);
    }
    if is_owner {
        return Decision::Allowed(Via::Owner, None);
    }
    match workflow.visibility {
        Visibility::Public => return Decision::Allowed(Via::Public, None),
        Visibility::Unlisted => return Decision::Allowed(Via::Unlisted, None),
        Visibility::Private => {}
    }
    let redeemable = offers.iter().any(|offer| offer.grant.kind == GrantKind::AccessCode && is_live(offer, now) && has_place(offer));
    if asker.is_anonymous() {
        return denied(Reason::AuthRequired, redeemable);
    }
    for kind in GrantKind::ALL {
        if let Some(offer) = offers.iter().find(|offer| offer.grant.kind == kind && opens(offer, asker, now)) {
            return Decision::Allowed(kind.into(), Some(offer.grant.id.clone()));
        }
    }
    if is_grandfathered {
        return Decision::Allowed(Via::Grandfathered, None);
    }
    let unverified = offers.iter().any(|offer| may_use(offer, now) && matches(offer, asker) == Match::Unverified);
    denied(if unverified { Reason::EmailNotVerified } else { Reason::AccessDenied }, redeemable)
}

/// Until when something opens a private workflow to an asker; none: nothing of it ends by itself. A code that was redeemed does not.
pub fn until(asker: &Asker, offers: &[Offer], now: Timestamp) -> Option<Timestamp> {
    let end = |offer: &Offer| if offer.grant.kind == GrantKind::AccessCode { None } else { offer.grant.expires_at };
    let ends: Option<Vec<Timestamp>> = offers.iter().filter(|offer| opens(offer, asker, now)).map(end).collect();
    ends?.into_iter().max()
}

fn opens(offer: &Offer, asker: &Asker, now: Timestamp) -> bool {
    may_use(offer, now) && matches(offer, asker) == Match::Yes
}

#[derive(PartialEq, Eq)]
enum Match {
    Yes,
    /// It would, if the person had shown that the address is theirs.
    Unverified,
    No,
}

fn matches(offer: &Offer, asker: &Asker) -> Match {
    let value = offer.grant.value.as_str();
    let yes = |does: bool| if does { Match::Yes } else { Match::No };
    let address = |does: &dyn Fn(&str) -> bool| match &asker.person {
        Some(person) if does(&person.email) => if person.is_verified { Match::Yes } else { Match::Unverified },
        _ => Match::No,
    };
    match offer.grant.kind {
        GrantKind::User => yes(asker.person.as_ref().is_some_and(|person| person.id.as_str() == value)),
        GrantKind::Organization => yes(asker.organisations.iter().any(|tenant| tenant.as_str() == value)),
        GrantKind::Email => address(&|email| email == value),
        GrantKind::EmailDomain => address(&|email| email.rsplit_once('@').is_some_and(|(_, domain)| domain == value)),
        GrantKind::AccessCode => yes(offer.is_held),
    }
}

/// A code that was redeemed stays good when it expires; every other grant ends with its time.
fn may_use(offer: &Offer, now: Timestamp) -> bool {
    if offer.grant.kind == GrantKind::AccessCode && offer.is_held { offer.grant.revoked_at.is_none() } else { is_live(offer, now) && (offer.is_held || has_place(offer)) }
}

fn is_live(offer: &Offer, now: Timestamp) -> bool {
    offer.grant.revoked_at.is_none() && offer.grant.expires_at.is_none_or(|end| end > now)
}

fn has_place(offer: &Offer) -> bool {
    offer.grant.max_installs.is_none_or(|most| offer.grant.used < most)
}
