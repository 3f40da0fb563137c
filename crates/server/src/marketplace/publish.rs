//! Publishing: a version becomes what the marketplace shows and new installations get.

use std::cmp::Ordering;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{TenantId, WorkflowId};
use serde_json::json;

use super::model::{Listing, ListingStatus, Visibility};
use super::rollout;
use super::sketch::Sketch;
use super::stated::Stated;
use super::{compare, limits, stated, store};
use crate::access;
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::workflows::breaking;
use crate::workflows::finding::Finding;
use crate::workflows::model::{Version, VersionState};
use crate::workflows::semver::{self, Bump};
use crate::workflows::service as workflows;

/// What is asked of publishing besides the version.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wish {
    /// What the author says of the version.
    pub notes: Option<String>,
    /// Whether it may break what is installed without a major step.
    pub allow_breaking: bool,
    /// Whether installations of other workspaces lose an access that the new visibility would not give.
    pub revoke_existing: bool,
    /// The share of installations that it reaches, in basis points; what the module states unless given.
    pub rollout: Option<i64>,
}

/// In whose name, and when.
#[derive(Clone, Copy)]
pub struct Acting<'a> {
    /// The server.
    pub parts: &'a Parts,
    /// The workspace whose workflow it is.
    pub tenant: &'a TenantId,
    /// Who does it.
    pub by: &'a Actor,
    /// When.
    pub now: Timestamp,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// The listing as it stands now.
    pub listing: Listing,
    /// The version as it stands now: `published`, or `pending` where the operator reviews.
    pub version: Version,
    /// What there is to say.
    pub warnings: Vec<Finding>,
}

/// The listing of a workflow, held until the transaction ends; made as a draft that shows this version where there is none yet.
///
/// # Errors
/// The database failed; a unique violation when somebody took the same word for addresses at the same time.
pub async fn listed(tx: &mut Tx, tenant: &TenantId, slug: &str, version: &Version, now: Timestamp) -> Result<Listing, DbError> {
    if let Some(listing) = store::hold(tx, &version.workflow).await? {
        return Ok(listing);
    }
    let stated = Stated::read(version, &mut Vec::new());
    let mut listing = stated.onto(store::blank(&version.workflow, tenant, free_slug(tx, slug, &version.workflow).await?, now));
    listing.visibility = stated.visibility.unwrap_or(listing.visibility);
    store::insert(tx, &listing).await?;
    Ok(listing)
}

/// The listing of a workflow that is deployed: a draft shows what this version states; what is published shows what it did.
///
/// # Errors
/// As [`listed`].
pub async fn drafted(tx: &mut Tx, tenant: &TenantId, slug: &str, version: &Version, now: Timestamp) -> Result<(Listing, Vec<Finding>), DbError> {
    let mut found = Vec::new();
    let stated = Stated::read(version, &mut found);
    let listing = listed(tx, tenant, slug, version, now).await?;
    if listing.status != ListingStatus::Draft {
        return Ok((listing, found));
    }
    let mut listing = stated.onto(listing);
    listing.visibility = stated.visibility.unwrap_or(listing.visibility);
    listing.updated_at = now;
    store::update(tx, &listing).await?;
    Ok((listing, found))
}

/// Words of our own addresses.
const RESERVED: [&str; 2] = ["search", "redeem"];

/// What the module states, while nobody else has it; with letters of its id otherwise. A word has no slash.
async fn free_slug(tx: &mut Tx, stated: &str, id: &WorkflowId) -> Result<String, DbError> {
    let plain = stated.replace('/', "-");
    if !RESERVED.contains(&plain.as_str()) && plain.parse::<WorkflowId>().is_err() && store::by_slug(tx, &plain).await?.is_none() {
        return Ok(plain);
    }
    // The letters at the end of an id are its random ones.
    let letters = id.as_str();
    Ok(format!("{plain}-{}", &letters[letters.len().saturating_sub(6)..]))
}

/// Publishes a version in the caller's transaction. If that makes the workflow private, the transaction must see all workspaces:
/// see [`super::service::begin`].
///
/// # Errors
/// 409 `VERSION_NOT_NEWER`, `BREAKING_CHANGE_REQUIRES_MAJOR`, `SIMILAR_WORKFLOW`, `VERSION_STATE`; nothing may be committed then.
pub async fn publish(tx: &mut Tx, acting: Acting<'_>, slug: &str, mut version: Version, sketch: &Sketch, wish: &Wish) -> Result<Published, ApiError> {
    let Acting { parts, tenant, by, now } = acting;
    let mut listing = listed(tx, tenant, slug, &version, now).await?;
    // As it stands now that nobody else decides about it.
    if let Some(now) = workflows::version(tx, tenant, &version.id).await? {
        version = now;
    }
    let mut warnings = Vec::new();
    let stated = Stated::read(&version, &mut warnings);
    let current = match &listing.current_version {
        Some(id) => workflows::version(tx, tenant, id).await?,
        None => None,
    };
    let again = current.as_ref().is_some_and(|c| c.id == version.id);
    // What a person changed since it was published stays until the next version.
    let visibility = stated.visibility.filter(|_| !again).unwrap_or(listing.visibility);
    let before = current.as_ref().filter(|_| !again);
    let breaks = may_follow(&version, before, wish)?;
    if visibility == Visibility::Public {
        warnings.extend(compare::with_others(tx, tenant, &listing.id, sketch).await?);
    }
    if let Some(notes) = &wish.notes {
        version.notes = Some(notes.clone());
    }
    if before.is_some() {
        (version.is_breaking, version.breaking_description) = (breaks.is_some(), breaks);
    }
    let unseen = version.state != VersionState::Approved && version.published_at.is_none();
    if parts.config.marketplace.review && visibility == Visibility::Public && unseen {
        version.state = VersionState::Pending;
        workflows::set_state(tx, tenant, &version).await?;
        audit::record(tx, Some(tenant), by, entry(Action::VersionSubmitted, &listing, &version), now).await?;
        return Ok(Published { listing, version, warnings });
    }
    if again && listing.status == ListingStatus::Published && wish.notes.is_none() {
        return Ok(Published { listing, version, warnings });
    }
    version.state = VersionState::Published;
    version.published_by = Some(by.as_str().to_owned());
    version.published_at = version.published_at.or(Some(now));
    workflows::set_state(tx, tenant, &version).await?;
    let was = (listing.status, listing.visibility);
    if !again {
        listing = stated.onto(listing);
    }
    listing.visibility = visibility;
    show(tx, &mut listing, &version, now).await?;
    if !again {
        let grants = stated::grants(&version.metadata).0;
        access::service::reconcile_in(tx, parts, tenant, by, &listing.id, &grants, now).await?;
    }
    narrowed(tx, &listing, was, wish.revoke_existing).await?;
    store::set_sketch(tx, &listing, sketch).await?;
    if !again {
        rollout::begin(tx, acting, &version, wish.rollout).await?;
    }
    audit::record(tx, Some(tenant), by, entry(Action::WorkflowPublished, &listing, &version), now).await?;
    Ok(Published { listing, version, warnings })
}

