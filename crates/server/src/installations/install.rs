//! Installing: one request, everything or nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use millrace_db::{Kind, Tx};
use millrace_ids::{InstallationId, TenantId, VersionId};
use serde_json::{Map, Value, json};

use super::connect::{self, Given};
use super::draft::{self, OwnerSecrets, Whole, Wish};
use super::hooks::{self, Follows, Hook};
use super::model::{self, Installation, Secrets, Status};
use super::service::{Shown, forget, shown};
use super::store::{self, Links};
use super::validate::validate;
use super::{change, hook_store, onboarding};
use crate::access::service as access;
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::marketplace::service as marketplace;
use crate::oauth_apps::slot;
use crate::rollouts;
use crate::workflows::model::{Version, VersionCard, Workflow};
use crate::workflows::service as workflows;

/// What to install.
#[derive(Debug, Default)]
pub struct Install {
    /// The workflow: its id or the id its module states.
    pub workflow: String,
    /// Which version; the latest without it.
    pub version: Option<String>,
    /// Its name; the workflow's without it.
    pub name: Option<String>,
    /// Whose app connections are made with: `system` or `developer`.
    pub credential_source: Option<&'static str>,
    /// Inputs in either spelling.
    pub config: Map<String, Value>,
    /// Connections by service.
    pub connections: Given,
    /// Signing secrets by service or path.
    pub webhook_secrets: OwnerSecrets,
    /// The zone of schedules that name none.
    pub timezone: Option<String>,
    /// Whether its triggers start runs at once.
    pub activate: bool,
}

/// Installs a workflow. Everything appears together or nothing does: the installation, its connections, its triggers.
///
/// # Errors
/// 404 for the workflow or version; 400 `INVALID_CONFIG` with every field; 409 `ALREADY_INSTALLED` for a name that another
/// installation of the workflow has; 409 `CONNECTION_MISSING` and `ONBOARDING_INCOMPLETE` when it is to be active and is not complete.
pub async fn install(parts: &Parts, tenant: &TenantId, by: &Actor, new: Install) -> Result<Shown, ApiError> {
    let now = parts.clock.now();
    let id = InstallationId::generate();
    let Chosen { publisher, workflow, version, access } = choose(parts, tenant, by, &new, &id).await?;
    let loaded = workflows::program(parts, &publisher, &version.id).await?;
    let definition = Arc::clone(&loaded.definition);
    let mut installation = Installation {
        id,
        workflow: workflow.id,
        publisher,
        version: version.id,
        name: draft::checked_name(new.name.as_deref().unwrap_or(&workflow.name))?,
        status: match (new.activate, loaded.has(Hook::Enable.function())) {
            (true, true) => Status::Activating,
            (true, false) => Status::Active,
            (false, _) => Status::Installed,
        },
        problem: None,
        status_reason: None,
        uninstalled_at: None,
        grandfathered: false,
        timezone: draft::checked_timezone(new.timezone.as_deref().unwrap_or("UTC"))?,
        config: Map::new(),
        secret_names: BTreeSet::new(),
        secrets: None,
        revision: 1,
        created_at: now,
        updated_at: now,
    };
    let config = model::by_declared_key(&definition, &new.config).map_err(draft::invalid_config)?;
    let (secrets, brought) = draft::put_config(parts, tenant, &definition, &mut installation, config, new.activate)?;
    if new.activate {
        onboarding::require_at_once(&loaded)?;
    }
    if draft::problems(&definition, &installation.config, &model::joined(&installation.config, &secrets)).is_empty() {
        validate(parts, tenant, by, &loaded, (&installation).into()).await?;
    }
    let mut links = Links::new();
    let wanted = connect::look_up(parts, tenant, &definition, &new.connections).await?;
    if !wanted.is_empty() {
        slot::of_new(parts, tenant, &installation.publisher, &loaded, new.credential_source.and_then(|source| source.parse().ok())).await?.check_links(parts, connect::existing_of(&wanted)).await?;
    }
    let mut of_connections = connect::signing_secrets(parts, tenant, &links, &wanted).await;
    // From here on only this transaction talks to the database: waiting for a second connection while holding one
    // would let a crowd of installs block itself.
    let mut tx = parts.of(tenant).begin().await?;
    connect::link(&mut tx, parts, tenant, by, &mut links, wanted).await?;
    draft::keep_brought(&mut tx, parts, tenant, by, (&installation, &definition), brought, (&mut links, &mut of_connections)).await?;
    store::insert(&mut tx, tenant, &installation).await?;
    change::take_name(&mut tx, tenant, &installation).await?;
    if let Some(source) = new.credential_source {
        hook_store::set_credential_source(&mut tx, tenant, &installation.id, source).await?;
    }
    if installation.status == Status::Activating {
        installation.status_reason = Some(Status::Activating.as_str().to_owned());
        store::update(&mut tx, tenant, installation.revision, &installation).await?;
        hooks::ask(&mut tx, tenant, &installation, Some(Hook::Enable), Follows::Activate, false, now).await?;
    }
    if let Actor::User { user, .. } = by {
        store::set_installer(&mut tx, tenant, &installation.id, user).await?;
    }
    if let Some(answer) = &access {
        access::take_up_in(&mut tx, answer, &installation.id, now).await?;
        marketplace::arrived(&mut tx, tenant, &installation.workflow).await?;
    }
    set_connections(&mut tx, tenant, &installation.id, &links).await?;
    let wish = Wish { definition: &definition, secrets: &secrets, of_connections: &of_connections, by_owner: &new.webhook_secrets };
    let triggers = draft::register(&mut tx, parts, tenant, &installation, &links, &wish, now).await?;
    audit::record(&mut tx, Some(tenant), by, entry(&installation, &links, &secrets, &new), now).await?;
    tx.commit().await?;
    parts.hooks.ring();
    forget(parts, tenant, &installation.id, &triggers);
    Ok(shown(parts, Whole { installation, links, triggers }, VersionCard::from(&*loaded), &secrets))
}

