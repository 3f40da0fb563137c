//! Giving an installation a connection that is made in the same transaction.

use millrace_connector::Connector;
use millrace_db::Tx;
use millrace_ids::{ConnectionId, InstallationId, TenantId};
use serde_json::json;

use super::install::set_connections;
use super::model::Installation;
use super::store::{self, Links};
use super::{draft, revisions};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;
use crate::workflows::definition::Definition;

/// An installation that is about to be given a connection.
#[derive(Debug)]
pub struct Linking {
    tenant: TenantId,
    installation: Installation,
    links: Links,
}

/// Reads and locks an installation, and keeps what is about to be replaced: before anything else of the transaction is written.
///
/// # Errors
/// 404, or the database failed.
pub async fn begin(tx: &mut Tx, parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<Linking, ApiError> {
    let (installation, _) = draft::load(tx, tenant, id).await?;
    revisions::keep(tx, tenant, id, installation.revision, parts.clock.now()).await?;
    let (installation, links) = draft::load(tx, tenant, id).await?;
    Ok(Linking { tenant: tenant.clone(), installation, links })
}

impl Linking {
    /// The connection that serves a service now.
    pub fn present(&self, definition: &Definition, connector: &Connector) -> Option<&ConnectionId> {
        declared(definition, connector).and_then(|service| self.links.get(service))
    }

    /// Gives it this connection; runs that were accepted before keep theirs. A service that the workflow does not declare is left alone.
    ///
    /// # Errors
    /// 409 `INSTALLATION_CHANGED`, or the database failed.
    pub async fn finish(mut self, tx: &mut Tx, parts: &Parts, by: &Actor, definition: &Definition, connector: &Connector, connection: &ConnectionId) -> Result<(), ApiError> {
        let Some(service) = declared(definition, connector) else { return Ok(()) };
        if self.links.get(service) == Some(connection) {
            return Ok(());
        }
        self.links.insert(service.to_owned(), connection.clone());
        let (now, read_at) = (parts.clock.now(), self.installation.revision);
        self.installation.revision += 1;
        self.installation.updated_at = now;
        if !store::update(tx, &self.tenant, read_at, &self.installation).await? {
            return Err(ApiError::conflict("INSTALLATION_CHANGED", "Others changed this installation at the same time. Try again."));
        }
        set_connections(tx, &self.tenant, &self.installation.id, &self.links).await?;
        let entry = Entry::new(Action::InstallationConnected, "installation", &self.installation.id).meta(json!({ "service": service, "connection_id": connection }));
        audit::record(tx, Some(&self.tenant), by, entry, now).await?;
        Ok(())
    }
}

/// The service as the workflow declares it.
fn declared<'a>(definition: &'a Definition, connector: &Connector) -> Option<&'a str> {
    definition.integrations.iter().map(|i| i.service.as_str()).find(|service| connector.answers_to(service))
}
