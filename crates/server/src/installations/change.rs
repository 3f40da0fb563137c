//! Changing an installation: version, inputs, connections, status. Nothing is half changed, and no change is lost to
//! another one at the same time.

use std::sync::Arc;

use millrace_db::{Kind, Tx};
use millrace_ids::{InstallationId, RunId, TenantId};
use serde_json::{Map, Value, json};

use super::connect::{self, Given};
use super::draft::{self, OwnerSecrets, Whole, Wish};
use super::history::Left;
use super::hooks::{self, Asked};
use super::install::set_connections;
use super::model::{self, Installation, Secrets, Status};
use super::service::{Shown, forget, get, shown};
use super::store;
use super::switch::{Present, present};
use super::validate::validate;
use super::{history, hook_store, limits, onboarding, revisions};
use crate::access::{Denied, service as access};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::oauth_apps::slot;
use crate::rollouts::service::{self as rollouts, Over};
use crate::triggers::service as triggers;
use crate::workflows::definition::Definition;
use crate::workflows::model::VersionCard;
use crate::workflows::service as workflows;

/// What to change; what is absent stays.
#[derive(Debug, Default)]
pub struct Change {
    /// Another version: an id, a semantic version, `latest`.
    pub version: Option<String>,
    /// Another name.
    pub name: Option<String>,
    /// Inputs to set; null removes one.
    pub config: Map<String, Value>,
    /// Connections to set; null removes one.
    pub connections: Given,
    /// Signing secrets to set.
    pub webhook_secrets: OwnerSecrets,
    /// Another zone.
    pub timezone: Option<String>,
    /// Another status: [`Status::Active`], [`Status::Activating`] or [`Status::Paused`].
    pub status: Option<Status>,
    /// The lifecycle function whose end this change follows.
    pub(super) follows: Option<RunId>,
    /// The hash of the word of a set-up page that came back, which this change uses up.
    pub(super) setup: Option<String>,
}

/// Changes an installation: version, name, inputs, connections, zone, status.
///
/// # Errors
/// As [`install`]; 409 `INSTALLATION_CHANGED` when others keep changing it at the same time, `MIGRATION_FAILED` when its configuration
/// cannot be brought to another version.
pub async fn change(parts: &Parts, tenant: &TenantId, by: &Actor, id: &InstallationId, change: &Change) -> Result<Shown, ApiError> {
    for _ in 0..limits::CHANGE_ATTEMPTS {
        if let Some(done) = change_once(parts, tenant, by, id, change).await? {
            return Ok(done);
        }
    }
    Err(ApiError::conflict("INSTALLATION_CHANGED", "Others changed this installation at the same time. Look at it again and repeat your change."))
}

async fn change_once(parts: &Parts, tenant: &TenantId, by: &Actor, id: &InstallationId, change: &Change) -> Result<Option<Shown>, ApiError> {
    let now = parts.clock.now();
    let present = present(parts, tenant, id).await?;
    if let Some(denied) = lacks_access(parts, tenant, by, &present.installation).await? {
        return Err(denied.error());
    }
    let over = match change.version.as_deref() {
        Some(wanted) => rollouts::over(parts, tenant, &present, wanted, &change.config).await?,
        None => None,
    };
    let Present { installation: left, mut links, secrets: had } = present;
    let mut installation = left.clone();
    if let Some(over) = &over {
        installation.version = over.version.clone();
    }
    let said = entry(&installation, change, over.as_ref());
    let (read_at, before, is_moved) = (left.revision, left.status, over.is_some());
    let loaded = workflows::program(parts, &installation.publisher, &installation.version).await?;
    let definition = Arc::clone(&loaded.definition);
    if let Some(name) = change.name.as_deref() {
        installation.name = draft::checked_name(name)?;
    }
    if let Some(zone) = change.timezone.as_deref() {
        installation.timezone = draft::checked_timezone(zone)?;
    }
    set_status(&mut installation, change.status)?;
    let config = over.map_or_else(|| merged(&definition, &left, &had, change), |over| Ok(over.config))?;
    let complete = installation.status.is_complete();
    let (secrets, brought) = draft::put_config(parts, tenant, &definition, &mut installation, config, complete)?;
    let whole = model::joined(&installation.config, &secrets);
    if change.follows.is_none() && draft::problems(&definition, &installation.config, &whole).is_empty() {
        validate(parts, tenant, by, &loaded, (&installation).into()).await?;
    }
    installation.revision = read_at + 1;
    installation.updated_at = now;
    links.retain(|service, _| definition.integrations.iter().any(|i| i.service == *service));
    let wanted = connect::look_up(parts, tenant, &definition, &change.connections).await?;
    if !wanted.is_empty() {
        slot::of_version(parts, tenant, id, &loaded).await?.check_links(parts, connect::existing_of(&wanted)).await?;
    }
    let mut of_connections = connect::signing_secrets(parts, tenant, &links, &wanted).await;
    let variables = revisions::of_publisher(parts, tenant, &installation).await?;
    let mut tx = parts.of(tenant).begin().await?;
    revisions::keep(&mut tx, tenant, id, read_at, variables.as_ref(), now).await?;
    // Everything above was read before this transaction: the revision says whether it still holds.
    if !store::update(&mut tx, tenant, read_at, &installation).await? {
        return Ok(None);
    }
    if is_moved {
        history::keep(&mut tx, tenant, &left, &Left { reason: "change", rollout: None, actor: by.as_str() }, now).await?;
    }
    if change.name.is_some() {
        take_name(&mut tx, tenant, &installation).await?;
    }
    // Whoever takes the row away does what follows.
    if let Some(ended) = &change.follows
        && !hook_store::remove(&mut tx, tenant, ended).await?
    {
        return Err(ApiError::conflict("INSTALLATION_CHANGED", "Another node was faster."));
    }
    if let Some(state_hash) = &change.setup {
        onboarding::pass(&mut tx, tenant, id, state_hash, now).await?;
    }
    connect::link(&mut tx, parts, tenant, by, &mut links, wanted).await?;
    draft::keep_brought(&mut tx, parts, tenant, by, (&installation, &definition), brought, (&mut links, &mut of_connections)).await?;
    set_connections(&mut tx, tenant, id, &links).await?;
    let wish = Wish { definition: &definition, secrets: &secrets, of_connections: &of_connections, by_owner: &change.webhook_secrets };
    let triggers = draft::register(&mut tx, parts, tenant, &installation, &links, &wish, now).await?;
    if let Some((hook, follows)) = hooks::asked_by(before, installation.status, !change.config.is_empty(), |hook| loaded.has(hook.function())) {
        hooks::ask(&mut tx, tenant, &installation, Some(hook), follows, false, now).await?;
    }
    audit::record(&mut tx, Some(tenant), by, said, now).await?;
    tx.commit().await?;
    parts.hooks.ring();
    forget(parts, tenant, id, &triggers);
    revisions::forget(parts, tenant, id, now).await;
    Ok(Some(shown(parts, Whole { installation, links, triggers }, VersionCard::from(&*loaded), &secrets)))
}