/// What is installed, and by which access where it is another workspace's.
struct Chosen {
    publisher: TenantId,
    workflow: Workflow,
    version: Version,
    access: Option<access::Answer>,
}

/// The workspace's own workflow of that name; otherwise one that others share and the caller may install. Of those, the version that
/// its rollout gives this installation, or the one that the marketplace shows; another one when it was published.
async fn choose(parts: &Parts, tenant: &TenantId, by: &Actor, new: &Install, id: &InstallationId) -> Result<Chosen, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    match workflows::find(&mut tx, tenant, &new.workflow).await {
        Ok(workflow) => {
            let version = workflows::find_version(&mut tx, tenant, &workflow, new.version.as_deref()).await?;
            return Ok(Chosen { publisher: tenant.clone(), workflow, version, access: None });
        }
        Err(error) if error.status == http::StatusCode::NOT_FOUND => drop(tx),
        Err(error) => return Err(error),
    }
    let (listing, answer) = access::to_install(parts, &access::Who::of(tenant, by), &new.workflow).await?;
    let publisher = listing.developer;
    let mut tx = parts.of(&publisher).read().await?;
    let workflow = workflows::find(&mut tx, &publisher, listing.id.as_str()).await?;
    let rolled_out = rollouts::service::version_for(&mut tx, &workflow.id, id).await?;
    let current = rolled_out.as_ref().or(listing.current_version.as_ref()).map(VersionId::as_str);
    let wanted = new.version.as_deref().filter(|version| *version != "latest").or(current);
    let version = workflows::find_version(&mut tx, &publisher, &workflow, wanted).await?;
    if wanted.is_some_and(|wanted| Some(wanted) == new.version.as_deref()) && version.published_at.is_none() {
        // What its developer tries out is nobody else's.
        return Err(ApiError::not_found("workflow version"));
    }
    Ok(Chosen { publisher, workflow, version, access: Some(answer) })
}

/// What the audit log says: names of inputs and services, never their values.
fn entry(installation: &Installation, links: &Links, secrets: &Secrets, new: &Install) -> Entry {
    let said = json!({
        "workflow_id": installation.workflow,
        "version_id": installation.version,
        "active": new.activate,
        "config": installation.config.keys().collect::<Vec<_>>(),
        "secrets": secrets.keys().collect::<Vec<_>>(),
        "connections": links,
        "webhook_secrets": new.webhook_secrets.keys().collect::<Vec<_>>(),
    });
    Entry::new(Action::InstallationCreated, "installation", &installation.id).meta(said)
}

/// A connection that was deleted since it was looked up is answered like one that never was.
pub(super) async fn set_connections(tx: &mut Tx, tenant: &TenantId, id: &InstallationId, links: &Links) -> Result<(), ApiError> {
    store::set_connections(tx, tenant, id, links).await.map_err(|error| match error.kind() {
        Kind::ForeignKey => ApiError::not_found("connection"),
        _ => error.into(),
    })
}
