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
use crate::variables::model::Seen;
use crate::workflows::definition::Definition;

/// An installation that is about to be given a connection.
#[derive(Debug)]
pub struct Linking {
    tenant: TenantId,
    installation: Installation,
    links: Links,
    variables: Option<Seen>,
}

/// Reads an installation, before the transaction in which it is given a connection.
///
/// # Errors
/// 404, or the database failed.
pub async fn prepare(parts: &Parts, tenant: &TenantId, id: &InstallationId) -> Result<Linking, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    let (installation, links) = draft::load(&mut tx, tenant, id).await?;
    drop(tx);
    let variables = revisions::of_publisher(parts, tenant, &installation).await?;
    Ok(Linking { tenant: tenant.clone(), installation, links, variables })
}

impl Linking {
    /// Locks the installation and keeps what is about to be replaced: before anything else of the transaction is written.
    ///
    /// # Errors
    /// The database failed.
    pub async fn begin(&self, tx: &mut Tx, parts: &Parts) -> Result<(), ApiError> {
        Ok(revisions::keep(tx, &self.tenant, &self.installation.id, self.installation.revision, self.variables.as_ref(), parts.clock.now()).await?)
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
