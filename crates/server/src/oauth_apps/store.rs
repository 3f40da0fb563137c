//! The SQL of OAuth apps.

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Row, Tx, sql};
use millrace_ids::{OAuthAppId, TenantId, WorkflowId};

use super::model::{App, Health, LastTest, Source, Status};

/// An app with its sealed secrets.
#[derive(Debug, Clone)]
pub(super) struct Stored {
    pub app: App,
    pub sealed: Sealed,
}

/// Each at a place of its own.
#[derive(Debug, Clone, Default)]
pub(super) struct Sealed {
    pub client_secret: Option<String>,
    pub extra: Option<String>,
    pub webhook_secret: Option<String>,
}

const INSERT: &str = "INSERT INTO oauth_apps (id, owner_type, tenant_id, integration_id, provider, kind, client_id, client_secret_encrypted, extra_encrypted, \
    webhook_secret_encrypted, encryption_key_id, redirect_uri, scopes, status, justification, review_note, health_status, last_health_check_at, last_error, version, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)";
const UPDATE: &str = "UPDATE oauth_apps SET id = $3, kind = $4, client_id = $5, client_secret_encrypted = $6, extra_encrypted = $7, webhook_secret_encrypted = $8, \
    encryption_key_id = $9, redirect_uri = $10, scopes = $11, status = $12, justification = $13, review_note = $14, health_status = $15, last_health_check_at = $16, \
    last_error = $17, version = version + 1, updated_at = $18 WHERE id = $1 AND version = $2";
const GET: &str = "SELECT * FROM oauth_apps WHERE id = $1";
const FIND: &str = "SELECT * FROM oauth_apps WHERE owner_type = $1 AND COALESCE(tenant_id, '') = $2 AND provider = $3 AND integration_id = $4";
const OF_TENANT: &str = "SELECT * FROM oauth_apps WHERE tenant_id = $1 AND owner_type = $2 AND id > $3 ORDER BY id LIMIT $4";
const FOR_STAFF: &str = "SELECT * FROM oauth_apps WHERE (owner_type = 'system' OR (owner_type = 'developer' AND status IN ('pending_review', 'suspended'))) \
    AND ($1 IS NULL OR status = $1) AND id > $2 ORDER BY id LIMIT $3";
const COUNT: &str = "SELECT count(*) AS n FROM oauth_apps WHERE tenant_id = $1";
const DELETE: &str = "DELETE FROM oauth_apps WHERE id = $1 AND version = $2";
/// One for the workflow stands before one for all of them.
const CANDIDATES: &str = "SELECT * FROM oauth_apps WHERE provider = $1 AND integration_id IN ('', $2) AND ((owner_type = 'organization' AND tenant_id = $3) \
    OR (owner_type = 'developer' AND tenant_id = $4) OR (owner_type = 'system' AND tenant_id IS NULL)) ORDER BY integration_id DESC, id";
/// For all workflows: the platform's, and a workspace's own.
const AT_HAND: &str = "SELECT * FROM oauth_apps WHERE integration_id = '' AND ((owner_type = 'system' AND tenant_id IS NULL) OR (owner_type = 'developer' AND tenant_id = $1)) ORDER BY id";
const DUE: &str = "SELECT * FROM oauth_apps WHERE status IN ('testing', 'production') AND (last_health_check_at IS NULL OR last_health_check_at < $1) ORDER BY last_health_check_at, id LIMIT $2";
/// Of several nodes that would look at the same app, one does.
const CHECKING: &str = "UPDATE oauth_apps SET last_health_check_at = $3 WHERE id = $1 AND (last_health_check_at IS NULL OR last_health_check_at < $2)";
const CHECKED: &str = "UPDATE oauth_apps SET health_status = $3, last_error = $4, last_health_check_at = $5 WHERE id = $1 AND version = $2";
const TESTED: &str = "UPDATE oauth_apps SET last_test = $2, health_status = COALESCE($3, health_status), last_error = CASE WHEN $3 IS NULL THEN last_error ELSE $4 END, \
    last_health_check_at = $5 WHERE id = $1";
const FORGET_TEST: &str = "UPDATE oauth_apps SET last_test = NULL WHERE id = $1";
const SERVES: &str = "SELECT id FROM connections WHERE oauth_app_id = $1 AND status = 'active' LIMIT 1";
const DUE_CONNECTIONS: &str = "SELECT tenant_id, id FROM connections WHERE oauth_app_id IS NOT NULL AND status = 'active' AND expires_at < $1 \
    AND (last_health_check_at IS NULL OR last_health_check_at < $2) ORDER BY expires_at, id LIMIT $3";

