//! What becomes of versions after they were made: restored, deprecated, reviewed; and what they say of themselves.

use millrace_ids::TenantId;

use super::model::{Listing, ListingStatus};
use super::publish::{self, Published, Wish};
use super::{limits, service, store};
use crate::app::Parts;
use crate::audit::{self, Action};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::workflows::breaking::{self, Comparison};
use crate::workflows::changelog;
use crate::workflows::model::{Version, VersionState};
use crate::workflows::semver::{self, Bump};
use crate::workflows::service as workflows;

/// Makes a draft with the content of an older version: publishing it brings that content back under a new number.
///
/// # Errors
/// 404; 400 `INVALID_VERSION`.
pub async fn restore(parts: &Parts, tenant: &TenantId, by: &Actor, name: &str, wanted: &str, number: Option<&str>) -> Result<Version, ApiError> {
    let now = parts.clock.now();
    let mut tx = parts.of(tenant).begin().await?;
    let (workflow, latest) = service::own(&mut tx, tenant, name).await?;
    workflows::hold(&mut tx, tenant, &workflow.id).await?;
    let listing = publish::listed(&mut tx, tenant, &workflow.slug, &latest, now).await?;
    let old = workflows::find_version(&mut tx, tenant, &workflow, Some(wanted)).await?;
    let all = workflows::versions(&mut tx, tenant, &workflow.id, limits::CHANGELOG_VERSIONS).await?;
    let number = match number {
        Some(text) => semver::normalize(text).ok_or_else(|| ApiError::invalid("INVALID_VERSION", "`version` is major.minor.patch such as 1.2.0.").with_field("version", "INVALID_VERSION", "is no version"))?,
        None => {
            let highest = all.iter().max_by(|a, b| semver::compare(&a.version, &b.version)).unwrap_or(&old);
            semver::next(&highest.version, Bump::Patch)
        }
    };
    let copy = workflows::copy(&mut tx, tenant, &old, number, by.as_str(), now).await?;
    audit::record(&mut tx, Some(tenant), by, publish::entry(Action::VersionRestored, &listing, &copy), now).await?;
    tx.commit().await?;
    Ok(copy)
}

/// Takes a published version off the offer. Where it is installed it goes on. If it was current, the highest of the others is; if
/// there is none, the whole workflow counts as deprecated.
///
/// # Errors
/// 404; 409 `VERSION_STATE` for one that is not published.
pub async fn deprecate(parts: &Parts, tenant: &TenantId, by: &Actor, name: &str, wanted: &str, reason: Option<String>) -> Result<Version, ApiError> {
    let now = parts.clock.now();
    let mut tx = parts.of(tenant).begin().await?;
    let (workflow, latest) = service::own(&mut tx, tenant, name).await?;
    let mut listing = publish::listed(&mut tx, tenant, &workflow.slug, &latest, now).await?;
    let mut version = workflows::find_version(&mut tx, tenant, &workflow, Some(wanted)).await?;
    match version.state {
        VersionState::Deprecated => return Ok(version),
        VersionState::Published => {}
        _ => return Err(publish::state(&version, "was never published")),
    }
    (version.state, version.deprecated_at, version.deprecation_reason) = (VersionState::Deprecated, Some(now), reason);
    workflows::set_state(&mut tx, tenant, &version).await?;
    if listing.current_version.as_ref() == Some(&version.id) {
        let all = workflows::versions(&mut tx, tenant, &workflow.id, limits::CHANGELOG_VERSIONS).await?;
        let offered = all.into_iter().filter(|v| v.state == VersionState::Published && v.published_at.is_some());
        match offered.max_by(|a, b| semver::compare(&a.version, &b.version)) {
            Some(next) => listing.current_version = Some(next.id),
            None if listing.status == ListingStatus::Published => listing.status = ListingStatus::Deprecated,
            None => {}
        }
        listing.updated_at = now;
        store::update(&mut tx, &listing).await?;
    }
    audit::record(&mut tx, Some(tenant), by, publish::entry(Action::VersionDeprecated, &listing, &version), now).await?;
    tx.commit().await?;
    Ok(version)
}

/// A version that waits for the operator's review, with the listing it is for.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// What it would be shown as.
    pub listing: Listing,
    /// The version.
    pub version: Version,
}

