//! Renewal of a connection's token: one request, however many runs and nodes notice at once that the old one has ended.
//! Providers that rotate refresh tokens end the whole grant when an old one is used twice.

use async_trait::async_trait;
use millrace_connector::oauth::{self, OAuthClient, OAuthError};
use millrace_connector::{ConnectionError, Credentials, SecretText};
use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx};
use millrace_egress::SecretSet;
use millrace_ids::{ConnectionId, NodeId, TenantId};
use serde_json::json;

use super::store::{self, Stored};
use super::{limits, service};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::identity::Actor;
use crate::mail::Template;
use crate::memberships;
use crate::oauth_apps::service as oauth_apps;

/// A tenant's connection, as the connector's executor sees it.
#[derive(Clone)]
pub struct TenantConnection {
    parts: Parts,
    tenant: TenantId,
    id: ConnectionId,
}

impl TenantConnection {
    pub(super) fn new(parts: Parts, tenant: TenantId, id: ConnectionId) -> Self {
        Self { parts, tenant, id }
    }
}

impl std::fmt::Debug for TenantConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TenantConnection({})", self.id)
    }
}

#[async_trait]
impl millrace_connector::Connection for TenantConnection {
    fn id(&self) -> &str {
        self.id.as_str()
    }

    async fn credentials(&self) -> Result<Credentials, ConnectionError> {
        service::credentials(&self.parts, &self.tenant, &self.id).await
    }

    async fn refresh(&self, stale: &Credentials) -> Result<Credentials, ConnectionError> {
        // A task of its own: a caller that gives up must not take a token with it that the provider has already issued.
        let (this, stale) = (self.clone(), stale.clone());
        let task = tokio::spawn(async move { this.renew(&stale).await });
        task.await.unwrap_or_else(|error| Err(ConnectionError::Unavailable(format!("renewal broke off: {error}"))))
    }
}

fn database(error: DbError) -> ConnectionError {
    tracing::warn!(%error, "renewing a connection: the database failed");
    ConnectionError::Unavailable(super::DATABASE_AWAY.to_owned())
}

impl TenantConnection {
    async fn renew(&self, stale: &Credentials) -> Result<Credentials, ConnectionError> {
        let lock = self.parts.connections.lock(&self.id);
        let _alone_on_this_node = lock.lock().await;
        let renewer = NodeId::generate().to_string();
        let started = std::time::Instant::now();
        loop {
            let (stored, present) = service::load(&self.parts, &self.tenant, &self.id).await?;
            if present != *stale {
                self.parts.connections.remember(&self.tenant, &self.id, &present);
                return Ok(present);
            }
            if self.claim(&stored, &renewer).await? {
                return self.renew_alone(stored, present, &renewer).await;
            }
            if started.elapsed() > limits::RENEWAL_WAIT {
                return Err(ConnectionError::Unavailable("another node has been renewing it for too long".to_owned()));
            }
            tokio::time::sleep(limits::RENEWAL_LOOK).await;
        }
    }

    /// A row, not a database lock: nothing is held open while the provider thinks.
    async fn claim(&self, seen: &Stored, renewer: &str) -> Result<bool, ConnectionError> {
        let now = self.parts.clock.now();
        let mut tx = self.parts.of(&self.tenant).begin().await.map_err(database)?;
        let won = store::claim(&mut tx, &self.tenant, &seen.meta, renewer, now.plus(limits::RENEWAL_LEASE), now).await.map_err(database)?;
        tx.commit().await.map_err(database)?;
        Ok(won)
    }

    async fn renew_alone(&self, stored: Stored, present: Credentials, renewer: &str) -> Result<Credentials, ConnectionError> {
        let Some(connector) = self.parts.registry.get(&stored.meta.service).cloned() else {
            self.release(renewer).await;
            return Err(ConnectionError::Missing(format!("there is no connector for {}", stored.meta.service)));
        };
        let now_ms = self.parts.clock.now().millis();
        let client = match self.client(&stored, &present).await {
            Ok(client) => client,
            Err(error) => {
                self.release(renewer).await;
                return Err(error);
            }
        };
        match oauth::renew(&self.parts.egress, &connector, client.as_ref(), &present, now_ms).await {
            Ok(renewed) => {
                // This node uses the new token at once, even if storing it takes several attempts.
                self.parts.connections.remember(&self.tenant, &self.id, &renewed);
                self.keep(stored, &renewed).await;
                tracing::info!(connection = %self.id, service = connector.service, "renewed a connection");
                Ok(renewed)
            }
            Err(error) => self.refused(stored, present, renewer, error).await,
        }
    }

    /// The client that made the connection, and no other: a provider takes a refresh token from nobody else.
    async fn client(&self, stored: &Stored, present: &Credentials) -> Result<Option<OAuthClient>, ConnectionError> {
        let Some(app) = &stored.meta.origin.app else { return Ok(brought(present)) };
        match oauth_apps::renewing(&self.parts, app).await {
            Ok(Ok(opened)) => Ok(Some(opened.client())),
            Ok(Err(reason)) => Err(ConnectionError::Expired(reason)),
            Err(error) => {
                tracing::warn!(connection = %self.id, %error, "the app of a connection could not be read");
                Err(ConnectionError::Unavailable(super::DATABASE_AWAY.to_owned()))
            }
        }
    }