pub(super) async fn insert(tx: &mut Tx, new: &Stored) -> Result<(), DbError> {
    let Stored { app, sealed } = new;
    let q = sql(INSERT).bind(app.id.as_str()).bind(app.owner.as_str()).bind(app.tenant.as_ref().map(TenantId::as_str)).bind(workflow_text(app.workflow.as_ref()));
    let q = q.bind(&app.provider).bind(app.kind.as_str()).bind(&app.client_id).bind(sealed.client_secret.as_deref()).bind(sealed.extra.as_deref());
    let q = q.bind(sealed.webhook_secret.as_deref()).bind(key_id(sealed)).bind(&app.redirect_uri).bind(list(&app.scopes)).bind(app.status.as_str());
    let q = q.bind(app.justification.as_deref()).bind(app.review_note.as_deref()).bind(app.health.as_str()).bind(app.last_health_check_at);
    tx.execute(q.bind(app.last_error.as_deref()).bind(app.version).bind(app.created_at).bind(app.updated_at)).await.map(drop)
}

/// Stores a change in place of what was read as `id` in `version`; `false` when the row has changed or is gone.
pub(super) async fn update(tx: &mut Tx, (id, version): (&OAuthAppId, i64), new: &Stored) -> Result<bool, DbError> {
    let Stored { app, sealed } = new;
    let q = sql(UPDATE).bind(id.as_str()).bind(version).bind(app.id.as_str()).bind(app.kind.as_str()).bind(&app.client_id).bind(sealed.client_secret.as_deref());
    let q = q.bind(sealed.extra.as_deref()).bind(sealed.webhook_secret.as_deref()).bind(key_id(sealed)).bind(&app.redirect_uri).bind(list(&app.scopes));
    let q = q.bind(app.status.as_str()).bind(app.justification.as_deref()).bind(app.review_note.as_deref()).bind(app.health.as_str());
    Ok(tx.execute(q.bind(app.last_health_check_at).bind(app.last_error.as_deref()).bind(app.updated_at)).await? == 1)
}

pub(super) async fn get(tx: &mut Tx, id: &OAuthAppId) -> Result<Option<Stored>, DbError> {
    tx.optional(sql(GET).bind(id.as_str())).await?.as_ref().map(read).transpose()
}

pub(super) async fn find(tx: &mut Tx, owner: Source, tenant: Option<&TenantId>, provider: &str, workflow: Option<&WorkflowId>) -> Result<Option<Stored>, DbError> {
    let q = sql(FIND).bind(owner.as_str()).bind(tenant.map_or("", TenantId::as_str)).bind(provider).bind(workflow_text(workflow));
    tx.optional(q).await?.as_ref().map(read).transpose()
}

pub(super) async fn of_tenant(tx: &mut Tx, tenant: &TenantId, owner: Source, after: Option<&OAuthAppId>, limit: u32) -> Result<Vec<Stored>, DbError> {
    let q = sql(OF_TENANT).bind(tenant.as_str()).bind(owner.as_str()).bind(after.map_or("", OAuthAppId::as_str)).bind(limit);
    tx.all(q).await?.iter().map(read).collect()
}

/// The platform's, and those of developers that staff decide about.
pub(super) async fn for_staff(tx: &mut Tx, status: Option<Status>, after: Option<&OAuthAppId>, limit: u32) -> Result<Vec<Stored>, DbError> {
    let q = sql(FOR_STAFF).bind(status.map(Status::as_str)).bind(after.map_or("", OAuthAppId::as_str)).bind(limit);
    tx.all(q).await?.iter().map(read).collect()
}

pub(super) async fn count(tx: &mut Tx, tenant: &TenantId) -> Result<i64, DbError> {
    tx.one(sql(COUNT).bind(tenant.as_str())).await?.get("n")
}

pub(super) async fn delete(tx: &mut Tx, app: &App) -> Result<bool, DbError> {
    Ok(tx.execute(sql(DELETE).bind(app.id.as_str()).bind(app.version)).await? == 1)
}

/// What could serve a slot, the workflow's own before the general.
pub(super) async fn candidates(tx: &mut Tx, provider: &str, workflow: &str, installer: &TenantId, publisher: &TenantId) -> Result<Vec<Stored>, DbError> {
    let q = sql(CANDIDATES).bind(provider).bind(workflow).bind(installer.as_str()).bind(publisher.as_str());
    tx.all(q).await?.iter().map(read).collect()
}

/// What connects accounts of a workspace for no workflow in particular.
pub(super) async fn at_hand(tx: &mut Tx, tenant: &TenantId) -> Result<Vec<App>, DbError> {
    tx.all(sql(AT_HAND).bind(tenant.as_str())).await?.iter().map(|row| Ok(read(row)?.app)).collect()
}

