//! Forking: a workflow of one's own from the published source of another's, where its author allows it.

use std::collections::BTreeMap;

use millrace_bundle::SourceTree;
use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{TenantId, WorkflowId};
use serde_json::{Value, json};

use super::lineage::{self, Ancestor, Line, Lineage};
use super::service;
use crate::access::service::{self as access, Who};
use crate::app::Parts;
use crate::audit::{Action, Entry};
use crate::http::ApiError;
use crate::identity::{Actor, Visitor};
use crate::workflows::model::{Version, Workflow};
use crate::workflows::service::{self as workflows, Deployed, Options};
use crate::workflows::source;

/// Licences that allow everybody to change what they are given and to pass it on, by their SPDX names.
const OPEN_LICENSES: [&str; 16] = [
    "0BSD", "AGPL-3.0-only", "AGPL-3.0-or-later", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "EPL-2.0", "GPL-3.0-only", "GPL-3.0-or-later", "ISC", "LGPL-3.0-only", "LGPL-3.0-or-later",
    "MIT", "MPL-2.0", "Unlicense",
];

/// The licence that a module states.
pub fn license(metadata: &Value) -> Option<&str> {
    metadata.get("license").and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// Whether a module allows others to fork it: it says so (`forkable`), or, where it says nothing, its licence does. Code is otherwise
/// shown to nobody, so silence is a no.
pub fn is_forkable(metadata: &Value) -> bool {
    match metadata.get("forkable") {
        Some(said) => *said == Value::Bool(true),
        None => license(metadata).is_some_and(|own| OPEN_LICENSES.iter().any(|open| open.eq_ignore_ascii_case(own))),
    }
}

/// What a deploy is a fork of.
#[derive(Debug, Clone, PartialEq)]
pub struct Fork {
    /// The workflow that each export of the module is in its author's workspace.
    parents: BTreeMap<String, Ancestor>,
    /// The one that was asked for.
    asked: Ancestor,
    /// Its version.
    version: String,
    /// Why.
    reason: Option<String>,
}

impl Fork {
    /// Writes where a deployed workflow comes from.
    pub(crate) async fn record(&self, tx: &mut Tx, deployed: &Deployed, now: Timestamp) -> Result<(), DbError> {
        let parent = self.parents.get(&deployed.version.export).unwrap_or(&self.asked);
        lineage::record(tx, &deployed.workflow.id, parent, &self.version, self.reason.as_deref(), now).await.map(drop)
    }

    /// What the audit log says of it.
    pub(crate) fn entry(&self, workflow: &Workflow, version: &Version) -> Entry {
        let said = json!({ "slug": workflow.slug, "version_id": version.id, "version": version.version, "hash": version.bundle_hash, "parent_id": self.asked.workflow, "parent_version": self.version, "reason": self.reason });
        Entry::new(Action::WorkflowForked, "workflow", &workflow.id).meta(said)
    }
}

/// 409: a fork makes a new workflow and never a version of one that is there.
pub(crate) fn taken(slug: &str) -> ApiError {
    let detail = format!("This workspace has a workflow `{slug}` already, and the fork would state the same id.");
    ApiError::conflict("WORKFLOW_ID_TAKEN", detail).with_hint("Fork it into another workspace, or go on with the one that is there.")
}

/// A fork that was made.
#[derive(Debug)]
pub struct Forked {
    /// Its workflows, the one of the default export first.
    pub deployed: Vec<Deployed>,
    /// Where it comes from.
    pub line: Line,
    /// The file that exports it.
    pub entry: String,
    /// Its source: path → text.
    pub files: BTreeMap<String, String>,
}

/// Makes a draft of the caller's own workspace from the version that new installations of a workflow get.
///
/// # Errors
/// 404 when there is none, or none that the caller may know of; 403 `NOT_FORKABLE`; 409 `WORKFLOW_ID_TAKEN`; as deploying.
pub async fn fork(parts: &Parts, tenant: &TenantId, by: &Actor, name: &str, reason: Option<String>) -> Result<Forked, ApiError> {
    let absent = || ApiError::not_found("workflow");
    let mut tx = parts.platform().read().await?;
    let listing = service::find(&mut tx, name).await?.ok_or_else(absent)?;
    tx.rollback().await?;
    if !access::check(parts, &Who::of(tenant, by), &listing).await?.decision.is_allowed() {
        return Err(absent());
    }
    if listing.developer == *tenant {
        return Err(taken(&listing.slug));
    }
    // A workspace that is closed gives nothing away any more.
    let current = listing.current_version.as_ref().ok_or_else(absent)?;
    if parts.closed.has_now(&listing.developer).await {
        return Err(absent());
    }
    if !is_forkable(&listing.metadata) {
        let detail = format!("The author of `{}` does not allow forks of it.", listing.slug);
        return Err(ApiError::forbidden("NOT_FORKABLE", detail).with_hint("Ask its author to state `forkable: true` or an open `license`, and to publish that."));
    }
    let loaded = workflows::program(parts, &listing.developer, current).await?;
    let own = |version: &Version| Ancestor { workflow: version.workflow.clone(), name: workflows::shown(version).0, developer: listing.developer.clone() };
    let siblings = workflows::versions_of_bundle(&mut parts.of(&listing.developer).read().await?, &listing.developer, &loaded.bundle.hash).await?;
    let fork = Fork {
        parents: siblings.iter().map(|version| (version.export.clone(), own(version))).collect(),
        asked: Ancestor { workflow: listing.id.clone(), name: listing.name.clone(), developer: listing.developer.clone() },
        version: loaded.version.clone(),
        reason,
    };
    let (entry, files) = (loaded.bundle.entry.clone(), source::of_bundle(&loaded.bundle));
    let options = Options { entry: Some(entry.clone()), draft: true, fork: Some(fork), ..Options::default() };
    let deployed = workflows::deploy(parts, tenant, by, SourceTree { files: files.clone() }, &options).await?;
    // The one that was asked for first, also where it is a further export of its module.
    let first = deployed.iter().find(|d| d.version.export == loaded.export).or(deployed.first()).ok_or_else(|| ApiError::internal("a fork of nothing"))?;
    let line = lineage::line(&mut parts.of(tenant).read().await?, &first.workflow.id, Some(tenant)).await?;
    Ok(Forked { line, deployed, entry, files })
}

/// The line of a workflow, with the forks made of it that the visitor may find.
///
/// # Errors
/// 404 when there is no such workflow, or none that the visitor may know of.
pub async fn line(parts: &Parts, visitor: &Visitor, name: &str) -> Result<(Line, Vec<super::Listing>), ApiError> {
    let detail = service::detail(parts, visitor, name).await?;
    let mut tx = parts.platform().read().await?;
    let forks = lineage::forks(&mut tx, &detail.listing.id, visitor.tenant.as_ref()).await?;
    Ok((detail.line, forks))
}

/// Who has a part in what a fork is sold for: the original and its developer, while it exists and is somebody else's than the fork.
///
/// # Errors
/// The database failed.
pub async fn sharing(tx: &mut Tx, fork: &WorkflowId, developer: &TenantId) -> Result<Option<(WorkflowId, TenantId)>, DbError> {
    let Some(Lineage { original, .. }) = lineage::of(tx, fork).await? else { return Ok(None) };
    let owner = workflows::owner(tx, &original.workflow).await?.filter(|owner| owner != developer);
    Ok(owner.map(|owner| (original.workflow, owner)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_a_no() {
        for (metadata, wanted) in [
            (json!({}), false),
            (json!({"forkable": true}), true),
            (json!({"forkable": "yes"}), false),
            (json!({"license": "MIT"}), true),
            (json!({"license": " apache-2.0 "}), true),
            (json!({"license": "MIT", "forkable": false}), false),
            (json!({"license": "proprietary", "forkable": true}), true),
            (json!({"license": "proprietary"}), false),
            (json!({"license": 1}), false),
            (json!(null), false),
        ] {
            assert_eq!(is_forkable(&metadata), wanted, "{metadata}");
        }
    }
}