    async fn refused(&self, stored: Stored, present: Credentials, renewer: &str, error: OAuthError) -> Result<Credentials, ConnectionError> {
        let text = masked(&present, &error.to_string());
        tracing::warn!(connection = %self.id, error = %text, "a connection could not be renewed");
        if !error.grant_is_dead() {
            self.release(renewer).await;
            return Err(match error {
                OAuthError::Misconfigured(_) => ConnectionError::Expired(text),
                OAuthError::Refused { .. } | OAuthError::Unavailable { .. } => ConnectionError::Unavailable(text),
            });
        }
        // Somebody may have connected again meanwhile: then the refusal was about the old grant.
        if self.expire(&stored).await.map_err(database)? {
            self.parts.connections.forget(&self.tenant, &self.id);
            return Err(ConnectionError::Expired(text));
        }
        let (_, changed) = service::load(&self.parts, &self.tenant, &self.id).await?;
        self.parts.connections.remember(&self.tenant, &self.id, &changed);
        Ok(changed)
    }

    /// Stores a renewed token, again and again: the old one may be worth nothing any more.
    async fn keep(&self, mut stored: Stored, renewed: &Credentials) {
        service::update(&self.parts, &self.tenant, &mut stored, renewed);
        let mut pause = std::time::Duration::from_millis(100);
        for _ in 0..limits::STORE_ATTEMPTS {
            let write = async {
                let mut tx = self.parts.of(&self.tenant).begin().await?;
                let stored = store::renewed(&mut tx, &self.tenant, &stored, self.parts.clock.now()).await?;
                tx.commit().await?;
                Ok::<bool, DbError>(stored)
            };
            match write.await {
                Ok(true) => return,
                Ok(false) => {
                    // Changed or deleted by a person meanwhile: their word counts.
                    self.parts.connections.forget(&self.tenant, &self.id);
                    return;
                }
                Err(error) => tracing::warn!(connection = %self.id, %error, "a renewed token is not stored yet"),
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(std::time::Duration::from_secs(5));
        }
        tracing::error!(connection = %self.id, "a renewed token could not be stored; the account may have to be connected again");
    }

    async fn expire(&self, stored: &Stored) -> Result<bool, DbError> {
        let mut tx = self.parts.of(&self.tenant).begin().await?;
        let now = self.parts.clock.now();
        let done = store::expire(&mut tx, &self.tenant, &stored.meta, now).await?;
        if done {
            self.tell(&mut tx, stored, now).await?;
        }
        tx.commit().await?;
        Ok(done)
    }

    /// Whoever connected the account, and whoever installed what uses it, must connect it again.
    async fn tell(&self, tx: &mut Tx, stored: &Stored, now: Timestamp) -> Result<(), DbError> {
        let said = json!({ "service": stored.meta.service, "oauth_app_id": stored.meta.origin.app });
        audit::record(tx, Some(&self.tenant), &Actor::System, Entry::new(Action::ConnectionExpired, "connection", &self.id).meta(said), now).await?;
        let mut told = store::told(tx, &self.tenant, &self.id).await?;
        if told.is_empty() {
            told = memberships::managers(tx, &self.tenant).await?;
        }
        let mail = Template::ConnectionExpired {
            workspace: store::workspace_name(tx, &self.tenant).await?,
            service: self.parts.registry.get(&stored.meta.service).map_or_else(|| stored.meta.service.clone(), |c| c.title.clone()),
            name: stored.meta.name.clone(),
            at: now,
            reconnect_url: format!("{}/app/connections?reconnect={}", self.parts.config.public_url(), self.id),
        };
        let key = format!("{}:{}", self.id, stored.meta.version);
        for address in told {
            self.parts.mail.queue(tx, Some(&self.tenant), &address, &mail, &key, now).await?;
        }
        Ok(())
    }

    async fn release(&self, renewer: &str) {
        let write = async {
            let mut tx = self.parts.of(&self.tenant).begin().await?;
            store::release(&mut tx, &self.tenant, &self.id, renewer).await?;
            tx.commit().await
        };
        if let Err(error) = write.await {
            // The claim ends by itself.
            tracing::debug!(connection = %self.id, %error, "a renewal's claim was not given back");
        }
    }
}

/// A provider may repeat what it was sent.
fn masked(credentials: &Credentials, text: &str) -> String {
    let mut secrets = SecretSet::new();
    for value in credentials.names().filter_map(|name| credentials.get(name)) {
        secrets.hide(SecretText::from(value));
    }
    secrets.mask_text(text).into_owned()
}

/// The OAuth application that a connection brings itself.
fn brought(credentials: &Credentials) -> Option<OAuthClient> {
    Some(OAuthClient { id: credentials.get("client_id")?.to_owned(), secret: SecretText::new(credentials.get("client_secret")?.to_owned()) })
}