/// Makes the listing show this version.
async fn show(tx: &mut Tx, listing: &mut Listing, version: &Version, now: Timestamp) -> Result<(), DbError> {
    listing.current_version = Some(version.id.clone());
    listing.status = ListingStatus::Published;
    listing.published_at = listing.published_at.or(Some(now));
    listing.updated_at = now;
    store::update(tx, listing).await
}

/// What other workspaces installed while everybody could goes on when only some may, unless its publisher does not want that.
pub async fn narrowed(tx: &mut Tx, listing: &Listing, was: (ListingStatus, Visibility), revoke_existing: bool) -> Result<(), DbError> {
    let (status, visibility) = was;
    let open = |status: ListingStatus, visibility: Visibility| status != ListingStatus::Draft && visibility != Visibility::Private;
    if listing.published_at.is_some() && open(status, visibility) && !open(listing.status, listing.visibility) {
        let flagged = store::grandfather(tx, listing, !revoke_existing).await?;
        tracing::info!(workflow_id = %listing.id, installations = flagged, kept = !revoke_existing, "a workflow is not open to everybody any more");
    }
    Ok(())
}

/// Whether a version may become the current one after `current`; what it breaks then.
fn may_follow(version: &Version, current: Option<&Version>, wish: &Wish) -> Result<Option<String>, ApiError> {
    match version.state {
        VersionState::Pending => return Err(state(version, "waits for the operator's review")),
        VersionState::Rejected => return Err(state(version, "was rejected by the operator")),
        VersionState::Deprecated => return Err(state(version, "is deprecated")),
        VersionState::Draft | VersionState::Approved | VersionState::Published => {}
    }
    let Some(current) = current else { return Ok(None) };
    if semver::compare(&version.version, &current.version) != Ordering::Greater {
        return Err(not_newer(version, current));
    }
    let compared = breaking::between(current, version);
    if compared.has_breaking_changes && !wish.allow_breaking && !semver::is_major_step(&current.version, &version.version) {
        return Err(needs_major(current, &compared));
    }
    Ok(compared.note())
}

fn not_newer(version: &Version, current: &Version) -> ApiError {
    let detail = format!("Version {} is not greater than {}, which is published.", version.version, current.version);
    let next = [Bump::Patch, Bump::Minor, Bump::Major].map(|bump| semver::next(&current.version, bump)).to_vec();
    ApiError::conflict("VERSION_NOT_NEWER", detail).with_hint("Raise `version`, or deploy with `draft` to try it in your own workspace first.").with_suggestions(next)
}

/// 409: a version cannot do that as it stands.
pub fn state(version: &Version, stands: &str) -> ApiError {
    ApiError::conflict("VERSION_STATE", format!("Version {} {stands}.", version.version))
}

fn needs_major(current: &Version, compared: &breaking::Comparison) -> ApiError {
    let detail = format!("Compared with {}: {}.", current.version, compared.summary);
    let error = ApiError::conflict("BREAKING_CHANGE_REQUIRES_MAJOR", detail)
        .with_hint("Raise the first number of `version`, state a `migration` that takes the older configuration, or publish with `allow_breaking`.")
        .with_suggestions(vec![semver::next(&current.version, Bump::Major)]);
    compared.breaking_changes.iter().fold(error, |error, d| error.with_field(d.field.clone().unwrap_or_default(), d.kind.to_uppercase(), d.message.clone()))
}

/// What the audit log says of a listing and one of its versions.
pub fn entry(action: Action, listing: &Listing, version: &Version) -> Entry {
    let meta = json!({
        "slug": listing.slug, "visibility": listing.visibility.as_str(), "status": listing.status.as_str(), "version_id": version.id, "version": version.version,
        "number": version.number, "is_breaking": version.is_breaking,
    });
    Entry::new(action, "workflow", &listing.id).meta(meta)
}

/// A text of a person: notes, reasons.
///
/// # Errors
/// 400 when it is too long.
pub fn noted(field: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
    let text = text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    if text.as_ref().is_some_and(|t| t.chars().count() > limits::NOTE_CHARS) {
        let message = format!("may have {} characters", limits::NOTE_CHARS);
        return Err(ApiError::invalid("INVALID_REQUEST", format!("`{field}` {message}.")).with_field(field, "TOO_LONG", message));
    }
    Ok(text)
}
