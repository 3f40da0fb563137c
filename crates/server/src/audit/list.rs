//! Rows as people read them.

use std::collections::BTreeMap;

use millrace_audit::Row;
use millrace_clock::Timestamp;
use millrace_db::{DbError, TenantDb, sql};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::store;

const LIST: &str = "SELECT * FROM audit_log WHERE tenant_id = $1 AND seq < $2 AND ($3 IS NULL OR actor_id = $3) AND ($4 IS NULL OR action = $4 OR action LIKE $5 ESCAPE '!') \
    AND ($6 IS NULL OR resource_type = $6) AND ($7 IS NULL OR resource_id = $7) AND ($8 IS NULL OR at >= $8) AND ($9 IS NULL OR at < $9) \
    AND ($10 IS NULL OR request_id = $10) AND ($11 IS NULL OR outcome = $11) \
    AND ($12 IS NULL OR lower(action || ' ' || resource_id || ' ' || metadata || ' ' || COALESCE(personal, '') || ' ' || COALESCE(actor_id, '')) LIKE $12 ESCAPE '!') \
    ORDER BY seq DESC LIMIT $13";

/// Which rows to list.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    pub(super) actor: Option<String>,
    pub(super) action: Option<String>,
    pub(super) resource_type: Option<String>,
    pub(super) resource_id: Option<String>,
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
    pub(super) request_id: Option<String>,
    pub(super) outcome: Option<String>,
    pub(super) text: Option<String>,
    pub(super) before: Option<u64>,
    pub(super) limit: u32,
}

/// Who did it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ActorAnswer {
    /// `user`, `api_key` or `system`.
    #[serde(rename = "type")]
    kind: String,
    /// The user or key; null for the server itself.
    id: Option<String>,
    /// The session of a user.
    session_id: Option<String>,
}

/// What it was done to.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ResourceAnswer {
    /// The kind of thing.
    #[serde(rename = "type")]
    kind: String,
    /// Its id or name.
    id: String,
}

/// One row of the audit log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditRow {
    /// Its place in the workspace's chain.
    pub(super) seq: u64,
    /// When, RFC 3339.
    at: String,
    /// What happened: `workflow.deployed`.
    action: String,
    /// `success`, `failure` or `denied`.
    outcome: String,
    /// Who did it.
    actor: ActorAnswer,
    /// What it was done to.
    resource: ResourceAnswer,
    /// The user whom it concerns besides.
    person_id: Option<String>,
    /// The HTTP request that it was part of.
    request_id: Option<String>,
    /// Facts about it.
    #[schema(value_type = Object)]
    metadata: Value,
    /// Personal values: address, client, e-mail. Erased ones are null.
    personal: BTreeMap<String, Option<String>>,
    /// The row's hash, hex.
    hash: String,
}

impl AuditRow {
    /// What happened.
    pub(super) fn action(&self) -> &str {
        &self.action
    }
}

pub(super) async fn list(db: &TenantDb, tenant: &str, filter: &Filter) -> Result<Vec<AuditRow>, DbError> {
    let prefix = filter.action.as_deref().map(|noun| store::containing(&format!("{noun}.")).trim_start_matches('%').to_owned());
    let statement = sql(LIST)
        .bind(tenant)
        .bind(filter.before.map_or(i64::MAX, store::stored))
        .bind(filter.actor.clone())
        .bind(filter.action.clone())
        .bind(prefix)
        .bind(filter.resource_type.clone())
        .bind(filter.resource_id.clone())
        .bind(filter.from)
        .bind(filter.to)
        .bind(filter.request_id.clone())
        .bind(filter.outcome.clone())
        .bind(filter.text.as_deref().map(store::containing))
        .bind(filter.limit);
    db.read().await?.all(statement).await?.iter().map(answer).collect()
}

pub(super) fn answer(row: &millrace_db::Row) -> Result<AuditRow, DbError> {
    let (Row { seq, at, action, outcome, actor, resource, person, request_id, metadata, personal }, hash) = store::from_row(row)?;
    Ok(AuditRow {
        seq,
        at: at.to_string(),
        action,
        outcome,
        actor: ActorAnswer { kind: actor.kind, id: actor.id, session_id: actor.session },
        resource: ResourceAnswer { kind: resource.kind, id: resource.id },
        person_id: person,
        request_id,
        metadata: store::parse("metadata", metadata.get())?,
        personal: personal.into_iter().map(|(name, p)| (name, p.opening.map(|opening| opening.value))).collect(),
        hash: hex::encode(hash),
    })
}