/// What the audit log says of a change: names of inputs and services, never their values.
fn entry(installation: &Installation, change: &Change, over: Option<&Over>) -> Entry {
    let action = match (change.status, &change.version) {
        (Some(Status::Active | Status::Activating), _) => Action::InstallationActivated,
        (Some(_), _) => Action::InstallationPaused,
        (None, Some(_)) => Action::InstallationUpdated,
        (None, None) => Action::InstallationConfigured,
    };
    let said = json!({
        "version_id": installation.version,
        "migrations": over.map_or(&[][..], |over| &over.scripts),
        "renamed": change.name.is_some(),
        "timezone": change.timezone,
        "config": change.config.keys().collect::<Vec<_>>(),
        "connections": change.connections.keys().collect::<Vec<_>>(),
        "webhook_secrets": change.webhook_secrets.keys().collect::<Vec<_>>(),
        "waits_for": (change.status == Some(Status::Activating)).then_some(hooks::Hook::Enable.function()),
    });
    Entry::new(action, "installation", &installation.id).meta(said)
}

/// Why nobody may configure this installation, if so: whoever does must have access, or whoever installed it.
pub(super) async fn lacks_access(parts: &Parts, tenant: &TenantId, by: &Actor, installation: &Installation) -> Result<Option<Denied>, ApiError> {
    if installation.publisher == *tenant {
        return Ok(None);
    }
    let installer = {
        let mut tx = parts.of(tenant).read().await?;
        store::installer(&mut tx, tenant, &installation.id).await?
    };
    let of_installer = access::of_installation(parts, tenant, installer.as_ref(), &installation.workflow, installation.grandfathered).await?;
    // A colleague with access of their own may mend what the installer may not any more; it still runs by the installer's.
    match of_installer {
        Some(denied) if by.user().is_none_or(|user| Some(user) == installer.as_ref()) => Ok(Some(denied)),
        Some(denied) => Ok(access::of_installation(parts, tenant, by.user(), &installation.workflow, false).await?.map(|_| denied)),
        None => Ok(None),
    }
}

/// The present inputs with new ones laid on them, within one version.
fn merged(definition: &Definition, present: &Installation, secrets: &Secrets, change: &Change) -> Result<Map<String, Value>, ApiError> {
    let mut config = Map::new();
    for (key, value) in model::joined(&present.config, secrets) {
        if let Some(field) = definition.field(&key) {
            config.insert(field.key.clone(), value);
        }
    }
    model::lay(definition, &mut config, &change.config).map_err(draft::invalid_config)?;
    Ok(config)
}

