//! What other slices may do with listings, and the use cases of a listing.

use std::collections::HashMap;

use millrace_db::{DbError, Tx};
use millrace_ids::{TenantId, WorkflowId};

use super::model::{CredentialMode, Listing, ListingStatus, Standing, Visibility};
use super::publish::{self, Acting, Published, Wish};
use super::sketch::Sketch;
use super::store::{self, Found, Wanted};
use super::{compare, lineage};
use crate::access::service::{self as access, Who};
use crate::app::Parts;
use crate::audit::{self, Action};
use crate::http::ApiError;
use crate::identity::{Actor, Visitor};
use crate::workflows::model::{Version, Workflow};
use crate::workflows::service as workflows;

/// The listing that `name` means: a workflow's id, or the word in its address. Whether the caller may know it is `access`'s to say.
///
/// # Errors
/// The database failed.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<Listing>, DbError> {
    match name.parse::<WorkflowId>() {
        Ok(id) => store::get(tx, &id).await,
        Err(_) => store::by_slug(tx, name).await,
    }
}

/// Counts a workspace that has installed another one's workflow, in the transaction that installs it.
///
/// # Errors
/// The database failed.
pub async fn arrived(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId) -> Result<(), DbError> {
    store::arrived(tx, tenant, workflow).await
}

/// As [`arrived`], when it is uninstalled.
///
/// # Errors
/// The database failed.
pub async fn left(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId) -> Result<(), DbError> {
    store::left(tx, tenant, workflow).await
}

/// A transaction for publishing. With `narrows` it sees all workspaces: what others installed is told that it keeps its access.
///
/// # Errors
/// The database failed.
pub async fn begin(parts: &Parts, tenant: &TenantId, narrows: bool) -> Result<Tx, DbError> {
    if narrows { parts.platform().begin().await } else { parts.of(tenant).begin().await }
}

/// A listing with its current version, and the versions that its changelog tells of.
#[derive(Debug, Clone)]
pub struct Detail {
    /// The listing.
    pub listing: Listing,
    /// What new installations get; its own workspace sees a draft's newest version.
    pub version: Option<Version>,
    /// What was published, newest first.
    pub versions: Vec<Version>,
    /// Where it comes from.
    pub line: lineage::Line,
}

/// A listing as a visitor may see it.
///
/// # Errors
/// 404 when there is none, or none that the visitor may know of: the answer is the same.
pub async fn detail(parts: &Parts, visitor: &Visitor, name: &str) -> Result<Detail, ApiError> {
    let mut tx = parts.platform().read().await?;
    let listing = find(&mut tx, name).await?.ok_or_else(|| ApiError::not_found("workflow"))?;
    tx.rollback().await?;
    if !access::check(parts, &Who::visiting(visitor), &listing).await?.decision.is_allowed() {
        return Err(ApiError::not_found("workflow"));
    }
    // A version is its publisher's; the listing is what says that it may be seen.
    let mut tx = parts.of(&listing.developer).read().await?;
    let version = match &listing.current_version {
        Some(id) => workflows::version(&mut tx, &listing.developer, id).await?,
        None => None,
    };
    let versions = workflows::versions(&mut tx, &listing.developer, &listing.id, super::limits::CHANGELOG_VERSIONS).await?;
    let line = lineage::line(&mut tx, &listing.id, visitor.tenant.as_ref()).await?;
    Ok(Detail { listing, version, versions: versions.into_iter().filter(|v| v.published_at.is_some()).collect(), line })
}

/// A page of the marketplace; one item more than asked for means that there is another.
///
/// # Errors
/// The database failed.
pub async fn search(parts: &Parts, wanted: &Wanted) -> Result<Vec<Found>, ApiError> {
    Ok(store::search(&mut parts.platform().read().await?, wanted).await?)
}

/// What a person changes of a listing. What the module states wins again when its next version is published.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// Who finds it.
    pub visibility: Option<Visibility>,
    /// Whose OAuth app connects accounts.
    pub credential_mode: Option<CredentialMode>,
    /// Half a sentence.
    pub tagline: Option<String>,
    /// A sentence or more.
    pub description: Option<String>,
    /// One word.
    pub category: Option<String>,
    /// An address or an emoji.
    pub icon: Option<String>,
    /// `light` or `heavy`.
    pub complexity_tier: Option<String>,
    /// Whether installations of other workspaces lose an access that the new visibility would not give.
    pub revoke_existing: bool,
}

