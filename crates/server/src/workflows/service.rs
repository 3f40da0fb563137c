//! The use cases of workflows; all that other slices may call.

use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_ids::{TenantId, VersionId, WorkflowId};

use super::definition::BUILT_IN_SERVICES;
use super::model::{Capabilities, LoadedVersion, Version, VersionCard, VersionState, Workflow};
use super::{limits, naming, store};
use crate::app::Parts;
use crate::http::{ApiError, Page};
use crate::marketplace::{Standing, service as marketplace};

pub use super::deploy::{Deploy, Deployed, Options, deploy};

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
pub async fn list(parts: &Parts, tenant: &TenantId, before: Option<&WorkflowId>, limit: u32) -> Result<Page<(Workflow, Option<Standing>)>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let found = store::workflows(&mut tx, tenant, before, limit + 1).await?;
    let mut standings = marketplace::standings(&mut tx, tenant, &found).await?;
    Ok(Page::from_overfull(found, limit, |w| w.id.to_string()).map(|w| {
        let standing = standings.remove(&w.id);
        (w, standing)
    }))
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

/// A version of a workflow: by id, by semantic version (the newest that calls itself so), by its number (`v3`), or the latest.
///
/// # Errors
/// 404 when the workflow has no such version.
pub async fn find_version(tx: &mut Tx, tenant: &TenantId, workflow: &Workflow, wanted: Option<&str>) -> Result<Version, ApiError> {
    let by_id = |found: Option<Version>| found.filter(|v| v.workflow == workflow.id);
    let found = match wanted {
        None | Some("latest") => store::version(tx, tenant, &workflow.latest).await?,
        Some(text) => match (text.parse::<VersionId>(), naming::normalised_version(text)) {
            (Ok(id), _) => by_id(store::version(tx, tenant, &id).await?),
            (_, Some(version)) => match store::version_by_text(tx, tenant, &workflow.id, &version).await? {
                Some(found) => Some(found),
                None => match text.trim_start_matches(['v', 'V']).parse::<i64>() {
                    Ok(number) => store::version_by_number(tx, tenant, &workflow.id, number).await?,
                    Err(_) => None,
                },
            },
            _ => None,
        },
    };
    found.ok_or_else(|| ApiError::not_found("workflow version"))
}

/// One version of a workspace.
///
/// # Errors
/// The database failed.
pub async fn version(tx: &mut Tx, tenant: &TenantId, id: &VersionId) -> Result<Option<Version>, DbError> {
    store::version(tx, tenant, id).await
}

/// The workflow that a version is of, whoever published it.
///
/// # Errors
/// The database failed.
pub async fn of_version(tx: &mut Tx, id: &VersionId) -> Result<Option<WorkflowId>, DbError> {
    store::of_version(tx, id).await
}

/// A workflow's newest versions, newest first.
///
/// # Errors
/// The database failed.
pub async fn versions(tx: &mut Tx, tenant: &TenantId, id: &WorkflowId, limit: u32) -> Result<Vec<Version>, DbError> {
    store::versions(tx, tenant, id, limit).await
}

/// All versions with this content, of whichever workflows: the exports of one module.
///
/// # Errors
/// The database failed.
pub async fn versions_of_bundle(tx: &mut Tx, tenant: &TenantId, hash: &str) -> Result<Vec<Version>, DbError> {
    store::versions_of_bundle(tx, tenant, hash).await
}

/// Writes what publishing and reviewing change of a version; its content never changes.
///
/// # Errors
/// The database failed.
pub async fn set_state(tx: &mut Tx, tenant: &TenantId, version: &Version) -> Result<(), DbError> {
    store::set_state(tx, tenant, version).await
}

/// Adds a draft with the content of an older version under another number, and answers it.
///
/// # Errors
/// The database failed; a unique violation when another version was made meanwhile.
pub async fn copy(tx: &mut Tx, tenant: &TenantId, of: &Version, version: String, by: &str, now: Timestamp) -> Result<Version, DbError> {
    let copy = Version {
        id: VersionId::generate(),
        number: store::last_number(tx, tenant, &of.workflow).await? + 1,
        version,
        state: VersionState::Draft,
        notes: None,
        is_breaking: false,
        breaking_description: None,
        restored_from: Some(of.number),
        created_by: Some(by.to_owned()),
        published_by: None,
        published_at: None,
        deprecated_at: None,
        deprecation_reason: None,
        created_at: now,
        ..of.clone()
    };
    store::insert_version(tx, tenant, &copy).await?;
    Ok(copy)
}

/// Versions of all workspaces that wait for the operator's review; the transaction must see all workspaces.
///
/// # Errors
/// The database failed.
pub async fn pending(tx: &mut Tx, after: &str, limit: u32) -> Result<Vec<(TenantId, Version)>, DbError> {
    store::pending(tx, after, limit).await
}

/// Whose a workflow is; the transaction must see all workspaces.
///
/// # Errors
/// The database failed.
pub async fn owner(tx: &mut Tx, id: &WorkflowId) -> Result<Option<TenantId>, DbError> {
    store::owner(tx, id).await
}

/// The name and the sentence that a version shows.
pub fn shown(version: &Version) -> (String, String) {
    naming::shown(&version.definition, &version.metadata, version.export == super::inspect::DEFAULT_EXPORT)
}

/// The name that a version shows, of its row's columns.
pub fn name_of(definition: &str, metadata: &str, export: &str) -> String {
    let read = |text: &str| serde_json::from_str(text).unwrap_or_default();
    naming::shown(&read(definition), &read(metadata), export == super::inspect::DEFAULT_EXPORT).0
}

/// What a version asks for.
pub fn capabilities(parts: &Parts, version: &Version) -> Capabilities {
    let definition = super::definition::Definition::read(&version.definition, &version.metadata, &mut super::finding::Findings::default());
    let available = |service: &str| BUILT_IN_SERVICES.contains(&service) || parts.registry.get(service).is_some();
    Capabilities::of(&definition, &version.hosts, available)
}
