//! The SQL of consents under way.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::{ConnectionId, InstallationId, OAuthAppId, TenantId};

use super::limits;
use super::state::{Kept, Purpose};
use crate::identity::Actor;

const BEGIN: &str = "INSERT INTO oauth_states (state_hash, tenant_id, actor, actor_id, session_id, provider, oauth_app_id, purpose, installation_id, service, connection_id, scopes, \
    redirect_uri, return_to, loopback_port, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $17, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
const COUNT: &str = "SELECT count(*) AS n FROM oauth_states WHERE tenant_id = $1 AND used_at IS NULL AND expires_at > $2";
const GET: &str = "SELECT * FROM oauth_states WHERE state_hash = $1";
const USE: &str = "UPDATE oauth_states SET used_at = $2 WHERE state_hash = $1 AND used_at IS NULL";
const SWEEP: &str = "DELETE FROM oauth_states WHERE expires_at < $1";

pub(super) async fn begin(tx: &mut Tx, hash: &str, new: &Kept, now: Timestamp) -> Result<(), DbError> {
    let q = sql(BEGIN).bind(hash).bind(new.tenant.as_str()).bind(new.by.kind()).bind(new.by.as_str()).bind(new.by.session().map(millrace_ids::SessionId::as_str));
    // A node of the release before takes no notice of the purpose. It refuses an answer without a provider, instead of keeping the tokens.
    let provider = match new.purpose {
        Purpose::Connect => new.provider.as_str(),
        Purpose::Test => "",
    };
    let q = q.bind(provider).bind(new.app.as_str()).bind(new.installation.as_ref().map(InstallationId::as_str)).bind(&new.service);
    let q = q.bind(new.connection.as_ref().map(ConnectionId::as_str)).bind(serde_json::to_string(&new.scopes).unwrap_or_else(|_| "[]".to_owned()));
    let q = q.bind(&new.redirect_uri).bind(new.return_to.as_deref()).bind(new.loopback_port.map(i64::from)).bind(now);
    tx.execute(q.bind(new.expires_at).bind(new.purpose.as_str())).await.map(drop)
}

/// How many a workspace has under way.
pub(super) async fn count(tx: &mut Tx, tenant: &TenantId, now: Timestamp) -> Result<i64, DbError> {
    tx.one(sql(COUNT).bind(tenant.as_str()).bind(now)).await?.get("n")
}

pub(super) async fn get(tx: &mut Tx, hash: &str) -> Result<Option<Kept>, DbError> {
    tx.optional(sql(GET).bind(hash)).await?.as_ref().map(read).transpose()
}

/// Uses a state up; `false` when it was used before.
pub(super) async fn spend(tx: &mut Tx, hash: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(USE).bind(hash).bind(now)).await? == 1)
}

/// Forgets states that ended a day ago.
pub(crate) async fn sweep(tx: &mut Tx, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(SWEEP).bind(now.minus(limits::STATE_KEPT))).await.map(drop)
}

fn read(row: &Row) -> Result<Kept, DbError> {
    let (actor, id): (String, String) = (row.get("actor")?, row.get("actor_id")?);
    let session: Option<millrace_ids::SessionId> = row.get("session_id")?;
    let by = match (actor.as_str(), session) {
        ("user", Some(session)) => Actor::User { user: millrace_ids::UserId::from_stored(id), session },
        ("api_key", _) => Actor::ApiKey(millrace_ids::ApiKeyId::from_stored(id)),
        _ => Actor::System,
    };
    let scopes: String = row.get("scopes")?;
    let port: Option<i64> = row.get("loopback_port")?;
    let (purpose, service): (String, String) = (row.get("purpose")?, row.get("service")?);
    let purpose = if purpose == Purpose::Test.as_str() { Purpose::Test } else { Purpose::Connect };
    Ok(Kept {
        tenant: row.get("tenant_id")?,
        by,
        purpose,
        provider: match purpose {
            Purpose::Connect => row.get("provider")?,
            Purpose::Test => service.clone(),
        },
        app: row.get::<OAuthAppId>("oauth_app_id")?,
        installation: row.get("installation_id")?,
        service,
        connection: row.get("connection_id")?,
        scopes: serde_json::from_str(&scopes).map_err(|e| DbError::Column { column: "oauth_states.scopes".to_owned(), reason: e.to_string() })?,
        redirect_uri: row.get("redirect_uri")?,
        return_to: row.get("return_to")?,
        loopback_port: port.and_then(|port| u16::try_from(port).ok()),
        expires_at: row.time("expires_at")?,
        is_used: row.time_opt("used_at")?.is_some(),
    })
}