/// Changes a listing.
///
/// # Errors
/// 404 for a workflow of another workspace.
pub async fn change(parts: &Parts, tenant: &TenantId, by: &Actor, name: &str, change: &Change) -> Result<Listing, ApiError> {
    let now = parts.clock.now();
    let mut tx = begin(parts, tenant, change.visibility == Some(Visibility::Private)).await?;
    let (workflow, latest) = own(&mut tx, tenant, name).await?;
    let mut listing = publish::listed(&mut tx, tenant, &workflow.slug, &latest, now).await?;
    let before = listing.clone();
    listing.visibility = change.visibility.unwrap_or(listing.visibility);
    listing.credential_mode = change.credential_mode.unwrap_or(listing.credential_mode);
    for (place, said) in [(&mut listing.tagline, &change.tagline), (&mut listing.description, &change.description), (&mut listing.category, &change.category)] {
        if let Some(said) = said {
            place.clone_from(said);
        }
    }
    listing.icon = change.icon.clone().or(listing.icon);
    listing.complexity_tier = change.complexity_tier.clone().or(listing.complexity_tier);
    if listing == before {
        return Ok(listing);
    }
    let opens = listing.visibility == Visibility::Public && before.visibility != Visibility::Public && listing.status == ListingStatus::Published;
    if let Some(sketch) = store::sketch(&mut tx, &listing.id).await?.filter(|_| opens) {
        compare::with_others(&mut tx, tenant, &listing.id, &sketch).await?;
    }
    if opens && parts.config.marketplace.review {
        let detail = "The operator reviews what everybody finds: publish a version with this visibility.";
        return Err(ApiError::conflict("VERSION_STATE", detail));
    }
    listing.updated_at = now;
    store::update(&mut tx, &listing).await?;
    publish::narrowed(&mut tx, &listing, (before.status, before.visibility), change.revoke_existing).await?;
    audit::record(&mut tx, Some(tenant), by, publish::entry(Action::WorkflowListed, &listing, &latest), now).await?;
    tx.commit().await?;
    Ok(listing)
}

/// Publishes a version of a workflow: the latest unless said.
///
/// # Errors
/// As [`publish::publish`]; 404 for a workflow of another workspace.
pub async fn publish(parts: &Parts, tenant: &TenantId, by: &Actor, name: &str, wanted: Option<&str>, wish: &Wish) -> Result<Published, ApiError> {
    let version = {
        let mut tx = parts.of(tenant).read().await?;
        let workflow = workflows::find(&mut tx, tenant, name).await?;
        workflows::find_version(&mut tx, tenant, &workflow, wanted).await?
    };
    let loaded = workflows::program(parts, tenant, &version.id).await?;
    let bundle = std::sync::Arc::clone(&loaded.bundle);
    let sketch = tokio::task::spawn_blocking(move || Sketch::of(&bundle)).await.map_err(ApiError::internal)?;
    let acting = Acting { parts, tenant, by, now: parts.clock.now() };
    let narrows = version.metadata.get("visibility").and_then(serde_json::Value::as_str) == Some(Visibility::Private.as_str());
    let mut tx = begin(parts, tenant, narrows).await?;
    let done = publish::publish(&mut tx, acting, &loaded.slug, version, &sketch, wish).await?;
    tx.commit().await?;
    Ok(done)
}

/// Takes a workflow out of the marketplace: it is a draft again. What is installed elsewhere is flagged as grandfathered, unless
/// `revoke_existing`.
///
/// # Errors
/// 404 for a workflow of another workspace; 409 `VERSION_STATE` when it is not published.
pub async fn unpublish(parts: &Parts, tenant: &TenantId, by: &Actor, name: &str, revoke_existing: bool) -> Result<Listing, ApiError> {
    let now = parts.clock.now();
    let mut tx = begin(parts, tenant, true).await?;
    let (workflow, latest) = own(&mut tx, tenant, name).await?;
    let mut listing = publish::listed(&mut tx, tenant, &workflow.slug, &latest, now).await?;
    if listing.status == ListingStatus::Draft {
        return Err(ApiError::conflict("VERSION_STATE", "The workflow is not published."));
    }
    let was = (listing.status, listing.visibility);
    listing.status = ListingStatus::Draft;
    listing.updated_at = now;
    store::update(&mut tx, &listing).await?;
    publish::narrowed(&mut tx, &listing, was, revoke_existing).await?;
    audit::record(&mut tx, Some(tenant), by, publish::entry(Action::WorkflowUnpublished, &listing, &latest), now).await?;
    tx.commit().await?;
    Ok(listing)
}

/// A workflow of this workspace and its latest version.
pub(super) async fn own(tx: &mut Tx, tenant: &TenantId, name: &str) -> Result<(Workflow, Version), ApiError> {
    let workflow = workflows::find(tx, tenant, name).await?;
    let latest = workflows::find_version(tx, tenant, &workflow, None).await?;
    Ok((workflow, latest))
}

/// The listing of a workflow of this workspace; nothing before its first deploy with this release.
///
/// # Errors
/// The database failed.
pub async fn listing_of(tx: &mut Tx, id: &WorkflowId) -> Result<Option<Listing>, DbError> {
    store::get(tx, id).await
}

/// Where these workflows of a workspace stand, newest first as they come in a list; a workflow that was never deployed with this
/// release is in no place.
///
/// # Errors
/// The database failed.
pub async fn standings(tx: &mut Tx, developer: &TenantId, workflows: &[Workflow]) -> Result<HashMap<WorkflowId, Standing>, DbError> {
    let (Some(newest), Some(oldest)) = (workflows.first(), workflows.last()) else { return Ok(HashMap::new()) };
    Ok(store::standings(tx, developer, &oldest.id, &newest.id).await?.into_iter().collect())
}
