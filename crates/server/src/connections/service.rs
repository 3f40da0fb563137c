//! What other slices may do with connections.

use std::collections::HashMap;

use millrace_clock::Timestamp;
use millrace_connector::{ConnectionError, Credentials};
use millrace_db::{Kind, Tx};
use millrace_ids::{ConnectionId, TenantId};
use serde_json::json;

use super::check::check;
use super::model::{Checked, Connection, NewConnection, Origin, Status, Uses};
use super::store::{self, Stored};
use super::renew::TenantConnection;
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;

/// The kind under which fields are sealed.
pub(super) const SEALED_AS: &str = "connection";

/// Makes a connection.
///
/// # Errors
/// `UNKNOWN_SERVICE`, `MISSING_FIELD` (names each), `INVALID_CONNECTION`, or the database failed.
pub async fn create(parts: &Parts, tenant: &TenantId, by: &Actor, new: &NewConnection) -> Result<Connection, ApiError> {
    let mut tx = parts.of(tenant).begin().await?;
    let made = create_in(&mut tx, parts, tenant, by, new).await?;
    tx.commit().await?;
    Ok(made)
}

/// As [`create`], in the caller's transaction: an installation and its connections appear together or not at all.
///
/// # Errors
/// As [`create`].
pub async fn create_in(tx: &mut Tx, parts: &Parts, tenant: &TenantId, by: &Actor, new: &NewConnection) -> Result<Connection, ApiError> {
    let now = parts.clock.now();
    let checked = check(&parts.registry, new, now)?;
    let id = ConnectionId::generate();
    let meta = Connection {
        service: checked.connector.service.clone(),
        name: checked.name,
        auth_kind: checked.auth_kind.to_owned(),
        public: checked.public,
        status: Status::Active,
        expires_at: expiry(&checked.credentials),
        origin: Origin::brought(by.user()),
        checked: None,
        version: 1,
        created_at: now,
        updated_at: now,
        id,
    };
    let sealed = seal(parts, tenant, &meta.id, &checked.credentials);
    store::insert(tx, tenant, &Stored { meta: meta.clone(), sealed }).await?;
    let said = json!({ "service": meta.service, "auth_kind": meta.auth_kind, "fields": meta.public.fields });
    audit::record(tx, Some(tenant), by, Entry::new(Action::ConnectionCreated, "connection", &meta.id).meta(said), now).await?;
    Ok(meta)
}

/// A tenant's connections, newest first; one more than `limit` if there are more.
///
/// # Errors
/// The database failed.
pub async fn list(parts: &Parts, tenant: &TenantId, service: Option<&str>, before: Option<&ConnectionId>, limit: u32) -> Result<Vec<Connection>, ApiError> {
    let service = service.map(|name| parts.registry.get(name).map_or(name, |connector| connector.service.as_str()));
    let mut tx = parts.of(tenant).read().await?;
    Ok(store::list(&mut tx, tenant, service, before, limit + 1).await?)
}

/// One connection, without its secrets.
///
/// # Errors
/// 404, or the database failed.
pub async fn get(parts: &Parts, tenant: &TenantId, id: &ConnectionId) -> Result<Connection, ApiError> {
    let mut tx = parts.of(tenant).read().await?;
    get_in(&mut tx, tenant, id).await
}

/// As [`get`], in the caller's transaction.
///
/// # Errors
/// As [`get`].
pub async fn get_in(tx: &mut Tx, tenant: &TenantId, id: &ConnectionId) -> Result<Connection, ApiError> {
    Ok(store::get(tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("connection"))?.meta)
}

/// Who uses these connections of a tenant, which are a page of their list; what nothing uses is not in it.
///
/// # Errors
/// The database failed.
pub async fn uses(parts: &Parts, tenant: &TenantId, page: &[Connection]) -> Result<HashMap<ConnectionId, Uses>, ApiError> {
    let ids = page.iter().map(|connection| &connection.id);
    let (Some(first), Some(last)) = (ids.clone().min(), ids.max()) else { return Ok(HashMap::new()) };
    Ok(store::uses(&mut parts.of(tenant).read().await?, tenant, (first, last)).await?)
}

/// Forgets a connection and its secrets.
///
/// # Errors
/// 404; 409 `CONNECTION_IN_USE` while an installation uses it; or the database failed.
pub async fn delete(parts: &Parts, tenant: &TenantId, by: &Actor, id: &ConnectionId) -> Result<(), ApiError> {
    let in_use = || {
        ApiError::conflict("CONNECTION_IN_USE", "An installation uses this connection.").with_hint("Delete the installation or give it another connection first.")
    };
    let mut tx = parts.of(tenant).begin().await?;
    let deleted = store::delete(&mut tx, tenant, id).await.map_err(|error| if error.kind() == Kind::ForeignKey { in_use() } else { error.into() })?;
    if !deleted {
        return Err(ApiError::not_found("connection"));
    }
    audit::record(&mut tx, Some(tenant), by, Entry::new(Action::ConnectionRemoved, "connection", id), parts.clock.now()).await?;
    tx.commit().await.map_err(|error| if error.kind() == Kind::ForeignKey { in_use() } else { error.into() })?;
    parts.connections.forget(tenant, id);
    Ok(())
}

/// The present credentials, from memory when they were read within the last moments.
///
/// # Errors
/// The connection is gone, ended, or cannot be read right now.
pub async fn credentials(parts: &Parts, tenant: &TenantId, id: &ConnectionId) -> Result<Credentials, ConnectionError> {
    if let Some(credentials) = parts.connections.recall(tenant, id) {
        return Ok(credentials);
    }
    let (_, credentials) = load(parts, tenant, id).await?;
    parts.connections.remember(tenant, id, &credentials);
    Ok(credentials)
}

