//! The SQL of the outbox.

use millrace_clock::Timestamp;
use millrace_db::{DbError, Tx, sql};
use millrace_ids::{MailId, TenantId};

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
/// Wakes the nodes that send; delivered by PostgreSQL when the transaction commits.
const TELL: &str = "SELECT pg_notify('millrace_mail', '')";

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

pub(super) async fn tell(tx: &mut Tx) -> Result<(), DbError> {
    tx.execute(sql(TELL)).await.map(drop)
}
