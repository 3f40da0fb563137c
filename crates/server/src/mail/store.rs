//! The SQL of the outbox.

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Row, Sql, Tx, sql};
use millrace_ids::{MailId, TenantId};

use super::limits::{ERROR, FORGET};
use super::model::{State, Stored};

/// A mail to be written.
pub(super) struct NewRow<'a> {
    pub id: &'a MailId,
    pub tenant: Option<&'a TenantId>,
    pub recipient: &'a str,
    pub template: &'a str,
    pub variables: &'a str,
    pub sealed_link: Option<&'a str>,
    pub dedupe_key: &'a str,
}

const INSERT: &str = "INSERT INTO mails (id, tenant_id, recipient, template, variables, sealed_link, dedupe_key, state, attempts, due_at, created_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', 0, $8, $8) ON CONFLICT (template, recipient, dedupe_key) DO NOTHING";
const NEXT_DUE: &str = "SELECT min(due_at) AS due_at FROM mails WHERE due_at IS NOT NULL";
const CLAIM: Sql = Sql::pair(
    "UPDATE mails SET due_at = $3, claimed_by = $1, attempts = attempts + 1 WHERE id IN \
       (SELECT id FROM mails WHERE due_at IS NOT NULL AND due_at <= $2 ORDER BY due_at, id LIMIT $4) RETURNING *",
    "UPDATE mails SET due_at = $3, claimed_by = $1, attempts = attempts + 1 WHERE id IN \
       (SELECT id FROM mails WHERE due_at IS NOT NULL AND due_at <= $2 ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED) RETURNING *",
);
const SENT: &str = "UPDATE mails SET state = 'sent', due_at = NULL, claimed_by = NULL, error = NULL, finished_at = $4, \
    sealed_link = CASE WHEN $3 THEN sealed_link ELSE NULL END WHERE id = $1 AND claimed_by = $2";
const AGAIN: &str = "UPDATE mails SET due_at = $3, claimed_by = NULL, error = $4 WHERE id = $1 AND claimed_by = $2";
const GIVEN_UP: &str = "UPDATE mails SET state = 'failed', due_at = NULL, claimed_by = NULL, error = $5, finished_at = $4, \
    sealed_link = CASE WHEN $3 THEN sealed_link ELSE NULL END WHERE id = $1 AND claimed_by = $2";
const LIST_OF: &str = "SELECT * FROM mails WHERE tenant_id = $1 AND ($2 IS NULL OR id < $2) AND ($3 IS NULL OR state = $3) AND ($4 IS NULL OR recipient = $4) \
    ORDER BY id DESC LIMIT $5";
const LIST_ALL: &str = "SELECT * FROM mails WHERE ($1 IS NULL OR id < $1) AND ($2 IS NULL OR state = $2) AND ($3 IS NULL OR recipient = $3) ORDER BY id DESC LIMIT $4";
const GET_OF: &str = "SELECT * FROM mails WHERE tenant_id = $1 AND id = $2";
const GET_ANY: &str = "SELECT * FROM mails WHERE id = $1";
const DELETE_OLD: &str = "DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE created_at < $1 LIMIT $2)";

/// Which mails to list.
pub(super) struct Filter<'a> {
    pub before: Option<&'a MailId>,
    pub state: Option<State>,
    pub to: Option<&'a str>,
    pub limit: u32,
}

pub(super) async fn insert(tx: &mut Tx, new: &NewRow<'_>, now: Timestamp) -> Result<(), DbError> {
    let statement = sql(INSERT)
        .bind(new.id.as_str())
        .bind(new.tenant.map(TenantId::as_str))
        .bind(new.recipient)
        .bind(new.template)
        .bind(new.variables)
        .bind(new.sealed_link)
        .bind(new.dedupe_key)
        .bind(now);
    tx.execute(statement).await.map(drop)
}

/// When the first unfinished mail is due, in one statement.
pub(super) async fn next_due(db: &Db) -> Result<Option<Timestamp>, DbError> {
    db.optional(sql(NEXT_DUE)).await?.map_or(Ok(None), |row| row.time_opt("due_at"))
}

/// Takes mails that are due, of whatever workspace; nobody else gets them before `until`.
pub(super) async fn claim(tx: &mut Tx, me: &str, now: Timestamp, until: Timestamp, most: u32) -> Result<Vec<Stored>, DbError> {
    let rows = tx.all(sql(CLAIM).bind(me).bind(now).bind(until).bind(most)).await?;
    rows.iter().map(from_row).collect()
}

/// The server took it. Answers whether it was still ours.
pub(super) async fn sent(tx: &mut Tx, id: &MailId, me: &str, keep_link: bool, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(SENT).bind(id.as_str()).bind(me).bind(keep_link).bind(now)).await? == 1)
}

/// To be tried again. Answers whether it was still ours.
pub(super) async fn again(tx: &mut Tx, id: &MailId, me: &str, at: Timestamp, error: &str) -> Result<bool, DbError> {
    Ok(tx.execute(sql(AGAIN).bind(id.as_str()).bind(me).bind(at).bind(shortened(error))).await? == 1)
}

/// Not tried any more. Answers whether it was still ours.
pub(super) async fn given_up(tx: &mut Tx, id: &MailId, me: &str, keep_link: bool, error: &str, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(GIVEN_UP).bind(id.as_str()).bind(me).bind(keep_link).bind(now).bind(shortened(error))).await? == 1)
}

/// A workspace's mails, newest first; without a workspace those of all, for the operator.
pub(super) async fn list(tx: &mut Tx, tenant: Option<&TenantId>, filter: &Filter<'_>) -> Result<Vec<Stored>, DbError> {
    let statement = tenant.map_or_else(|| sql(LIST_ALL), |tenant| sql(LIST_OF).bind(tenant.as_str()));
    let statement = statement.bind(filter.before.map(MailId::as_str)).bind(filter.state.map(State::as_str)).bind(filter.to).bind(filter.limit);
    tx.all(statement).await?.iter().map(from_row).collect()
}

/// One mail, as [`list`].
pub(super) async fn get(tx: &mut Tx, tenant: Option<&TenantId>, id: &MailId) -> Result<Option<Stored>, DbError> {
    let statement = tenant.map_or_else(|| sql(GET_ANY), |tenant| sql(GET_OF).bind(tenant.as_str()));
    tx.optional(statement.bind(id.as_str())).await?.as_ref().map(from_row).transpose()
}

/// Forgets some of the mails written before. Answers whether there are more.
pub(super) async fn forget(tx: &mut Tx, before: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(DELETE_OLD).bind(before).bind(FORGET)).await? == u64::from(FORGET))
}

fn shortened(error: &str) -> String {
    error.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ERROR).collect()
}

fn from_row(row: &Row) -> Result<Stored, DbError> {
    Ok(Stored {
        id: row.get("id")?,
        tenant: row.get("tenant_id")?,
        recipient: row.get("recipient")?,
        template: row.get("template")?,
        variables: row.get("variables")?,
        sealed_link: row.get("sealed_link")?,
        state: row.parse("state")?,
        attempts: row.get("attempts")?,
        due_at: row.time_opt("due_at")?,
        error: row.get("error")?,
        created_at: row.time("created_at")?,
        finished_at: row.time_opt("finished_at")?,
    })
}
