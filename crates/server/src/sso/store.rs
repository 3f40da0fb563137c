//! The SQL of identity providers, domains and sign-ins under way.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{IdentityProviderId, TenantId};

use super::domains::Domain;
use super::state::{Begun, Kept};
use crate::identity::Role;

const BEGIN: &str = "INSERT INTO sso_states (state_hash, provider, issuer, client_id, intent, invitation_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const USE: &str = "UPDATE sso_states SET used_at = $2 WHERE state_hash = $1 AND used_at IS NULL";
const STATE: &str = "SELECT * FROM sso_states WHERE state_hash = $1";
const SWEEP: &str = "DELETE FROM sso_states WHERE expires_at < $1";

const PROVIDER: &str = "SELECT * FROM identity_providers WHERE tenant_id = $1";
/// Nobody is signed in yet who comes to a provider: its id makes the workspace known.
const PROVIDER_BY_ID: &str = "SELECT * FROM identity_providers WHERE id = $1";
const OPEN_PROVIDER_BY_ID: &str = "SELECT p.* FROM identity_providers p JOIN tenants t ON t.id = p.tenant_id WHERE p.id = $1 AND t.status = 'active'";
const PROVIDER_BY_TENANT: &str = "SELECT p.* FROM identity_providers p JOIN tenants t ON t.id = p.tenant_id WHERE t.id = $1 AND t.status = 'active'";
const PUT: &str = "INSERT INTO identity_providers (id, tenant_id, name, issuer, client_id, client_secret, created_at, updated_at) VALUES ($2, $1, $3, $4, $5, $6, $7, $7) \
    ON CONFLICT (tenant_id) DO UPDATE SET name = $3, issuer = $4, client_id = $5, client_secret = $6, updated_at = $7";
const REMOVE: &str = "DELETE FROM identity_providers WHERE tenant_id = $1";

const DOMAINS: &str = "SELECT * FROM tenant_auto_provision_domains WHERE tenant_id = $1 ORDER BY domain";
const DOMAIN: &str = "SELECT * FROM tenant_auto_provision_domains WHERE tenant_id = $1 AND domain = $2";
const ADD_DOMAIN: &str = "INSERT INTO tenant_auto_provision_domains (tenant_id, domain, default_role, token, created_at) VALUES ($1, $2, $3, $4, $5) \
    ON CONFLICT (tenant_id, domain) DO UPDATE SET default_role = $3";
const VERIFY_DOMAIN: &str = "UPDATE tenant_auto_provision_domains SET verified_at = $3, verified_by = $4, checked_at = $3, missing_since = NULL, lapsed_at = NULL WHERE tenant_id = $1 AND domain = $2 AND verified_at IS NULL";
const REMOVE_DOMAIN: &str = "DELETE FROM tenant_auto_provision_domains WHERE tenant_id = $1 AND domain = $2";
/// Records to be looked for again: of domains that count because of them, and of those that did.
const DUE: &str = "SELECT * FROM tenant_auto_provision_domains WHERE (verified_by = 'dns' OR (verified_at IS NULL AND lapsed_at IS NOT NULL)) \
    AND COALESCE(checked_at, verified_at, created_at) < $1 ORDER BY tenant_id, domain LIMIT $2";
/// Of several nodes that would look at the same one, one does.
const CHECKING: &str = "UPDATE tenant_auto_provision_domains SET checked_at = $3 WHERE tenant_id = $1 AND domain = $2 AND COALESCE(checked_at, verified_at, created_at) < $4";
const FOUND: &str = "UPDATE tenant_auto_provision_domains SET missing_since = NULL WHERE tenant_id = $1 AND domain = $2 AND verified_at IS NOT NULL AND missing_since IS NOT NULL";
const MISSING: &str = "UPDATE tenant_auto_provision_domains SET missing_since = $3 WHERE tenant_id = $1 AND domain = $2 AND verified_by = 'dns' AND missing_since IS NULL";
const LAPSE: &str = "UPDATE tenant_auto_provision_domains SET verified_at = NULL, verified_by = NULL, lapsed_at = $3 \
    WHERE tenant_id = $1 AND domain = $2 AND verified_by = 'dns' AND missing_since IS NOT NULL";
