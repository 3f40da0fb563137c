//! SQL of quotas.

use std::collections::HashMap;

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Row, Sql, TenantDb, Tx, sql};
use millrace_ids::TenantId;
use serde_json::json;

use super::limits::OVERRIDES;
use super::{Limits, Use};

const ALL: &str = "SELECT * FROM tenant_limits LIMIT $1";
const GET: &str = "SELECT * FROM tenant_limits WHERE tenant_id = $1";
const EXISTS: &str = "SELECT id FROM tenants WHERE id = $1";
const PUT: &str = "INSERT INTO tenant_limits (tenant_id, concurrent_runs, queued_runs, runs_per_minute, webhooks_per_minute, log_lines_per_run, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id) DO UPDATE SET \
    concurrent_runs = $2, queued_runs = $3, runs_per_minute = $4, webhooks_per_minute = $5, log_lines_per_run = $6, updated_at = $7";
const ALL_BYTES: &str = "SELECT tenant_id, stored_bytes, run_bytes FROM tenant_byte_limits LIMIT $1";
const GET_BYTES: &str = "SELECT tenant_id, stored_bytes, run_bytes FROM tenant_byte_limits WHERE tenant_id = $1";
const PUT_BYTES: &str = "INSERT INTO tenant_byte_limits (tenant_id, stored_bytes, run_bytes, updated_at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (tenant_id) DO UPDATE SET stored_bytes = $2, run_bytes = $3, updated_at = $4";
/// Neither database reads the values for this: their lengths stand before them.
const STORED: &str = "SELECT (SELECT COALESCE(SUM(octet_length(key) + octet_length(value)), 0) FROM storage WHERE tenant_id = $1) \
    + (SELECT COALESCE(SUM(octet_length(key) + octet_length(value)), 0) FROM kv WHERE tenant_id = $1) AS n";
const JOURNALED: &str = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS n FROM tenant_journal_bytes WHERE tenant_id = $1";
/// In one order on PostgreSQL, so that two nodes wait for each other and never for one another.
const ADD_JOURNALED: Sql = Sql::pair(
    "INSERT INTO tenant_journal_bytes (tenant_id, day, bytes) SELECT value->>'tenant_id', $2, value->>'bytes' FROM json_each($1) WHERE true \
     ON CONFLICT (tenant_id, day) DO UPDATE SET bytes = tenant_journal_bytes.bytes + excluded.bytes",
    "INSERT INTO tenant_journal_bytes (tenant_id, day, bytes) SELECT tenant_id, $2, bytes FROM json_to_recordset($1::json) AS u(tenant_id text, bytes bigint) \
     ORDER BY tenant_id ON CONFLICT (tenant_id, day) DO UPDATE SET bytes = tenant_journal_bytes.bytes + excluded.bytes",
);
const FORGET_JOURNALED: &str = "DELETE FROM tenant_journal_bytes WHERE day < $1";
/// Up to a bound, so that a look at a long queue costs no more than its limit.
const QUEUED: &str = "SELECT count(*) AS n FROM (SELECT 1 AS one FROM runs WHERE tenant_id = $1 AND state = 'queued' LIMIT $2) AS queued";
const RUNNING: &str = "SELECT count(*) AS n FROM runs WHERE state = 'running' AND tenant_id = $1";

/// What the operator decided, by workspace.
pub async fn all(db: &Db) -> Result<HashMap<TenantId, Limits>, DbError> {
    let mut tx = db.read().await?;
    let mut all: HashMap<TenantId, Limits> = HashMap::new();
    for row in tx.all(sql(ALL).bind(OVERRIDES)).await? {
        all.insert(row.get("tenant_id")?, limits(&row)?);
    }
    for row in tx.all(sql(ALL_BYTES).bind(OVERRIDES)).await? {
        byte_limits(&row, all.entry(row.get("tenant_id")?).or_default())?;
    }
    Ok(all)
}

/// What the operator decided for a workspace.
pub async fn get(tx: &mut Tx, tenant: &TenantId) -> Result<Option<Limits>, DbError> {
    let mut found = tx.optional(sql(GET).bind(tenant.as_str())).await?.as_ref().map(limits).transpose()?;
    if let Some(row) = tx.optional(sql(GET_BYTES).bind(tenant.as_str())).await? {
        byte_limits(&row, found.get_or_insert_default())?;
    }
    Ok(found)
}

