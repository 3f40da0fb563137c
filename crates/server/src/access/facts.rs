//! What the decision is given: who asks, and the grants that may concern them.

use std::collections::BTreeSet;

use millrace_db::{DbError, Tx};
use millrace_ids::{TenantId, UserId};

use super::model::{Asker, Offer, Person};
use super::rule::Subject;
use super::store;
use crate::marketplace::Listing;
use crate::users::UserStatus;
use crate::{memberships, staff, users};

/// Who asks: a person, in this workspace or in none; or an API key of it. The transaction is the platform's: a person's workspaces
/// are nobody's rows alone.
pub(super) async fn asker(tx: &mut Tx, user: Option<&UserId>, tenant: Option<&TenantId>) -> Result<Asker, DbError> {
    let mut organisations: BTreeSet<TenantId> = tenant.cloned().into_iter().collect();
    let Some(user) = user else { return Ok(Asker { organisations, ..Asker::default() }) };
    // Whoever may not sign in any more is nobody; what is theirs in a workspace is still the workspace's.
    let Some(record) = users::find(tx, user).await?.filter(|record| record.status != UserStatus::Suspended) else {
        return Ok(Asker { organisations, ..Asker::default() });
    };
    organisations.extend(memberships::list_of_user(tx, user).await?.into_iter().map(|place| place.tenant));
    let person = Person { id: user.clone(), email: record.email.as_str().to_owned(), is_verified: record.email_verified };
    Ok(Asker { person: Some(person), organisations, is_staff: staff::is_admin(tx, user).await? })
}

/// Who takes grants up: the person, or the workspace whose API key it is.
pub(super) fn holder(asker: &Asker, tenant: Option<&TenantId>) -> String {
    match (&asker.person, tenant) {
        (Some(person), _) => person.id.to_string(),
        (None, Some(tenant)) => tenant.to_string(),
        (None, None) => String::new(),
    }
}

/// The grants of a workflow that may concern an asker.
pub(super) async fn offers(tx: &mut Tx, listing: &Listing, asker: &Asker, holder: &str, now: millrace_clock::Timestamp) -> Result<Vec<Offer>, DbError> {
    store::offers(tx, &listing.id, holder, &names(asker), now).await
}

/// What grants call an asker: their workspaces, and a person's id, address and domain.
pub(super) fn names(asker: &Asker) -> Vec<String> {
    let mut names: Vec<String> = asker.organisations.iter().map(ToString::to_string).collect();
    if let Some(person) = &asker.person {
        names.push(person.id.to_string());
        names.push(person.email.clone());
        names.extend(person.email.rsplit_once('@').map(|(_, domain)| domain.to_owned()));
    }
    names
}

/// What the decision must know of a workflow.
pub(super) fn subject(listing: &Listing) -> Subject {
    Subject { developer: listing.developer.clone(), status: listing.status, visibility: listing.visibility, is_deleted: listing.deleted_at.is_some() }
}
