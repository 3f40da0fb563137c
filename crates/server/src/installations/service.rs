//! The use cases of installations; all that other slices may call.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_db::Tx;
use millrace_ids::{InstallationId, TenantId, TriggerId, VersionId, WorkflowId};
use zeroize::Zeroizing;

use super::draft::{self, Whole};
use super::model::{self, InstallationSnapshot, Secrets, Status};
use super::{connect, limits, revisions, snapshot, store};
use crate::app::{App, Parts};
use crate::audit::{self, Action, Entry};
use crate::http::{ApiError, Page};
use crate::identity::Actor;
use crate::marketplace::service as marketplace;
use crate::triggers::model::Trigger;
use crate::triggers::service as triggers;
use crate::variables::service as variables;
use crate::workflows::model::VersionCard;
use crate::workflows::service as workflows;

pub use super::change::{Change, activate, change, pause, suspend};
pub use super::install::{Install, install};
pub use super::manual::{ManualRun, start_manual};
pub use super::store::Filter;

/// An installation as it may be shown to its owner.
#[derive(Debug)]
pub struct Shown {
    /// The row and what belongs to it.
    pub whole: Whole,
    /// Its version.
    pub version: VersionCard,
    /// Its secret inputs, masked.
    pub masked: BTreeMap<String, String>,
    /// Required services without a connection.
    pub missing: Vec<String>,
    /// Where its secrets may be sent.
    pub secret_hosts: BTreeSet<String>,
}

/// Deletes an installation with its triggers, inputs and secrets, and cancels its runs. Its connections stay.
///
/// # Errors
/// 404, or the database failed.
pub async fn delete(app: &App, tenant: &TenantId, by: &Actor, id: &InstallationId) -> Result<(), ApiError> {
    let mut tx = app.of(tenant).begin().await?;
    // The row first: a change of the same installation that is about to commit schedules is waited for here.
    if !store::delete(&mut tx, tenant, id).await? {
        return Err(ApiError::not_found("installation"));
    }
    triggers::remove(&mut tx, tenant, id).await?;
    audit::record(&mut tx, Some(tenant), by, Entry::new(Action::InstallationRemoved, "installation", id), app.clock.now()).await?;
    tx.commit().await?;
    forget(app, tenant, id, &[]);
    cancel_runs(app, tenant, id).await
}

/// Cancels what the installation had started. A pass of the engine is bounded; a long queue is finished behind the answer.
async fn cancel_runs(app: &App, tenant: &TenantId, id: &InstallationId) -> Result<(), ApiError> {
    const REASON: &str = "the installation was deleted";
    let first = app.engine.cancel_subject(tenant, id.as_str(), REASON).await?;
    if first < limits::CANCEL_PASS {
        return Ok(());
    }
    let (engine, tenant, id) = (app.engine.clone(), tenant.clone(), id.clone());
    tokio::spawn(async move {
        for _ in 0..limits::CANCEL_PASSES {
            match engine.cancel_subject(&tenant, id.as_str(), REASON).await {
                Ok(count) if count >= limits::CANCEL_PASS => {}
                Ok(_) => return,
                // What is left ends as INSTALLATION_GONE when its turn comes.
                Err(error) => return tracing::warn!(installation = %id, %error, "runs of a deleted installation are left in the queue"),
            }
        }
    });
    Ok(())
}

/// The installations of a workflow; at most [`limits::OF_WORKFLOW`].
///
/// # Errors
/// The database failed.
pub async fn of_workflow(parts: &Parts, tenant: &TenantId, workflow: &WorkflowId) -> Result<Vec<InstallationId>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let filter = Filter { workflow: Some(workflow.clone()), ..Filter::default() };
    Ok(store::list(&mut tx, tenant, &filter, None, limits::OF_WORKFLOW).await?.into_iter().map(|i| i.id).collect())
}

/// One installation.
///
/// # Errors
/// 404, or the database failed.
pub async fn get(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<Shown, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let (installation, links) = draft::load(&mut tx, tenant, id).await?;
    let triggers = triggers::of_installation(&mut tx, tenant, id).await?;
    tx.rollback().await?;
    let version = workflows::card(parts, &installation.publisher, &installation.version).await?;
    let secrets = snapshot::open(parts, tenant, id, installation.secrets.as_deref())?;
    Ok(shown(parts, Whole { installation, links, triggers }, version, &secrets))
}

/// A page of installations, newest first.
///
/// # Errors
/// The database failed.
pub async fn list(parts: &Parts, tenant: &TenantId, filter: &Filter, before: Option<&InstallationId>, limit: u32) -> Result<Page<Shown>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let found = store::list(&mut tx, tenant, filter, before, limit + 1).await?;
    let page = Page::from_overfull(found, limit, |i| i.id.to_string());
    let (Some(newest), Some(oldest)) = (page.data.first(), page.data.last()) else { return Ok(Page { data: Vec::new(), next_cursor: None }) };
    let mut links = store::connections_of(&mut tx, tenant, &oldest.id, &newest.id).await?;
    let mut of_page = triggers::of_installations(&mut tx, tenant, &oldest.id, &newest.id).await?;
    tx.rollback().await?;
    let mut cards: HashMap<VersionId, VersionCard> = HashMap::new();
    for installation in &page.data {
        if !cards.contains_key(&installation.version) {
            cards.insert(installation.version.clone(), workflows::card(parts, &installation.publisher, &installation.version).await?);
        }
    }
    let mut data = Vec::with_capacity(page.data.len());
    for installation in page.data {
        let Some(version) = cards.get(&installation.version).cloned() else { continue };
        let secrets = snapshot::open(parts, tenant, &installation.id, installation.secrets.as_deref())?;
        let (own, others) = of_page.into_iter().partition(|t: &Trigger| t.installation == installation.id);
        of_page = others;
        let links = links.remove(installation.id.as_str()).unwrap_or_default();
        data.push(shown(parts, Whole { installation, links, triggers: own }, version, &secrets));
    }
    Ok(Page { data, next_cursor: page.next_cursor })
}