/// Versions of all workspaces that wait for the operator's review, oldest first.
///
/// # Errors
/// The database failed.
pub async fn waiting(parts: &Parts, after: &str, limit: u32) -> Result<Vec<Waiting>, ApiError> {
    let mut tx = parts.platform().read().await?;
    let mut all = Vec::new();
    for (_, version) in workflows::pending(&mut tx, after, limit).await? {
        if let Some(listing) = store::get(&mut tx, &version.workflow).await? {
            all.push(Waiting { listing, version });
        }
    }
    Ok(all)
}

/// The operator lets a version be published, or does not. `publish`: it is, at once.
///
/// # Errors
/// 404; 409 `VERSION_STATE` for one that does not wait.
pub async fn review(parts: &Parts, by: &Actor, name: &str, wanted: &str, verdict: Verdict) -> Result<Version, ApiError> {
    let now = parts.clock.now();
    let mut tx = parts.platform().begin().await?;
    let listing = service::find(&mut tx, name).await?.ok_or_else(|| ApiError::not_found("workflow"))?;
    let tenant = listing.developer.clone();
    let (workflow, _) = service::own(&mut tx, &tenant, listing.id.as_str()).await?;
    workflows::hold(&mut tx, &tenant, &workflow.id).await?;
    let mut version = workflows::find_version(&mut tx, &tenant, &workflow, Some(wanted)).await?;
    if version.state != VersionState::Pending {
        return Err(publish::state(&version, "does not wait for a review"));
    }
    let action = match &verdict {
        Verdict::Approve { .. } => {
            version.state = VersionState::Approved;
            Action::VersionApproved
        }
        Verdict::Reject { reason } => {
            version.state = VersionState::Rejected;
            version.deprecation_reason.clone_from(reason);
            Action::VersionRejected
        }
    };
    workflows::set_state(&mut tx, &tenant, &version).await?;
    audit::record(&mut tx, Some(&tenant), by, publish::entry(action, &listing, &version), now).await?;
    tx.commit().await?;
    if !matches!(verdict, Verdict::Approve { publish: true }) {
        return Ok(version);
    }
    // What was asked for when it was submitted was accepted then: breaking changes among it.
    let wish = Wish { allow_breaking: true, ..Wish::default() };
    let Published { version, .. } = service::publish(parts, &tenant, by, listing.id.as_str(), Some(version.id.as_str()), &wish).await?;
    Ok(version)
}

/// What the operator says of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may be published.
    Approve {
        /// It is, at once.
        publish: bool,
    },
    /// It may not.
    Reject {
        /// Why.
        reason: Option<String>,
    },
}

/// Compares two versions of a workflow.
///
/// # Errors
/// 404.
pub async fn diff(parts: &Parts, tenant: &TenantId, name: &str, from: &str, to: Option<&str>) -> Result<Comparison, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let workflow = workflows::find(&mut tx, tenant, name).await?;
    let old = workflows::find_version(&mut tx, tenant, &workflow, Some(from)).await?;
    let new = workflows::find_version(&mut tx, tenant, &workflow, to).await?;
    Ok(breaking::between(&old, &new))
}

/// What changed, newest first: after `from`, of the workflow's latest version's changelog and all published versions.
///
/// # Errors
/// 404.
pub async fn history(parts: &Parts, tenant: &TenantId, name: &str, from: Option<&str>) -> Result<Vec<changelog::VersionChange>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let (workflow, latest) = service::own(&mut tx, tenant, name).await?;
    let versions = workflows::versions(&mut tx, tenant, &workflow.id, limits::CHANGELOG_VERSIONS).await?;
    Ok(changelog::between(changelog::told(&latest, &versions), from, None))
}

/// The listing of a workflow of this workspace, if there is one, and its newest versions.
///
/// # Errors
/// 404.
pub async fn list(parts: &Parts, tenant: &TenantId, name: &str) -> Result<(Option<Listing>, Vec<Version>), ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let workflow = workflows::find(&mut tx, tenant, name).await?;
    let listing = store::get(&mut tx, &workflow.id).await?;
    Ok((listing, workflows::versions(&mut tx, tenant, &workflow.id, limits::CHANGELOG_VERSIONS).await?))
}
