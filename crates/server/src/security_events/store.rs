//! The SQL of security events.

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Row, Tx, sql};
use millrace_ids::{SecurityEventId, TenantId, UserId};
use serde_json::Value;

use super::limits::{FORGET, KEPT};
use super::model::{Event, Kind, Stored};
use crate::http::{Origin, current_origin};

const INSERT: &str = "INSERT INTO security_events (id, tenant_id, kind, subject, meta, created_at, user_id, ip, user_agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
const DELETE_OLD: &str = "DELETE FROM security_events WHERE id IN (SELECT id FROM security_events WHERE created_at < $1 LIMIT $2)";
const DELETE_OF_PERSON: &str = "DELETE FROM security_events WHERE user_id = $1 OR subject = $1 OR subject = $2";
/// The columns by name: PostgreSQL refuses a prepared `*` once a newer node has added a column.
macro_rules! events {
    ($rest:literal) => {
        concat!("SELECT id, kind, tenant_id, user_id, subject, ip, user_agent, meta, created_at FROM security_events ", $rest, " ORDER BY id DESC")
    };
}
const OF_TENANT: &str = concat!(events!("WHERE tenant_id = $1 AND ($2 IS NULL OR id < $2) AND ($3 IS NULL OR kind = $3)"), " LIMIT $4");
const OF_USER: &str = concat!(events!("WHERE user_id = $1 AND ($2 IS NULL OR id < $2) AND ($3 IS NULL OR kind = $3)"), " LIMIT $4");
const ALL: &str =
    concat!(events!("WHERE ($1 IS NULL OR tenant_id = $1) AND ($2 IS NULL OR id < $2) AND ($3 IS NULL OR kind = $3) AND ($5 IS NULL OR user_id = $5)"), " LIMIT $4");

/// Which part of a list.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slice<'a> {
    pub before: Option<&'a SecurityEventId>,
    pub kind: Option<Kind>,
    pub limit: u32,
}

/// Writes an event in the caller's transaction. `subject` is whom it is about: an address, an account's or key's id; an
/// account sees what is about it. `meta` is an object without secrets. Address and client are those of the present request.
///
/// # Errors
/// The database failed.
pub async fn record(tx: &mut Tx, tenant: Option<&TenantId>, kind: Kind, subject: &str, meta: &Value, now: Timestamp) -> Result<(), DbError> {
    let user = subject.parse::<UserId>().ok();
    record_event(tx, &Event { kind, tenant, user: user.as_ref(), subject, meta }, now).await
}

/// As [`record`], about an account that the subject does not name.
///
/// # Errors
/// The database failed.
pub async fn record_event(tx: &mut Tx, event: &Event<'_>, now: Timestamp) -> Result<(), DbError> {
    let id = SecurityEventId::generate();
    if event.kind.is_alarm() {
        tracing::warn!(kind = event.kind.as_str(), event = %id, "security event");
    }
    let Origin { ip, user_agent } = current_origin();
    let statement = sql(INSERT)
        .bind(id.as_str())
        .bind(event.tenant.map(TenantId::as_str))
        .bind(event.kind.as_str())
        .bind(event.subject)
        .bind(event.meta.to_string())
        .bind(now)
        .bind(event.user.map(UserId::as_str))
        .bind(ip.map(|ip| ip.to_canonical().to_string()))
        .bind(user_agent);
    tx.execute(statement).await.map(drop)
}

/// Events that a workspace's administrators see, newest first.
pub(super) async fn of_tenant(tx: &mut Tx, tenant: &TenantId, slice: Slice<'_>) -> Result<Vec<Stored>, DbError> {
    list(tx, OF_TENANT, Some(tenant.as_str()), slice, None).await
}

/// Events about an account, newest first.
pub(super) async fn of_user(tx: &mut Tx, user: &UserId, slice: Slice<'_>) -> Result<Vec<Stored>, DbError> {
    list(tx, OF_USER, Some(user.as_str()), slice, None).await
}

/// All events, for staff.
pub(super) async fn all(tx: &mut Tx, tenant: Option<&TenantId>, user: Option<&UserId>, slice: Slice<'_>) -> Result<Vec<Stored>, DbError> {
    list(tx, ALL, tenant.map(TenantId::as_str), slice, Some(user.map(UserId::as_str))).await
}

async fn list(tx: &mut Tx, statement: &'static str, whose: Option<&str>, slice: Slice<'_>, user: Option<Option<&str>>) -> Result<Vec<Stored>, DbError> {
    let mut statement = sql(statement).bind(whose).bind(slice.before.map(SecurityEventId::as_str)).bind(slice.kind.map(Kind::as_str)).bind(slice.limit);
    if let Some(user) = user {
        statement = statement.bind(user);
    }
    tx.all(statement).await?.iter().map(from_row).collect()
}

fn from_row(row: &Row) -> Result<Stored, DbError> {
    let meta: String = row.get("meta")?;
    Ok(Stored {
        id: row.get("id")?,
        kind: row.get("kind")?,
        tenant: row.get("tenant_id")?,
        user: row.get("user_id")?,
        subject: row.get("subject")?,
        ip: row.get("ip")?,
        user_agent: row.get("user_agent")?,
        meta: serde_json::from_str(&meta).map_err(|e| DbError::Column { column: "meta".to_owned(), reason: e.to_string() })?,
        created_at: row.time("created_at")?,
    })
}

/// Forgets what is known about a person who is erased.
///
/// # Errors
/// The database failed.
pub(crate) async fn forget_person(tx: &mut Tx, user: &UserId, email: &str) -> Result<(), DbError> {
    tx.execute(sql(DELETE_OF_PERSON).bind(user.as_str()).bind(email)).await.map(drop)
}

/// Forgets events older than 90 days.
///
/// # Errors
/// The database failed; what was forgotten until then stays forgotten.
pub(crate) async fn forget(db: &Db, now: Timestamp) -> Result<(), DbError> {
    loop {
        let mut tx = db.begin().await?;
        let gone = tx.execute(sql(DELETE_OLD).bind(now.minus(KEPT)).bind(FORGET)).await?;
        tx.commit().await?;
        if gone < u64::from(FORGET) {
            return Ok(());
        }
    }
}