pub(super) fn shown(parts: &Parts, whole: Whole, version: VersionCard, secrets: &Secrets) -> Shown {
    let mut secret_hosts = model::hosts_of(&model::joined(&whole.installation.config, secrets));
    secret_hosts.extend(version.hosts.iter().map(|h| h.to_ascii_lowercase()));
    secret_hosts.extend(snapshot::connector_hosts(parts, &version.definition));
    Shown {
        missing: connect::missing(&version.definition, &whole.links),
        masked: secrets.iter().map(|(key, secret)| (key.clone(), model::masked(secret))).collect(),
        secret_hosts,
        whole,
        version,
    }
}

pub(super) fn forget(parts: &Parts, tenant: &TenantId, id: &InstallationId, changed: &[Trigger]) {
    let ids: Vec<TriggerId> = changed.iter().map(|t| t.id.clone()).collect();
    snapshot::forget(parts, tenant, id);
    triggers::forget(parts, id, &ids);
}

/// The installation as a run needs it, at most a second old; a change in this process is seen at once.
///
/// # Errors
/// 404, or the database failed.
pub async fn snapshot(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<Arc<InstallationSnapshot>, ApiError> {
    snapshot::get(parts, tenant, id).await
}

/// The installation as a run that is pinned to `revision` needs it: inputs, connections and variables of that revision, everything else
/// as it is now. Without a revision everything is.
///
/// # Errors
/// As [`snapshot`].
pub async fn snapshot_at(parts: &Parts, tenant: &TenantId, id: &InstallationId, revision: Option<i64>) -> Result<Arc<InstallationSnapshot>, ApiError> {
    let present = snapshot::get(parts, tenant, id).await?;
    match revision {
        Some(revision) if revision != present.revision => revisions::at(parts, tenant, id, revision).await,
        _ => Ok(present),
    }
}

/// All secret inputs of an installation, by declared key.
///
/// # Errors
/// They do not open with this server's key.
pub fn secrets_of(parts: &Parts, installation: &InstallationSnapshot) -> Result<Secrets, ApiError> {
    snapshot::open(parts, &installation.tenant, &installation.id, installation.sealed.as_deref())
}

/// The secrets among the variables that the runs of this revision see, by name, with their present values. One that was unset
/// since has none.
///
/// # Errors
/// They do not open with this server's key.
pub fn variable_secrets_of(parts: &Parts, installation: &InstallationSnapshot) -> Result<Secrets, ApiError> {
    let mut secrets = Secrets::new();
    for variable in &installation.present_variables {
        if installation.variables.get(&variable.name).is_some_and(Option::is_none) {
            secrets.insert(variable.name.clone(), variables::open(parts, &installation.publisher, &installation.workflow_id, variable)?);
        }
    }
    Ok(secrets)
}

/// Gives all installations of a workflow a new revision and keeps the present ones: to be called before its variables change. They
/// may be other workspaces': the transaction is the platform's.
///
/// # Errors
/// The database failed.
pub async fn revise(tx: &mut Tx, publisher: &TenantId, workflow: &WorkflowId, now: Timestamp) -> Result<Vec<(TenantId, InstallationId)>, ApiError> {
    Ok(revisions::replace(tx, publisher, workflow, now).await?)
}

/// To be called when a change of a workflow's variables was committed, with what [`revise`] answered.
pub async fn revised(parts: &Parts, workflow: &WorkflowId, installations: &[(TenantId, InstallationId)], now: Timestamp) {
    snapshot::forget_workflow(parts, workflow);
    for (tenant, id) in installations {
        forget(parts, tenant, id, &[]);
        revisions::forget(parts, tenant, id, now).await;
    }
}

/// The value of a secret input, by its declared key.
///
/// # Errors
/// 404 when the installation or the secret is not there.
pub async fn secret(parts: &Parts, tenant: &TenantId, id: &InstallationId, field: &str) -> Result<Zeroizing<String>, ApiError> {
    let found = snapshot::get(parts, tenant, id).await?;
    let mut secrets = snapshot::open(parts, tenant, id, found.sealed.as_deref())?;
    secrets.remove(field).ok_or_else(|| ApiError::not_found("secret input"))
}

/// An installation that a run of another one may start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its id.
    pub id: InstallationId,
    /// The version it is pinned to.
    pub version: VersionId,
    /// Its present revision.
    pub revision: i64,
}

/// The active installation that `name` means: an installation's id, a workflow's id, or the id its module states. Of
/// several installations of a workflow the newest is meant.
///
/// # Errors
/// The database failed.
pub async fn find_active(parts: &Parts, tenant: &TenantId, name: &str) -> Result<Option<Target>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let found = match name.parse::<InstallationId>() {
        Ok(id) => store::get(&mut tx, tenant, &id).await?,
        Err(_) => {
            let workflow = match workflows::find(&mut tx, tenant, name).await {
                Ok(workflow) => workflow.id,
                // Another workspace's, that is installed here.
                Err(error) if error.status == http::StatusCode::NOT_FOUND => match marketplace::find(&mut tx, name).await? {
                    Some(listing) => listing.id,
                    None => return Ok(None),
                },
                Err(error) => return Err(error),
            };
            let filter = Filter { status: Some(Status::Active), workflow: Some(workflow) };
            store::list(&mut tx, tenant, &filter, None, 1).await?.into_iter().next()
        }
    };
    Ok(found.filter(|i| i.status == Status::Active).map(|i| Target { id: i.id, version: i.version, revision: i.revision }))
}
