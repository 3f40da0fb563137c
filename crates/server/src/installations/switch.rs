//! An installation goes over to another version: version, configuration, triggers and history in one transaction, or nothing of it.

use millrace_db::Query;
use millrace_ids::{InstallationId, RolloutId, TenantId};
use serde_json::{Map, Value};

use super::change;
use super::connect::{self, Given};
use super::draft::{self, OwnerSecrets, Wish};
use super::history::{self, Archived, Left};
use super::install::set_connections;
use super::model::{ConfigProblem, Installation, Secrets};
use super::service::forget;
use super::store::{self, Links};
use super::validate::{Asked, validate};
use super::{revisions, snapshot};
use crate::app::Parts;
use crate::audit::{self, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::oauth_apps::slot;
use crate::workflows::LoadedVersion;

/// An installation as it was read before it is moved, its secrets opened.
#[derive(Debug)]
pub struct Present {
    /// The row.
    pub installation: Installation,
    /// Its connections.
    pub links: Links,
    /// Its secret inputs.
    pub secrets: Secrets,
}

/// What an installation goes over to.
#[derive(Debug)]
pub struct Switch<'a> {
    /// The version.
    pub version: &'a LoadedVersion,
    /// Its inputs there, secrets among them, by declared key.
    pub config: Map<String, Value>,
    /// Connections that come with it.
    pub connections: &'a Given,
    /// Why.
    pub left: Left<'a>,
    /// Further writes of the same transaction.
    pub also: Vec<Query>,
    /// What the audit log says.
    pub entry: Entry,
}

/// Reads an installation that may be moved.
///
/// # Errors
/// 404, or its secrets do not open.
pub async fn present(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<Present, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let (installation, links) = draft::load_live(&mut tx, tenant, id).await?;
    drop(tx);
    let secrets = snapshot::open(parts, tenant, id, installation.secrets.as_deref())?;
    Ok(Present { installation, links, secrets })
}

/// What it was configured with before a rollout moved it, secrets opened.
///
/// # Errors
/// The database failed, or the secrets do not open.
pub async fn archived(parts: &Parts, tenant: &TenantId, id: &InstallationId, rollout: &RolloutId) -> Result<Option<(Archived, Secrets)>, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let Some(found) = history::of_rollout(&mut tx, tenant, id, rollout).await? else { return Ok(None) };
    drop(tx);
    let secrets = snapshot::open(parts, tenant, id, found.secrets.as_deref())?;
    Ok(Some((found, secrets)))
}

/// Asks a version whether it accepts what an installation would be configured with in it.
///
/// # Errors
/// 400 `INVALID_CONFIG` with what its `validateConfig` says; 503 when nothing can be asked right now.
pub async fn accepts(parts: &Parts, tenant: &TenantId, by: &Actor, id: &InstallationId, version: &LoadedVersion, config: &Map<String, Value>) -> Result<(), ApiError> {
    let (plain, secrets, _) = draft::divided(&version.definition, config.clone());
    let names = secrets.keys().cloned().collect();
    validate(parts, tenant, by, version, Asked { installation: id, config: &plain, secret_names: &names }).await
}

/// What stands in the way of a configuration of an installation that was configured with `before`.
pub fn problems(version: &LoadedVersion, before: &Map<String, Value>, config: &Map<String, Value>) -> Vec<ConfigProblem> {
    draft::problems(&version.definition, before, config)
}

/// 400 with the mistakes of a configuration.
pub fn invalid(problems: Vec<ConfigProblem>) -> ApiError {
    draft::invalid_config(problems)
}

/// Moves it. Answers whether it did: not when somebody else changed the installation since it was read.
///
/// # Errors
/// 400 `INVALID_CONFIG`, `INVALID_CRON` …; 409 `CONNECTION_MISSING` when an active one would not be complete. Nothing is written then.
pub async fn switch(parts: &Parts, tenant: &TenantId, by: &Actor, present: Present, to: Switch<'_>) -> Result<bool, ApiError> {
    let now = parts.clock.now();
    let Present { installation: left, mut links, .. } = present;
    if *by != Actor::System
        && let Some(denied) = change::lacks_access(parts, tenant, by, &left).await?
    {
        return Err(denied.error());
    }
    let definition = &to.version.definition;
    let mut installation = left.clone();
    installation.version = to.version.id.clone();
    installation.revision += 1;
    installation.updated_at = now;
    let complete = installation.status.is_complete();
    let (secrets, brought) = draft::put_config(parts, tenant, definition, &mut installation, to.config, complete)?;
    links.retain(|service, _| definition.integrations.iter().any(|i| i.service == *service));
    let wanted = connect::look_up(parts, tenant, definition, to.connections).await?;
    if !wanted.is_empty() {
        slot::of_version(parts, tenant, &left.id, to.version).await?.check_links(parts, connect::existing_of(&wanted)).await?;
    }
    let mut of_connections = connect::signing_secrets(parts, tenant, &links, &wanted).await;
    let by_owner = OwnerSecrets::new();
    let variables = revisions::of_publisher(parts, tenant, &left).await?;
    let mut tx = parts.of(tenant).begin().await?;
    revisions::keep(&mut tx, tenant, &left.id, left.revision, variables.as_ref(), now).await?;
    if !store::update(&mut tx, tenant, left.revision, &installation).await? {
        return Ok(false);
    }
    history::keep(&mut tx, tenant, &left, &to.left, now).await?;
    connect::link(&mut tx, parts, tenant, by, &mut links, wanted).await?;
    draft::keep_brought(&mut tx, parts, tenant, by, (&installation, definition), brought, (&mut links, &mut of_connections)).await?;
    set_connections(&mut tx, tenant, &left.id, &links).await?;
    let wish = Wish { definition, secrets: &secrets, of_connections: &of_connections, by_owner: &by_owner };
    let triggers = draft::register(&mut tx, parts, tenant, &installation, &links, &wish, now).await?;
    for query in to.also {
        tx.execute(query).await?;
    }
    audit::record(&mut tx, Some(tenant), by, to.entry, now).await?;
    tx.commit().await?;
    forget(parts, tenant, &left.id, &triggers);
    revisions::forget(parts, tenant, &left.id, now).await;
    Ok(true)
}
