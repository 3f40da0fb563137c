//! Connections that an app makes: by a person's consent, or of the app's own account or key.

use millrace_connector::Credentials;
use millrace_db::Tx;
use millrace_ids::{ConnectionId, OAuthAppId, TenantId};
use serde_json::json;

use super::check::public;
use super::model::{Connection, Origin, Status};
use super::service::{expiry, open, seal};
use super::store::{self, Stored};
use crate::app::Parts;
use crate::audit::{self, Action, Entry};
use crate::http::ApiError;
use crate::identity::Actor;

/// What an app got from a provider, or brings by itself.
#[derive(Debug)]
pub struct Grant {
    /// The service, as the connector file spells it.
    pub service: String,
    /// How it signs in: `oauth2`, `token`, `api_key`, `basic`, `server_to_server`.
    pub auth_kind: &'static str,
    /// What made it.
    pub origin: Origin,
    /// Its fields.
    pub credentials: Credentials,
}

/// Makes a connection of what was granted, in the caller's transaction; with `again`, that connection is made anew and keeps its
/// id. Answers what it holds besides: what a grant does not repeat may have stayed.
///
/// # Errors
/// 404 when `again` is not the tenant's; 409 `CONNECTION_CHANGED` when it changed meanwhile; the database failed.
pub async fn keep(tx: &mut Tx, parts: &Parts, tenant: &TenantId, by: &Actor, grant: Grant, again: Option<&ConnectionId>) -> Result<(Connection, Credentials), ApiError> {
    let now = parts.clock.now();
    let connector = parts.registry.get(&grant.service).cloned().ok_or_else(|| ApiError::internal("a connection of a service without a connector"))?;
    let said = json!({ "service": grant.service, "auth_kind": grant.auth_kind, "credential_source": grant.origin.source, "oauth_app_id": grant.origin.app });
    let Some(id) = again else {
        let id = ConnectionId::generate();
        let meta = Connection {
            service: grant.service,
            name: grant.origin.account_label.clone().unwrap_or_else(|| connector.title.clone()),
            auth_kind: grant.auth_kind.to_owned(),
            public: public(&connector, &grant.credentials),
            status: Status::Active,
            expires_at: expiry(&grant.credentials),
            origin: grant.origin,
            checked: None,
            version: 1,
            created_at: now,
            updated_at: now,
            id,
        };
        let sealed = seal(parts, tenant, &meta.id, &grant.credentials);
        store::insert(tx, tenant, &Stored { meta: meta.clone(), sealed }).await?;
        audit::record(tx, Some(tenant), by, Entry::new(Action::ConnectionCreated, "connection", &meta.id).meta(said), now).await?;
        return Ok((meta, grant.credentials));
    };
    let mut stored = store::get(tx, tenant, id).await?.ok_or_else(|| ApiError::not_found("connection"))?;
    // What a provider does not repeat belongs to the grant before; what people added besides (a signing secret) stays.
    let mut credentials = grant.credentials;
    if let Some(secret) = open(parts, tenant, &stored).ok().as_ref().and_then(|old| old.get("webhook_secret")).filter(|_| credentials.get("webhook_secret").is_none()) {
        credentials.set("webhook_secret", secret);
    }
    stored.sealed = seal(parts, tenant, id, &credentials);
    stored.meta.public = public(&connector, &credentials);
    stored.meta.expires_at = expiry(&credentials);
    stored.meta.origin = grant.origin;
    grant.auth_kind.clone_into(&mut stored.meta.auth_kind);
    if !store::made_anew(tx, tenant, &stored, now).await? {
        return Err(ApiError::conflict("CONNECTION_CHANGED", "The connection was changed by others meanwhile. Try again."));
    }
    audit::record(tx, Some(tenant), by, Entry::new(Action::ConnectionUpdated, "connection", id).meta(said), now).await?;
    stored.meta.status = Status::Active;
    stored.meta.version += 1;
    stored.meta.updated_at = now;
    Ok((stored.meta, credentials))
}

/// The connection of a service that an app made by itself, without a person.
///
/// # Errors
/// The database failed.
pub async fn of_app(tx: &mut Tx, tenant: &TenantId, service: &str, app: &OAuthAppId) -> Result<Option<ConnectionId>, ApiError> {
    Ok(store::of_app(tx, tenant, service, app).await?)
}

/// The app that made a connection, and whether the connection has ended; nothing when no app made it.
///
/// # Errors
/// The database failed.
pub async fn minted(tx: &mut Tx, tenant: &TenantId, id: &ConnectionId) -> Result<Option<(OAuthAppId, bool)>, ApiError> {
    Ok(store::minted(tx, tenant, id).await?)
}
