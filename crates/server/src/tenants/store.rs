//! The SQL of workspaces.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_ids::{TenantId, UserId};

use super::model::{Settings, Tenant};
use super::{Slug, slug};
use crate::audit;

const INSERT: &str = "INSERT INTO tenants (id, slug, name, kind, status, created_at) VALUES ($1, $2, $3, $5, 'active', $4) ON CONFLICT (slug) DO NOTHING";
const INSERT_SETTINGS: &str = "INSERT INTO tenant_settings (tenant_id, flags, created_at, updated_at) VALUES ($1, '{}', $2, $2) ON CONFLICT (tenant_id) DO NOTHING";
const GET: &str = "SELECT id, slug, name, kind, created_at FROM tenants WHERE id = $1";
/// Somebody has it, or gave it up a while ago and still gets its links.
const TAKEN: &str = "SELECT id FROM tenants WHERE slug = $1 UNION SELECT tenant_id FROM former_slugs WHERE slug = $1 AND tenant_id <> $2 AND kept_until > $3";
const BY_SLUG: &str = "SELECT id FROM tenants WHERE slug = $1";
const BY_FORMER_SLUG: &str = "SELECT tenant_id AS id FROM former_slugs WHERE slug = $1 AND kept_until > $2";
const KEEP_SLUG: &str = "INSERT INTO former_slugs (slug, tenant_id, kept_until) VALUES ($2, $1, $3) ON CONFLICT (slug) DO UPDATE SET tenant_id = $1, kept_until = $3";
const DROP_SLUGS: &str = "DELETE FROM former_slugs WHERE tenant_id = $1 AND slug NOT IN (SELECT slug FROM former_slugs WHERE tenant_id = $1 ORDER BY kept_until DESC, slug LIMIT $2)";
const FORGET_SLUG: &str = "DELETE FROM former_slugs WHERE slug = $1";
const PERSONAL: &str = "SELECT t.id FROM tenants t JOIN memberships m ON m.tenant_id = t.id WHERE m.user_id = $1 AND m.role = 'owner' AND m.status = 'active' AND t.kind = 'personal' LIMIT 1";
/// The columns by name: PostgreSQL refuses a prepared `*` once a newer node has added a column.
macro_rules! settings {
    ($rest:literal) => {
        concat!("SELECT t.id, t.slug, t.name, t.kind, t.status, t.currency, t.timezone, t.created_at, t.deactivated_at, s.auth_mode, s.email_verification, s.require_second_factor, r.days AS audit_retention_days \
            FROM tenants t LEFT JOIN tenant_settings s ON s.tenant_id = t.id LEFT JOIN audit_retentions r ON r.tenant_id = t.id WHERE t.id = $1", $rest)
    };
}
const SETTINGS: &str = settings!("");
/// Of two who change settings at once, the second one sees what the first one did. Rows that refer to the workspace go on
/// being written meanwhile.
const LOCK_SETTINGS: Sql = Sql::pair(
    SETTINGS,
    settings!(" FOR NO KEY UPDATE OF t"),
);
const UPDATE: &str = "UPDATE tenants SET name = $2, slug = $3, currency = $4, timezone = $5, updated_at = $6 WHERE id = $1";
const UPDATE_SETTINGS: &str = "INSERT INTO tenant_settings (tenant_id, auth_mode, email_verification, require_second_factor, flags, created_at, updated_at) VALUES ($1, $2, $3, $5, '{}', $4, $4) \
    ON CONFLICT (tenant_id) DO UPDATE SET auth_mode = $2, email_verification = $3, require_second_factor = $5, updated_at = $4";
/// Those that are deleted have nothing left that could be asked about.
const CLOSED: &str = "SELECT id FROM tenants WHERE status IN ('suspended', 'deactivated') AND status <> 'active'";
const PROVIDERS: &str = "SELECT count(*) FILTER (WHERE u.auth_provider = 'local') AS local, count(*) FILTER (WHERE u.auth_provider = 'idp') AS idp \
    FROM memberships m JOIN users u ON u.id = m.user_id WHERE m.tenant_id = $1 AND m.status = 'active'";

/// Stores a workspace; answers whether its short name was free.
pub(super) async fn insert(tx: &mut Tx, tenant: &Tenant) -> Result<bool, DbError> {
    let statement = sql(INSERT).bind(tenant.id.as_str()).bind(&tenant.slug).bind(&tenant.name).bind(tenant.created_at).bind(tenant.kind.as_str());
    Ok(tx.execute(statement).await? == 1)
}

pub(super) async fn insert_settings(tx: &mut Tx, tenant: &TenantId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(INSERT_SETTINGS).bind(tenant.as_str()).bind(now)).await.map(drop)
}

