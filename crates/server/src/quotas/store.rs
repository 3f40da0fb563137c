//! SQL of quotas.

use std::collections::HashMap;

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Row, Tx, sql};
use millrace_ids::TenantId;

use super::limits::OVERRIDES;
use super::{Limits, Use};

const ALL: &str = "SELECT * FROM tenant_limits LIMIT $1";
const GET: &str = "SELECT * FROM tenant_limits WHERE tenant_id = $1";
const EXISTS: &str = "SELECT id FROM tenants WHERE id = $1";
const PUT: &str = "INSERT INTO tenant_limits (tenant_id, concurrent_runs, queued_runs, runs_per_minute, webhooks_per_minute, log_lines_per_run, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant_id) DO UPDATE SET \
    concurrent_runs = $2, queued_runs = $3, runs_per_minute = $4, webhooks_per_minute = $5, log_lines_per_run = $6, updated_at = $7";
/// Up to a bound, so that a look at a long queue costs no more than its limit.
const QUEUED: &str = "SELECT count(*) AS n FROM (SELECT 1 AS one FROM runs WHERE tenant_id = $1 AND state = 'queued' LIMIT $2) AS queued";
const RUNNING: &str = "SELECT count(*) AS n FROM runs WHERE state = 'running' AND tenant_id = $1";

/// What the operator decided, by workspace.
pub async fn all(db: &Db) -> Result<HashMap<TenantId, Limits>, DbError> {
    let mut tx = db.read().await?;
    let rows = tx.all(sql(ALL).bind(OVERRIDES)).await?;
    rows.iter().map(|row| Ok((row.get("tenant_id")?, limits(row)?))).collect()
}

/// What the operator decided for a workspace.
pub async fn get(tx: &mut Tx, tenant: &TenantId) -> Result<Option<Limits>, DbError> {
    tx.optional(sql(GET).bind(tenant.as_str())).await?.as_ref().map(limits).transpose()
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
    Ok(())
}

/// Runs in a workspace's queue, counted up to `most`.
pub async fn queued(db: &Db, tenant: &TenantId, most: u64) -> Result<u64, DbError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    count(db.optional(sql(QUEUED).bind(tenant.as_str()).bind(most)).await?)
}

/// What a workspace uses.
pub async fn usage(db: &Db, tenant: &TenantId, most: u64) -> Result<Use, DbError> {
    let running = count(db.optional(sql(RUNNING).bind(tenant.as_str())).await?)?;
    Ok(Use { running, queued: queued(db, tenant, most).await? })
}

fn count(row: Option<Row>) -> Result<u64, DbError> {
    let n = row.map(|r| r.get::<i64>("n")).transpose()?.unwrap_or(0);
    Ok(u64::try_from(n).unwrap_or(0))
}

fn limits(row: &Row) -> Result<Limits, DbError> {
    let number = |column: &str| -> Result<Option<u64>, DbError> { Ok(row.get::<Option<i64>>(column)?.and_then(|n| u64::try_from(n).ok())) };
    Ok(Limits {
        concurrent_runs: number("concurrent_runs")?,
        queued_runs: number("queued_runs")?,
        runs_per_minute: number("runs_per_minute")?,
        webhooks_per_minute: number("webhooks_per_minute")?,
        log_lines_per_run: number("log_lines_per_run")?,
    })
}