/// Takes the name that an installation has among those of its workflow.
pub(super) async fn take_name(tx: &mut Tx, tenant: &TenantId, installation: &Installation) -> Result<(), ApiError> {
    let key = format!("{}:{}", installation.workflow, installation.name);
    hook_store::set_instance(tx, tenant, &installation.id, &key).await.map_err(|error| match error.kind() {
        Kind::Unique => {
            let detail = format!("This workflow is installed as `{}` already.", installation.name);
            ApiError::conflict("ALREADY_INSTALLED", detail).with_field("name", "ALREADY_INSTALLED", "another installation of this workflow has this name").with_hint("Give the new one another `name`, or change the one that is there.")
        }
        _ => error.into(),
    })
}

fn set_status(installation: &mut Installation, wanted: Option<Status>) -> Result<(), ApiError> {
    match (installation.status, wanted) {
        // An activation that is called off: it is again what it was.
        (Status::Activating, Some(Status::Paused)) => {
            installation.status_reason = None;
            installation.problem = None;
        }
        (Status::Installed, Some(Status::Paused)) => {
            let detail = "This installation is not active, so there is nothing to pause.";
            return Err(ApiError::conflict("INSTALLATION_NOT_ACTIVE", detail).with_hint("Activate it first."));
        }
        (_, Some(status)) => {
            installation.status_reason = (status == Status::Activating).then(|| status.as_str().to_owned());
            installation.status = status;
            installation.problem = None;
        }
        (_, None) => {}
    }
    Ok(())
}

/// Makes an installation active, now that its `onEnable` has ended well.
pub(super) async fn enable(parts: &Parts, asked: &Asked) -> Result<(), ApiError> {
    let wanted = Change { status: Some(Status::Active), follows: Some(asked.id.clone()), ..Change::default() };
    match change(parts, &asked.tenant, &Actor::System, &asked.installation, &wanted).await {
        // Somebody else changed it at the same time, or did this: the next look tells.
        Err(error) if error.code == "INSTALLATION_CHANGED" => Ok(()),
        done => done.map(drop),
    }
}

/// Stops an installation's triggers. Addresses and secrets stay; runs in flight go on. An activation that is under way is called off.
///
/// # Errors
/// 409 `INSTALLATION_NOT_ACTIVE` when it never was active, `INSTALLATION_UNINSTALLED`; 404.
pub async fn pause(parts: &Parts, tenant: &TenantId, by: &Actor, id: &InstallationId) -> Result<Shown, ApiError> {
    stop(parts, tenant, by, id, None).await?;
    get(parts, tenant, id).await
}

/// Stops an active installation because it may not go on; `reason` is a stable word, `problem` a sentence for people. One that is
/// not active stays as it is.
///
/// # Errors
/// 404; 409 when others keep changing it.
pub async fn suspend(parts: &Parts, tenant: &TenantId, id: &InstallationId, reason: &str, problem: &str) -> Result<(), ApiError> {
    stop(parts, tenant, &Actor::System, id, Some((reason, problem))).await
}

/// Not through `change`: an installation whose inputs have become invalid must still be stoppable.
async fn stop(parts: &Parts, tenant: &TenantId, by: &Actor, id: &InstallationId, why: Option<(&str, &str)>) -> Result<(), ApiError> {
    for _ in 0..limits::CHANGE_ATTEMPTS {
        let (seen, variables) = {
            let mut tx = parts.of(tenant).read().await?;
            let (seen, _) = draft::load_live(&mut tx, tenant, id).await?;
            drop(tx);
            let variables = revisions::of_publisher(parts, tenant, &seen).await?;
            (seen, variables)
        };
        if why.is_some() && seen.status != Status::Active {
            return Ok(());
        }
        // Whoever lost access does not have the workflow's functions called any more.
        let is_asked = match why {
            None => Some(workflows::program(parts, &seen.publisher, &seen.version).await?),
            Some(_) => None,
        };
        let (mut installation, read_at, now) = (seen.clone(), seen.revision, parts.clock.now());
        set_status(&mut installation, Some(Status::Paused))?;
        (installation.status_reason, installation.problem) = why.map(|(reason, problem)| (reason.to_owned(), problem.to_owned())).unzip();
        installation.revision += 1;
        installation.updated_at = now;
        let mut tx = parts.of(tenant).begin().await?;
        revisions::keep(&mut tx, tenant, id, read_at, variables.as_ref(), now).await?;
        if !store::update(&mut tx, tenant, read_at, &installation).await? {
            continue;
        }
        triggers::suspend(&mut tx, tenant, id, now).await?;
        hook_store::release(&mut tx, tenant, id).await?;
        if let Some((hook, follows)) = hooks::asked_by(seen.status, Status::Paused, false, |hook| is_asked.as_ref().is_some_and(|version| version.has(hook.function()))) {
            hooks::ask(&mut tx, tenant, &installation, Some(hook), follows, false, now).await?;
        }
        let said = json!({ "reason": installation.status_reason });
        audit::record(&mut tx, Some(tenant), by, Entry::new(Action::InstallationPaused, "installation", id).meta(said), now).await?;
        tx.commit().await?;
        parts.hooks.ring();
        forget(parts, tenant, id, &[]);
        return Ok(());
    }
    Err(ApiError::conflict("INSTALLATION_CHANGED", "Others changed this installation at the same time. Try again."))
}