/// Whether there is such a workspace.
pub async fn exists(tx: &mut Tx, tenant: &TenantId) -> Result<bool, DbError> {
    Ok(tx.optional(sql(EXISTS).bind(tenant.as_str())).await?.is_some())
}

/// Replaces what was decided for a workspace.
pub async fn put(tx: &mut Tx, tenant: &TenantId, limits: &Limits, now: Timestamp) -> Result<(), DbError> {
    let number = |limit: Option<u64>| limit.map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    let query = sql(PUT)
        .bind(tenant.as_str())
        .bind(number(limits.concurrent_runs))
        .bind(number(limits.queued_runs))
        .bind(number(limits.runs_per_minute))
        .bind(number(limits.webhooks_per_minute))
        .bind(number(limits.log_lines_per_run))
        .bind(now);
    tx.execute(query).await?;
    tx.execute(sql(PUT_BYTES).bind(tenant.as_str()).bind(number(limits.stored_bytes)).bind(number(limits.run_bytes)).bind(now)).await?;
    Ok(())
}

/// Runs in a workspace's queue, counted up to `most`.
pub async fn queued(db: &TenantDb, tenant: &TenantId, most: u64) -> Result<u64, DbError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    count(db.optional(sql(QUEUED).bind(tenant.as_str()).bind(most)).await?)
}

/// Bytes of keys and values in a workspace's `storage` and `env.KV`.
pub async fn stored(db: &TenantDb, tenant: &TenantId) -> Result<u64, DbError> {
    count(db.optional(sql(STORED).bind(tenant.as_str())).await?)
}

/// Bytes that a workspace's runs have journaled, as far as they were added up.
pub async fn journaled(db: &TenantDb, tenant: &TenantId) -> Result<u64, DbError> {
    count(db.optional(sql(JOURNALED).bind(tenant.as_str())).await?)
}

/// Adds what runs wrote on a day, and forgets days before `forget`.
pub async fn add_journaled(db: &Db, by_tenant: &HashMap<TenantId, u64>, day: i64, forget: i64) -> Result<(), DbError> {
    let rows: Vec<_> = by_tenant.iter().map(|(tenant, bytes)| json!({"tenant_id": tenant, "bytes": bytes})).collect();
    let mut tx = db.begin().await?;
    tx.execute(sql(ADD_JOURNALED).bind(json!(rows).to_string()).bind(day)).await?;
    tx.execute(sql(FORGET_JOURNALED).bind(forget)).await?;
    tx.commit().await
}

/// What a workspace uses, bytes left out.
pub async fn usage(db: &TenantDb, tenant: &TenantId, most: u64) -> Result<Use, DbError> {
    let running = count(db.optional(sql(RUNNING).bind(tenant.as_str())).await?)?;
    Ok(Use { running, queued: queued(db, tenant, most).await?, ..Use::default() })
}

fn count(row: Option<Row>) -> Result<u64, DbError> {
    let n = row.map(|r| r.get::<i64>("n")).transpose()?.unwrap_or(0);
    Ok(u64::try_from(n).unwrap_or(0))
}

fn number(row: &Row, column: &str) -> Result<Option<u64>, DbError> {
    Ok(row.get::<Option<i64>>(column)?.and_then(|n| u64::try_from(n).ok()))
}

fn byte_limits(row: &Row, limits: &mut Limits) -> Result<(), DbError> {
    limits.stored_bytes = number(row, "stored_bytes")?;
    limits.run_bytes = number(row, "run_bytes")?;
    Ok(())
}

fn limits(row: &Row) -> Result<Limits, DbError> {
    let number = |column: &str| number(row, column);
    Ok(Limits {
        concurrent_runs: number("concurrent_runs")?,
        queued_runs: number("queued_runs")?,
        runs_per_minute: number("runs_per_minute")?,
        webhooks_per_minute: number("webhooks_per_minute")?,
        log_lines_per_run: number("log_lines_per_run")?,
        ..Limits::default()
    })
}
