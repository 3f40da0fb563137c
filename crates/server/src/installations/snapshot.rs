//! Installations in memory, as runs need them.

use std::collections::BTreeSet;
use std::sync::Arc;

use millrace_ids::{InstallationId, TenantId, WorkflowId};
use zeroize::Zeroizing;

use super::model::{InstallationSnapshot, Secrets, SnapshotTrigger, hosts_of};
use super::store;
use crate::access::service as access;
use crate::app::Parts;
use crate::http::ApiError;
use crate::oauth_apps::slot;
use crate::triggers::fresh::{Found, Fresh};
use crate::triggers::service as triggers;
use crate::variables::model::seen;
use crate::variables::service as variables;
use crate::workflows::service as workflows;

/// Snapshots in memory, at most a second old.
pub type Snapshots = Fresh<(TenantId, InstallationId), InstallationSnapshot>;

/// The kind under which secret inputs are sealed.
const SEALED_AS: &str = "installation.inputs";

/// Seals secret inputs together for one installation; `None` when there are none.
pub(super) fn seal(parts: &Parts, tenant: &TenantId, id: &InstallationId, secrets: &Secrets) -> Option<String> {
    if secrets.is_empty() {
        return None;
    }
    let members: serde_json::Map<String, serde_json::Value> = secrets.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
    let text = Zeroizing::new(serde_json::Value::Object(members).to_string());
    Some(parts.keyring.seal(tenant, SEALED_AS, id.as_str(), text.as_bytes()))
}

/// Opens what [`seal`] made.
pub(super) fn open(parts: &Parts, tenant: &TenantId, id: &InstallationId, sealed: Option<&str>) -> Result<Secrets, ApiError> {
    let Some(sealed) = sealed else { return Ok(Secrets::new()) };
    let bytes = parts.keyring.open(tenant, SEALED_AS, id.as_str(), sealed).map_err(ApiError::internal)?;
    let members: std::collections::BTreeMap<String, String> = serde_json::from_slice(&bytes).map_err(|_| ApiError::internal("sealed inputs are not JSON"))?;
    Ok(members.into_iter().map(|(k, v)| (k, Zeroizing::new(v))).collect())
}

/// The installation as a run needs it.
pub(super) async fn get(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<Arc<InstallationSnapshot>, ApiError> {
    let key = (tenant.clone(), id.clone());
    let found = match parts.snapshots.get(&key) {
        Found::Known(known) => known,
        Found::Look(ticket) => {
            let found = read(parts, tenant, id).await?.map(Arc::new);
            parts.snapshots.store(ticket, key, found.clone());
            found
        }
    };
    found.ok_or_else(|| ApiError::not_found("installation"))
}

/// The installation as it is in the database.
pub(super) async fn read(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<Option<InstallationSnapshot>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let Some(stored) = store::get(&mut tx, tenant, id).await? else { return Ok(None) };
    let connections = store::connections(&mut tx, tenant, id).await?;
    let registered = triggers::of_installation(&mut tx, tenant, id).await?;
    let installer = store::installer(&mut tx, tenant, id).await?;
    tx.rollback().await?;
    let present_variables = variables::of_published(parts, &stored.publisher, &stored.workflow).await?;
    let denied = if stored.publisher == *tenant {
        None
    } else {
        access::of_installation(parts, tenant, installer.as_ref(), &stored.workflow, stored.grandfathered).await?
    };
    let version = workflows::program(parts, &stored.publisher, &stored.version).await?;
    let refused = slot::refused(parts, tenant, id, &version, &connections).await?;
    let mut secret_hosts = hosts_of(&stored.config);
    secret_hosts.extend(hosts_of_secrets(&open(parts, tenant, id, stored.secrets.as_deref())?));
    secret_hosts.extend(version.hosts.iter().map(|h| h.to_ascii_lowercase()));
    secret_hosts.extend(connector_hosts(parts, &version.definition));
    let mut variable_hosts = variables::hosts_of(parts, &stored.publisher, &stored.workflow, &present_variables)?;
    variable_hosts.extend(version.hosts.iter().map(|h| h.to_ascii_lowercase()));
    let trigger = |t: crate::triggers::model::Trigger| SnapshotTrigger { id: t.id, kind: t.kind, service: t.service, path: t.path };
    Ok(Some(InstallationSnapshot {
        id: stored.id,
        tenant: tenant.clone(),
        workflow_id: stored.workflow,
        publisher: stored.publisher,
        denied,
        version_id: stored.version,
        version,
        name: stored.name,
        status: stored.status,
        revision: stored.revision,
        timezone: stored.timezone,
        config: stored.config,
        secret_names: stored.secret_names,
        connections,
        refused,
        variables: seen(&present_variables),
        installer,
        triggers: registered.into_iter().map(trigger).collect(),
        secret_hosts,
        variable_hosts,
        present_variables,
        sealed: stored.secrets,
    }))
}

/// A secret that is itself an address (an incoming webhook of a chat) may go to its own host.
fn hosts_of_secrets(secrets: &Secrets) -> BTreeSet<String> {
    let values = secrets.iter().map(|(k, v)| (k.clone(), v.as_str().into())).collect();
    hosts_of(&values)
}

/// Hosts of the connectors of all declared services.
pub(super) fn connector_hosts(parts: &Parts, definition: &crate::workflows::definition::Definition) -> BTreeSet<String> {
    let connectors = definition.integrations.iter().filter_map(|i| parts.registry.get(&i.service));
    connectors.flat_map(|c| c.hosts.iter().map(|h| h.to_ascii_lowercase())).collect()
}

/// Forgets all installations of a workflow, of whichever workspaces, after its variables changed.
pub(super) fn forget_workflow(parts: &Parts, workflow: &WorkflowId) {
    parts.snapshots.forget(|_, known| known.is_none_or(|i| i.workflow_id == *workflow));
}

/// Forgets an installation after a change was committed.
pub(super) fn forget(parts: &Parts, tenant: &TenantId, id: &InstallationId) {
    parts.snapshots.forget(|(t, i), _| t == tenant && i == id);
}