/// Whose people join by themselves: two rows are enough to know that there is not one.
const JOINS: &str = "SELECT d.tenant_id, d.default_role FROM tenant_auto_provision_domains d JOIN tenants t ON t.id = d.tenant_id \
    WHERE d.domain = $1 AND d.verified_at IS NOT NULL AND d.default_role IS NOT NULL AND t.status = 'active' ORDER BY d.tenant_id LIMIT 2";

/// A workspace's provider as stored, its secret sealed.
#[derive(Debug, Clone)]
pub(super) struct StoredProvider {
    pub id: IdentityProviderId,
    pub tenant: TenantId,
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    pub sealed_secret: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

pub(super) async fn begin(tx: &mut Tx, begun: &Begun<'_>, now: Timestamp) -> Result<(), DbError> {
    let statement = sql(BEGIN)
        .bind(begun.hash.as_str())
        .bind(begun.provider.word.as_str())
        .bind(begun.provider.issuer.as_str())
        .bind(begun.provider.client_id.as_str())
        .bind(begun.intent.as_str())
        .bind(begun.invitation.map(|id| id.as_str().to_owned()))
        .bind(now)
        .bind(now.plus(super::limits::STATE_TTL));
    tx.execute(statement).await.map(drop)
}

/// Uses a state up; of several who try at once one does. Answers the state and whether this call used it.
pub(super) async fn take(tx: &mut Tx, hash: &str, now: Timestamp) -> Result<Option<(Kept, bool)>, DbError> {
    let first = tx.execute(sql(USE).bind(hash).bind(now)).await? == 1;
    let Some(row) = tx.optional(sql(STATE).bind(hash)).await? else { return Ok(None) };
    let kept = Kept {
        provider: row.get("provider")?,
        issuer: row.get("issuer")?,
        client_id: row.get("client_id")?,
        intent: row.parse("intent")?,
        invitation: row.get("invitation_id")?,
        expires_at: row.time("expires_at")?,
    };
    Ok(Some((kept, first)))
}

/// Forgets states that ended long ago.
pub(super) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(sql(SWEEP).bind(now.minus(super::limits::STATE_KEPT))).await
}

pub(super) async fn provider(tx: &mut Tx, tenant: &TenantId) -> Result<Option<StoredProvider>, DbError> {
    tx.optional(sql(PROVIDER).bind(tenant.as_str())).await?.as_ref().map(stored).transpose()
}

pub(super) async fn provider_by_id(tx: &mut Tx, id: &IdentityProviderId) -> Result<Option<StoredProvider>, DbError> {
    tx.optional(sql(PROVIDER_BY_ID).bind(id.as_str())).await?.as_ref().map(stored).transpose()
}

/// That of this id, if its workspace is open.
pub(super) async fn open_provider_by_id(tx: &mut Tx, id: &IdentityProviderId) -> Result<Option<StoredProvider>, DbError> {
    tx.optional(sql(OPEN_PROVIDER_BY_ID).bind(id.as_str())).await?.as_ref().map(stored).transpose()
}

/// That of a workspace that is open.
pub(super) async fn open_provider(tx: &mut Tx, tenant: &TenantId) -> Result<Option<StoredProvider>, DbError> {
    tx.optional(sql(PROVIDER_BY_TENANT).bind(tenant.as_str())).await?.as_ref().map(stored).transpose()
}

/// Writes a workspace's provider; its id stays when there is one.
pub(super) async fn put(tx: &mut Tx, provider: &StoredProvider, now: Timestamp) -> Result<(), DbError> {
    let statement = sql(PUT)
        .bind(provider.tenant.as_str())
        .bind(provider.id.as_str())
        .bind(provider.name.as_str())
        .bind(provider.issuer.as_str())
        .bind(provider.client_id.as_str())
        .bind(provider.sealed_secret.clone())
        .bind(now);
    tx.execute(statement).await.map(drop)
}

pub(super) async fn remove(tx: &mut Tx, tenant: &TenantId) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REMOVE).bind(tenant.as_str())).await? == 1)
}