/// Apps that nobody has looked at since then.
pub(super) async fn due(db: &Db, since: Timestamp, limit: u32) -> Result<Vec<Stored>, DbError> {
    db.all(sql(DUE).bind(since).bind(limit)).await?.iter().map(read).collect()
}

/// Takes the look; `false` when another node did.
pub(super) async fn checking(tx: &mut Tx, id: &OAuthAppId, since: Timestamp, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(CHECKING).bind(id.as_str()).bind(since).bind(now)).await? == 1)
}

/// What a look found; `false` when the app is another one by now.
pub(super) async fn checked(tx: &mut Tx, app: &App, health: Health, error: Option<&str>, now: Timestamp) -> Result<bool, DbError> {
    let q = sql(CHECKED).bind(app.id.as_str()).bind(app.version).bind(health.as_str()).bind(error).bind(now);
    Ok(tx.execute(q).await? == 1)
}

/// What a test consent ended with, and the health that follows, if any; `false` when the app is another one by now.
pub(super) async fn tested(tx: &mut Tx, test: &LastTest, health: Option<Health>, now: Timestamp) -> Result<bool, DbError> {
    let text = serde_json::to_string(test).unwrap_or_default();
    let error = test.error.as_deref().filter(|_| health != Some(Health::Healthy));
    Ok(tx.execute(sql(TESTED).bind(test.app.as_str()).bind(text).bind(health.map(Health::as_str)).bind(error).bind(now)).await? == 1)
}

pub(super) async fn forget_test(tx: &mut Tx, id: &OAuthAppId) -> Result<(), DbError> {
    tx.execute(sql(FORGET_TEST).bind(id.as_str())).await.map(drop)
}

/// Whether an app has made a connection that still serves.
pub(super) async fn serves(db: &Db, id: &OAuthAppId) -> Result<bool, DbError> {
    Ok(db.optional(sql(SERVES).bind(id.as_str())).await?.is_some())
}

/// Connections that apps made, whose token ends before `ends`, and at which nobody looked since then.
pub(super) async fn due_connections(db: &Db, ends: Timestamp, since: Timestamp, limit: u32) -> Result<Vec<(TenantId, millrace_ids::ConnectionId)>, DbError> {
    let rows = db.all(sql(DUE_CONNECTIONS).bind(ends).bind(since).bind(limit)).await?;
    rows.iter().map(|row| Ok((row.get("tenant_id")?, row.get("id")?))).collect()
}

fn workflow_text(workflow: Option<&WorkflowId>) -> &str {
    workflow.map_or("", WorkflowId::as_str)
}

fn list(scopes: &[String]) -> String {
    serde_json::to_string(scopes).unwrap_or_else(|_| "[]".to_owned())
}

/// The master key that sealed it, as the sealed text names it.
fn key_id(sealed: &Sealed) -> String {
    let any = [&sealed.client_secret, &sealed.extra, &sealed.webhook_secret].into_iter().flatten().next();
    any.and_then(|text| text.split(':').nth(1)).unwrap_or_default().to_owned()
}

fn read(row: &Row) -> Result<Stored, DbError> {
    let workflow: String = row.get("integration_id")?;
    let scopes: String = row.get("scopes")?;
    let id: OAuthAppId = row.get("id")?;
    // A test says something about the client it was of, and a text that cannot be read says nothing.
    let last_test = row.get::<Option<String>>("last_test")?.and_then(|text| serde_json::from_str::<LastTest>(&text).ok()).filter(|test| test.app == id);
    let app = App {
        id,
        owner: row.parse("owner_type")?,
        tenant: row.get("tenant_id")?,
        workflow: (!workflow.is_empty()).then(|| WorkflowId::from_stored(workflow)),
        provider: row.get("provider")?,
        kind: row.parse("kind")?,
        client_id: row.get("client_id")?,
        redirect_uri: row.get("redirect_uri")?,
        scopes: serde_json::from_str(&scopes).map_err(|e| DbError::Column { column: "oauth_apps.scopes".to_owned(), reason: e.to_string() })?,
        status: row.parse("status")?,
        justification: row.get("justification")?,
        review_note: row.get("review_note")?,
        health: row.parse("health_status")?,
        last_health_check_at: row.time_opt("last_health_check_at")?,
        last_error: row.get("last_error")?,
        last_test,
        version: row.get("version")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    };
    let sealed = Sealed { client_secret: row.get("client_secret_encrypted")?, extra: row.get("extra_encrypted")?, webhook_secret: row.get("webhook_secret_encrypted")? };
    Ok(Stored { app, sealed })
}