pub(super) async fn get(tx: &mut Tx, id: &TenantId) -> Result<Option<Tenant>, DbError> {
    tx.optional(sql(GET).bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

/// Whether somebody else has this short name, or had it until a while ago.
pub(super) async fn is_taken(tx: &mut Tx, own: Option<&TenantId>, slug: &Slug, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.optional(sql(TAKEN).bind(slug.as_str()).bind(own.map_or("", TenantId::as_str)).bind(now)).await?.is_some())
}

/// The workspace that has this short name, or had it until a while ago.
pub(super) async fn by_slug(tx: &mut Tx, slug: &str, now: Timestamp) -> Result<Option<TenantId>, DbError> {
    let row = match tx.optional(sql(BY_SLUG).bind(slug)).await? {
        Some(row) => Some(row),
        None => tx.optional(sql(BY_FORMER_SLUG).bind(slug).bind(now)).await?,
    };
    row.map(|row| row.get("id")).transpose()
}

/// Keeps a short name that a workspace gives up for another one.
pub(super) async fn rename(tx: &mut Tx, tenant: &TenantId, from: &str, to: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(FORGET_SLUG).bind(to)).await?;
    tx.execute(sql(KEEP_SLUG).bind(tenant.as_str()).bind(from).bind(now.plus(slug::KEPT))).await?;
    tx.execute(sql(DROP_SLUGS).bind(tenant.as_str()).bind(slug::FORMER)).await.map(drop)
}

/// Whether a person owns a personal workspace.
pub(super) async fn has_personal(tx: &mut Tx, user: &UserId) -> Result<bool, DbError> {
    Ok(tx.optional(sql(PERSONAL).bind(user.as_str())).await?.is_some())
}

/// A workspace with its settings.
pub(super) async fn settings(tx: &mut Tx, tenant: &TenantId) -> Result<Option<Settings>, DbError> {
    tx.optional(sql(SETTINGS).bind(tenant.as_str())).await?.as_ref().map(settings_row).transpose()
}

/// As [`settings`], locked until the transaction ends.
pub(super) async fn lock_settings(tx: &mut Tx, tenant: &TenantId) -> Result<Option<Settings>, DbError> {
    tx.optional(sql(LOCK_SETTINGS).bind(tenant.as_str())).await?.as_ref().map(settings_row).transpose()
}

/// Replaces a workspace's settings. Fails with a unique violation when the short name is taken.
pub(super) async fn update(tx: &mut Tx, settings: &Settings, now: Timestamp) -> Result<(), DbError> {
    let tenant = &settings.tenant;
    let statement = sql(UPDATE).bind(tenant.id.as_str()).bind(&tenant.name).bind(&tenant.slug).bind(&settings.currency).bind(&settings.timezone).bind(now);
    tx.execute(statement).await?;
    let mode = settings.auth_mode.map(|mode| mode.as_str().to_owned());
    tx.execute(sql(UPDATE_SETTINGS).bind(tenant.id.as_str()).bind(mode).bind(settings.email_verification).bind(now).bind(settings.require_second_factor)).await?;
    audit::retention::set(tx, &tenant.id, settings.audit_retention_days, now).await
}

/// The workspaces that are closed for now.
pub(super) async fn closed(tx: &mut Tx) -> Result<std::collections::HashSet<TenantId>, DbError> {
    tx.all(sql(CLOSED)).await?.iter().map(|row| row.get("id")).collect()
}

/// How many members sign in with a password, and how many at an identity provider.
pub(super) async fn providers(tx: &mut Tx, tenant: &TenantId) -> Result<(i64, i64), DbError> {
    let row = tx.one(sql(PROVIDERS).bind(tenant.as_str())).await?;
    Ok((row.get("local")?, row.get("idp")?))
}

fn from_row(row: &Row) -> Result<Tenant, DbError> {
    Ok(Tenant { id: row.get("id")?, slug: row.get("slug")?, name: row.get("name")?, kind: row.parse("kind")?, created_at: row.time("created_at")? })
}

fn settings_row(row: &Row) -> Result<Settings, DbError> {
    let auth_mode = match row.get::<Option<String>>("auth_mode")? {
        Some(_) => Some(row.parse("auth_mode")?),
        None => None,
    };
    Ok(Settings {
        tenant: from_row(row)?,
        status: row.get("status")?,
        currency: row.get("currency")?,
        timezone: row.get("timezone")?,
        auth_mode,
        email_verification: row.get("email_verification")?,
        audit_retention_days: row.get::<Option<i64>>("audit_retention_days")?.and_then(|days| u32::try_from(days).ok()),
        require_second_factor: row.get::<Option<bool>>("require_second_factor")?.unwrap_or(false),
    })
}