fn stored(row: &Row) -> Result<StoredProvider, DbError> {
    Ok(StoredProvider {
        id: row.get("id")?,
        tenant: row.get("tenant_id")?,
        name: row.get("name")?,
        issuer: row.get("issuer")?,
        client_id: row.get("client_id")?,
        sealed_secret: row.get("client_secret")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

pub(super) async fn domains(tx: &mut Tx, tenant: &TenantId) -> Result<Vec<Domain>, DbError> {
    tx.all(sql(DOMAINS).bind(tenant.as_str())).await?.iter().map(domain_row).collect()
}

pub(super) async fn domain(tx: &mut Tx, tenant: &TenantId, name: &str) -> Result<Option<Domain>, DbError> {
    tx.optional(sql(DOMAIN).bind(tenant.as_str()).bind(name)).await?.as_ref().map(domain_row).transpose()
}

/// Adds a domain, or changes what its people become.
pub(super) async fn add_domain(tx: &mut Tx, tenant: &TenantId, domain: &Domain, now: Timestamp) -> Result<(), DbError> {
    let role = domain.default_role.map(|role| role.as_str().to_owned());
    tx.execute(sql(ADD_DOMAIN).bind(tenant.as_str()).bind(domain.name.as_str()).bind(role).bind(domain.token.as_str()).bind(now)).await.map(drop)
}

/// Domains whose records were not looked for since then, and whose they are.
pub(super) async fn due(tx: &mut Tx, since: Timestamp, limit: u32) -> Result<Vec<(TenantId, Domain)>, DbError> {
    tx.all(sql(DUE).bind(since).bind(limit)).await?.iter().map(|row| Ok((row.get("tenant_id")?, domain_row(row)?))).collect()
}

/// Answers whether this call is the one to look for the record.
pub(super) async fn checking(tx: &mut Tx, tenant: &TenantId, name: &str, since: Timestamp, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(CHECKING).bind(tenant.as_str()).bind(name).bind(now).bind(since)).await? == 1)
}

/// The record is there.
pub(super) async fn found(tx: &mut Tx, tenant: &TenantId, name: &str) -> Result<(), DbError> {
    tx.execute(sql(FOUND).bind(tenant.as_str()).bind(name)).await.map(drop)
}

/// The record is not there; answers whether it was until now.
pub(super) async fn missing(tx: &mut Tx, tenant: &TenantId, name: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(MISSING).bind(tenant.as_str()).bind(name).bind(now)).await? == 1)
}

/// A domain stops to count; answers whether it did until now.
pub(super) async fn lapse(tx: &mut Tx, tenant: &TenantId, name: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(LAPSE).bind(tenant.as_str()).bind(name).bind(now)).await? == 1)
}

/// Answers whether it was not verified before.
pub(super) async fn verify_domain(tx: &mut Tx, tenant: &TenantId, name: &str, by: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(VERIFY_DOMAIN).bind(tenant.as_str()).bind(name).bind(now).bind(by)).await? == 1)
}

pub(super) async fn remove_domain(tx: &mut Tx, tenant: &TenantId, name: &str) -> Result<bool, DbError> {
    Ok(tx.execute(sql(REMOVE_DOMAIN).bind(tenant.as_str()).bind(name)).await? == 1)
}

/// The one workspace that people of this domain join by themselves, and as what; nothing when there is none, or several.
pub(super) async fn joins(tx: &mut Tx, name: &str) -> Result<Option<(TenantId, Role)>, DbError> {
    match tx.all(sql(JOINS).bind(name)).await?.as_slice() {
        [row] => Ok(Some((row.get("tenant_id")?, row.parse("default_role")?))),
        _ => Ok(None),
    }
}

fn domain_row(row: &Row) -> Result<Domain, DbError> {
    let role: Option<String> = row.get("default_role")?;
    Ok(Domain {
        name: row.get("domain")?,
        default_role: role.map(|_| row.parse("default_role")).transpose()?,
        token: row.get("token")?,
        verified_at: row.time_opt("verified_at")?,
        verified_by: row.get("verified_by")?,
        missing_since: row.time_opt("missing_since")?,
        lapsed_at: row.time_opt("lapsed_at")?,
        created_at: row.time("created_at")?,
    })
}
