//! The use cases of workflows; all that other slices may call.

use std::sync::Arc;

use millrace_db::{DbError, Tx};
use millrace_ids::{TenantId, VersionId, WorkflowId};

use super::definition::BUILT_IN_SERVICES;
use super::model::{Capabilities, LoadedVersion, Version, VersionCard, Workflow};
use super::{limits, naming, store};
use crate::app::Parts;
use crate::http::{ApiError, Page};

pub use super::deploy::{Deploy, Deployed, deploy};

/// A version ready to run; kept in memory while it is used.
///
/// # Errors
/// 404 when the tenant has no such version; 500 when its bundle is damaged.
pub async fn program(parts: &Parts, tenant: &TenantId, id: &VersionId) -> Result<Arc<LoadedVersion>, ApiError> {
    parts.programs.get(parts, tenant, id).await
}

/// A version without its code, for lists.
///
/// # Errors
/// 404 when the tenant has no such version.
pub async fn card(parts: &Parts, tenant: &TenantId, id: &VersionId) -> Result<VersionCard, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let tx = &mut tx;
    let version = store::version(tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("workflow version"))?;
    let workflow = store::workflow(tx, tenant, &version.workflow).await?.ok_or_else(|| ApiError::not_found("workflow"))?;
    let definition = super::definition::Definition::read(&version.definition, &version.metadata, &mut super::finding::Findings::default());
    Ok(VersionCard { slug: workflow.slug, version: version.version, definition: Arc::new(definition), hosts: version.hosts })
}

/// A page of workflows, newest first.
///
/// # Errors
/// The database failed.
pub async fn list(parts: &Parts, tenant: &TenantId, before: Option<&WorkflowId>, limit: u32) -> Result<Page<Workflow>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let found = store::workflows(&mut tx, tenant, before, limit + 1).await?;
    Ok(Page::from_overfull(found, limit, |w| w.id.to_string()))
}

/// A workflow by its id or by the id its module states, with its newest versions.
///
/// # Errors
/// 404 when the tenant has no such workflow.
pub async fn get(parts: &Parts, tenant: &TenantId, id: &str) -> Result<(Workflow, Vec<Version>), ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let workflow = find(&mut tx, tenant, id).await?;
    let versions = store::versions(&mut tx, tenant, &workflow.id, limits::VERSIONS_SHOWN).await?;
    Ok((workflow, versions))
}

/// A workflow by its id or by the id its module states, in the caller's transaction.
///
/// # Errors
/// 404 when the tenant has no such workflow.
pub async fn find(tx: &mut Tx, tenant: &TenantId, id: &str) -> Result<Workflow, ApiError> {
    let found = match id.parse::<WorkflowId>() {
        Ok(id) => store::workflow(tx, tenant, &id).await?,
        Err(_) => store::workflow_by_slug(tx, tenant, id).await?,
    };
    found.ok_or_else(|| ApiError::not_found("workflow"))
}

/// Keeps a workflow as it is until the transaction ends: nobody deploys or installs it meanwhile.
///
/// # Errors
/// The database failed.
pub async fn hold(tx: &mut Tx, tenant: &TenantId, id: &WorkflowId) -> Result<(), DbError> {
    store::hold(tx, tenant, id).await
}

/// A version of a workflow: by id, by semantic version (the newest that calls itself so), or the latest.
///
/// # Errors
/// 404 when the workflow has no such version.
pub async fn find_version(tx: &mut Tx, tenant: &TenantId, workflow: &Workflow, wanted: Option<&str>) -> Result<Version, ApiError> {
    let by_id = |found: Option<Version>| found.filter(|v| v.workflow == workflow.id);
    let found = match wanted {
        None | Some("latest") => store::version(tx, tenant, &workflow.latest).await?,
        Some(text) => match (text.parse::<VersionId>(), naming::normalised_version(text)) {
            (Ok(id), _) => by_id(store::version(tx, tenant, &id).await?),
            (_, Some(version)) => store::version_by_text(tx, tenant, &workflow.id, &version).await?,
            _ => None,
        },
    };
    found.ok_or_else(|| ApiError::not_found("workflow version"))
}

/// What a version asks for.
pub fn capabilities(parts: &Parts, version: &Version) -> Capabilities {
    let definition = super::definition::Definition::read(&version.definition, &version.metadata, &mut super::finding::Findings::default());
    let available = |service: &str| BUILT_IN_SERVICES.contains(&service) || parts.registry.get(service).is_some();
    Capabilities::of(&definition, &version.hosts, available)
}