/// What the connector's executor works with.
pub fn connection(parts: &Parts, tenant: &TenantId, id: &ConnectionId) -> TenantConnection {
    TenantConnection::new(parts.clone(), tenant.clone(), id.clone())
}

/// Adds or replaces one field, for example a signing secret that a provider's handshake has told us.
///
/// # Errors
/// 404, or the database failed.
pub async fn set_field(parts: &Parts, tenant: &TenantId, id: &ConnectionId, name: &str, value: &str) -> Result<(), ApiError> {
    // Versioned: a renewal in between wins, and we put our field on top of it.
    for _ in 0..super::limits::STORE_ATTEMPTS {
        let mut tx = parts.of(tenant).begin().await?;
        let mut stored = store::get(&mut tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("connection"))?;
        let mut credentials = open(parts, tenant, &stored).map_err(ApiError::internal)?;
        credentials.set(name, value);
        update(parts, tenant, &mut stored, &credentials);
        if store::renewed(&mut tx, tenant, &stored, parts.clock.now()).await? {
            tx.commit().await?;
            parts.connections.forget(tenant, id);
            return Ok(());
        }
    }
    Err(ApiError::unavailable("The connection is being changed by others; try again."))
}

/// Where a person connects the account again; nothing for what no app made.
pub fn reconnect_url(parts: &Parts, c: &Connection) -> Option<String> {
    c.origin.app.as_ref().map(|_| format!("{}/api/oauth/{}/authorize?connection={}", parts.config.public_url(), c.service, c.id))
}

/// Takes the look at a connection; `false` when another node has it.
///
/// # Errors
/// The database failed.
pub async fn begin_look(parts: &Parts, tenant: &TenantId, id: &ConnectionId, since: Timestamp, now: Timestamp) -> Result<bool, ApiError> {
    let mut tx = parts.of(tenant).begin().await?;
    let mine = store::checking(&mut tx, tenant, id, since, now).await?;
    tx.commit().await?;
    Ok(mine)
}

/// Writes down what a look found.
///
/// # Errors
/// The database failed.
pub async fn looked(parts: &Parts, tenant: &TenantId, id: &ConnectionId, error: Option<ConnectionError>, now: Timestamp) -> Result<(), ApiError> {
    let health = match &error {
        None => "healthy",
        Some(ConnectionError::Unavailable(_)) => "degraded",
        Some(ConnectionError::Missing(_) | ConnectionError::Expired(_)) => "unhealthy",
    };
    let found = Checked { at: now, health: health.to_owned(), error: error.map(|e| e.to_string()) };
    let mut tx = parts.of(tenant).begin().await?;
    store::checked(&mut tx, tenant, id, &found).await?;
    Ok(tx.commit().await?)
}

/// Reads and opens a connection; an ended one is refused.
pub(super) async fn load(parts: &Parts, tenant: &TenantId, id: &ConnectionId) -> Result<(Stored, Credentials), ConnectionError> {
    let unavailable = |error: millrace_db::DbError| {
        tracing::warn!(connection = %id, %error, "a connection could not be read");
        ConnectionError::Unavailable(super::DATABASE_AWAY.to_owned())
    };
    let mut tx = parts.of(tenant).read().await.map_err(unavailable)?;
    let stored = store::get(&mut tx, tenant, id).await.map_err(unavailable)?;
    drop(tx);
    let stored = stored.ok_or_else(|| ConnectionError::Missing("it was deleted".to_owned()))?;
    if stored.meta.status == Status::Expired {
        return Err(ConnectionError::Expired(format!("the {} account must be connected again", stored.meta.service)));
    }
    let credentials = open(parts, tenant, &stored).map_err(|error| {
        tracing::error!(connection = %id, %error, "a connection does not open");
        ConnectionError::Unavailable("its secrets cannot be read with this server's key".to_owned())
    })?;
    Ok((stored, credentials))
}

/// A stored connection that does not make sense.
#[derive(Debug, thiserror::Error)]
pub(super) enum Damaged {
    #[error(transparent)]
    Sealed(#[from] crate::secrets::OpenError),
    #[error("its fields are not a JSON object: {0}")]
    Fields(String),
}

pub(super) fn open(parts: &Parts, tenant: &TenantId, stored: &Stored) -> Result<Credentials, Damaged> {
    let bytes = parts.keyring.open(tenant, SEALED_AS, stored.meta.id.as_str(), &stored.sealed)?;
    let value = serde_json::from_slice(&bytes).map_err(|e| Damaged::Fields(e.to_string()))?;
    Credentials::from_json(&value).map_err(Damaged::Fields)
}

pub(super) fn seal(parts: &Parts, tenant: &TenantId, id: &ConnectionId, credentials: &Credentials) -> String {
    let text = zeroize::Zeroizing::new(credentials.to_json().to_string());
    parts.keyring.seal(tenant, SEALED_AS, id.as_str(), text.as_bytes())
}

/// Puts new credentials into a stored connection: sealed fields, what may be shown, and the end.
pub(super) fn update(parts: &Parts, tenant: &TenantId, stored: &mut Stored, credentials: &Credentials) {
    stored.sealed = seal(parts, tenant, &stored.meta.id, credentials);
    stored.meta.expires_at = expiry(credentials);
    if let Some(connector) = parts.registry.get(&stored.meta.service) {
        stored.meta.public = super::check::public(connector, credentials);
    }
}

pub(super) fn expiry(credentials: &Credentials) -> Option<millrace_clock::Timestamp> {
    credentials.expires_at_ms().map(millrace_clock::Timestamp::from_millis)
}
