//! Giving an installation a connection that is made in the same transaction.

use millrace_connector::Connector;
use millrace_db::Tx;
use millrace_ids::{ConnectionId, InstallationId, TenantId, TriggerId};
use serde_json::json;

use super::install::set_connections;
use super::model::Installation;
use super::store::{self, Links};
use super::{draft, revisions, snapshot};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::triggers::service as triggers;
use crate::variables::model::Seen;
use crate::workflows::definition::Definition;

pub use super::connect::{secret_in, secret_of};

/// Installations that a connection is about to reach: the one that is given it, and those that use it and whose webhooks are signed
/// with what it holds from now on.
#[derive(Debug)]
pub struct Linking {
    tenant: TenantId,
    given: Option<InstallationId>,
    /// By id: whoever locks several does so in this order.
    all: Vec<One>,
}

#[derive(Debug)]
struct One {
    installation: Installation,
    links: Links,
    variables: Option<Seen>,
}

/// What a node forgets of installations once the transaction is committed.
#[derive(Debug, Default)]
pub struct Linked(Vec<(InstallationId, Vec<TriggerId>)>);

/// Reads the installations, before the transaction in which one is given a connection. `again` is the connection that is made anew,
/// and the signing secret that comes with it.
///
/// # Errors
/// 404, or the database failed.
pub async fn prepare(parts: &Parts, tenant: &TenantId, given: Option<&InstallationId>, again: Option<(&ConnectionId, &str)>) -> Result<Linking, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let mut found = Vec::new();
    if let Some(id) = given {
        found.push(draft::load(&mut tx, tenant, id).await?);
    }
    if let Some((connection, secret)) = again {
        for (id, service) in store::using(&mut tx, tenant, connection).await? {
            if Some(&id) != given && triggers::would_take_secret(&mut tx, parts, tenant, &id, &service, secret).await? {
                found.push(draft::load(&mut tx, tenant, &id).await?);
            }
        }
    }
    drop(tx);
    found.sort_by(|(a, _), (b, _)| a.id.as_str().cmp(b.id.as_str()));
    let mut all = Vec::with_capacity(found.len());
    for (installation, links) in found {
        let variables = revisions::of_publisher(parts, tenant, &installation).await?;
        all.push(One { installation, links, variables });
    }
    Ok(Linking { tenant: tenant.clone(), given: given.cloned(), all })
}

impl Linking {
    /// Locks the installations and keeps what is about to be replaced: before anything else of the transaction is written.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin(&self, tx: &mut Tx, parts: &Parts) -> Result<(), ApiError> {
        for one in &self.all {
            revisions::keep(tx, &self.tenant, &one.installation.id, one.installation.revision, one.variables.as_ref(), parts.clock.now()).await?;
        }
        Ok(())
    }

    /// Gives the installation this connection, and all that use it the signing secret that it holds; runs that were accepted before
    /// keep what they had. A service that the workflow does not declare is left alone.
    ///
    /// # Errors
    /// 409 `INSTALLATION_CHANGED`, or the database failed.
    pub async fn finish(self, tx: &mut Tx, parts: &Parts, by: &Actor, definition: Option<&Definition>, connector: &Connector, (connection, secret): (&ConnectionId, Option<&str>)) -> Result<Linked, ApiError> {
        let mut linked = Linked::default();
        for mut one in self.all {
            let id = one.installation.id.clone();
            let is_given = self.given.as_ref() == Some(&id);
            let service = if is_given { definition.and_then(|definition| declared(definition, connector)).map(str::to_owned) } else { linked_as(&one.links, connection) };
            let Some(service) = service else { continue };
            let is_new = is_given && one.links.get(&service) != Some(connection);
            let takes = match secret {
                Some(secret) => triggers::would_take_secret(tx, parts, &self.tenant, &id, &service, secret).await?,
                None => false,
            };
            if !is_new && !takes {
                continue;
            }
            revise(tx, parts, &self.tenant, &mut one.installation).await?;
            if is_new {
                one.links.insert(service.clone(), connection.clone());
                set_connections(tx, &self.tenant, &id, &one.links).await?;
            }
            let taken = match secret {
                Some(secret) => triggers::take_secret(tx, parts, &self.tenant, &id, &service, secret).await?,
                None => Vec::new(),
            };
            let action = if is_new { Action::InstallationConnected } else { Action::InstallationConfigured };
            let webhook_secrets: &[String] = if takes { std::slice::from_ref(&service) } else { &[] };
            let said = json!({ "service": service, "connection_id": connection, "webhook_secrets": webhook_secrets });
            audit::record(tx, Some(&self.tenant), by, Entry::new(action, "installation", &id).meta(said), parts.clock.now()).await?;
            linked.0.push((id, taken));
        }
        none_is_left(tx, parts, &self.tenant, connection, secret).await?;
        Ok(linked)
    }
}

impl Linked {
    /// Forgets what is in memory of them, after the commit.
    pub fn forget(&self, parts: &Parts, tenant: &TenantId) {
        for (id, changed) in &self.0 {
            snapshot::forget(parts, tenant, id);
            triggers::forget(parts, id, changed);
        }
    }
}

/// The next revision: whoever read the one before looks again.
async fn revise(tx: &mut Tx, parts: &Parts, tenant: &TenantId, installation: &mut Installation) -> Result<(), ApiError> {
    let read_at = installation.revision;
    installation.revision += 1;
    installation.updated_at = parts.clock.now();
    if store::update(tx, tenant, read_at, installation).await? { Ok(()) } else { Err(changed()) }
}

/// Somebody may have begun to use the connection since the installations were read.
async fn none_is_left(tx: &mut Tx, parts: &Parts, tenant: &TenantId, connection: &ConnectionId, secret: Option<&str>) -> Result<(), ApiError> {
    let Some(secret) = secret else { return Ok(()) };
    for (id, service) in store::using(tx, tenant, connection).await? {
        if triggers::would_take_secret(tx, parts, tenant, &id, &service, secret).await? {
            return Err(changed());
        }
    }
    Ok(())
}

fn changed() -> ApiError {
    ApiError::conflict("INSTALLATION_CHANGED", "Others changed this installation at the same time. Try again.")
}

/// The service as an installation's links name it.
fn linked_as(links: &Links, connection: &ConnectionId) -> Option<String> {
    links.iter().find(|(_, id)| *id == connection).map(|(service, _)| service.clone())
}

/// The service as the workflow declares it.
fn declared<'a>(definition: &'a Definition, connector: &Connector) -> Option<&'a str> {
    definition.integrations.iter().map(|i| i.service.as_str()).find(|service| connector.answers_to(service))
}
