//! The SQL of charges.

use std::collections::HashMap;
use std::sync::Arc;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Sql, Tx, sql};
use millrace_ids::{TenantId, WorkflowId};
use serde_json::{Value, json};

use super::limits::UNITS_PER_CENT;
use super::memory::{Cap, Terms};
use super::price::price;

macro_rules! terms {
    ($ids:literal) => {
        concat!(
            "SELECT i.id, i.publisher_id, i.workflow_id, i.created_at, m.pricing_model, m.pricing_details, m.metadata, m.complexity_tier, c.cents AS cap, c.action AS cap_action, s.units AS spent \
             FROM installations i JOIN marketplace_integrations m ON m.id = i.workflow_id LEFT JOIN spend_caps c ON c.tenant_id = i.tenant_id \
             LEFT JOIN spend s ON s.tenant_id = i.tenant_id AND s.month = $2 \
             WHERE i.id ", $ids, " AND i.publisher_id IS NOT NULL AND i.publisher_id <> i.tenant_id"
        )
    };
}
const TERMS: Sql = Sql::pair(terms!("IN (SELECT value FROM json_each($1))"), terms!("= ANY(ARRAY(SELECT json_array_elements_text($1::json)))"));

/// In one order on PostgreSQL, so that two nodes wait for each other and never for one another.
const USE_FREE: Sql = Sql::pair(
    "INSERT INTO free_runs (tenant_id, installation_id, month, used) SELECT value->>'tenant_id', value->>'installation_id', value->>'month', value->>'used' FROM json_each($1) WHERE true \
     ON CONFLICT (tenant_id, installation_id, month) DO UPDATE SET used = free_runs.used + excluded.used RETURNING tenant_id, installation_id, used",
    "INSERT INTO free_runs (tenant_id, installation_id, month, used) SELECT tenant_id, installation_id, month, used \
     FROM json_to_recordset($1::json) AS u(tenant_id text, installation_id text, month bigint, used bigint) ORDER BY tenant_id, installation_id, month \
     ON CONFLICT (tenant_id, installation_id, month) DO UPDATE SET used = free_runs.used + excluded.used RETURNING tenant_id, installation_id, used",
);
/// In one order on PostgreSQL, as [`USE_FREE`].
const COUNT_VOLUME: Sql = Sql::pair(
    "INSERT INTO volume_runs (tenant_id, workflow_id, month, runs) SELECT value->>'tenant_id', value->>'workflow_id', value->>'month', value->>'runs' FROM json_each($1) WHERE true \
     ON CONFLICT (tenant_id, workflow_id, month) DO UPDATE SET runs = volume_runs.runs + excluded.runs RETURNING tenant_id, workflow_id, runs",
    "INSERT INTO volume_runs (tenant_id, workflow_id, month, runs) SELECT tenant_id, workflow_id, month, runs \
     FROM json_to_recordset($1::json) AS u(tenant_id text, workflow_id text, month bigint, runs bigint) ORDER BY tenant_id, workflow_id, month \
     ON CONFLICT (tenant_id, workflow_id, month) DO UPDATE SET runs = volume_runs.runs + excluded.runs RETURNING tenant_id, workflow_id, runs",
);
const CHARGE: Sql = Sql::pair(
    "INSERT INTO usage_charges (run_id, tenant_id, installation_id, workflow_id, developer_id, kind, units, list_units, currency, month, at) \
     SELECT value->>'run_id', value->>'tenant_id', value->>'installation_id', value->>'workflow_id', value->>'developer_id', value->>'kind', value->>'units', value->>'list_units', value->>'currency', \
       value->>'month', value->>'at' FROM json_each($1) WHERE true ON CONFLICT (run_id) DO NOTHING",
    "INSERT INTO usage_charges (run_id, tenant_id, installation_id, workflow_id, developer_id, kind, units, list_units, currency, month, at) \
     SELECT run_id, tenant_id, installation_id, workflow_id, developer_id, kind, units, list_units, currency, month, at FROM json_to_recordset($1::json) \
       AS u(run_id text, tenant_id text, installation_id text, workflow_id text, developer_id text, kind text, units bigint, list_units bigint, currency text, month bigint, at bigint) \
     ON CONFLICT (run_id) DO NOTHING",
);
const SPEND: Sql = Sql::pair(
    "INSERT INTO spend (tenant_id, month, units) SELECT value->>'tenant_id', value->>'month', value->>'units' FROM json_each($1) WHERE true \
     ON CONFLICT (tenant_id, month) DO UPDATE SET units = spend.units + excluded.units RETURNING tenant_id, units, told_cents",
    "INSERT INTO spend (tenant_id, month, units) SELECT tenant_id, month, units FROM json_to_recordset($1::json) AS u(tenant_id text, month bigint, units bigint) ORDER BY tenant_id, month \
     ON CONFLICT (tenant_id, month) DO UPDATE SET units = spend.units + excluded.units RETURNING tenant_id, units, told_cents",
);

const USED: &str = "SELECT used FROM free_runs WHERE tenant_id = $1 AND installation_id = $2 AND month = $3";
const INSTALLATIONS: &str = "SELECT i.id, i.name, i.created_at, m.pricing_model, m.pricing_details, m.metadata, m.complexity_tier, i.publisher_id FROM installations i \
    LEFT JOIN marketplace_integrations m ON m.id = i.workflow_id WHERE i.tenant_id = $1 AND i.workflow_id = $2 ORDER BY i.id LIMIT 1000";
const CHARGED: &str = "SELECT installation_id, kind, count(*) AS runs, CAST(sum(units) AS BIGINT) AS units, \
      CAST(sum(coalesce(list_units, units)) AS BIGINT) AS list_units FROM usage_charges WHERE tenant_id = $1 AND month = $2 AND workflow_id = $3 \
    GROUP BY installation_id, kind ORDER BY installation_id, kind";
const VOLUME: &str = "SELECT runs FROM volume_runs WHERE tenant_id = $1 AND workflow_id = $2 AND month = $3";
const SPENT: &str = "SELECT units FROM spend WHERE tenant_id = $1 AND month = $2";
const TELL: &str = "UPDATE spend SET told_cents = $3 WHERE tenant_id = $1 AND month = $2 AND (told_cents IS NULL OR told_cents <> $3)";
const WORKSPACE: &str = "SELECT name FROM tenants WHERE id = $1";
const CAP: &str = "SELECT cents, action FROM spend_caps WHERE tenant_id = $1";
const SET_CAP: &str = "INSERT INTO spend_caps (tenant_id, cents, action, updated_at) VALUES ($1, $2, $3, $4) \
    ON CONFLICT (tenant_id) DO UPDATE SET cents = excluded.cents, action = excluded.action, updated_at = excluded.updated_at";
const DROP_CAP: &str = "DELETE FROM spend_caps WHERE tenant_id = $1";

/// The month of an instant, as 202601.
pub(super) fn month(at: Timestamp) -> i64 {
    let date = at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).date();
    i64::from(date.year()) * 100 + i64::from(date.month())
}

/// What runs of those of these installations cost that are of another workspace's priced workflow.
pub(super) async fn terms(tx: &mut Tx, installations: &[&str], now: Timestamp) -> Result<HashMap<String, Arc<Terms>>, DbError> {
    let rows = tx.all(sql(TERMS).bind(json!(installations).to_string()).bind(month(now))).await?;
    let mut found = HashMap::new();
    for row in &rows {
        let Some(price) = price_of(row)? else { continue };
        let stops = row.get::<Option<String>>("cap_action")?.as_deref() == Some("stop");
        let cap = row.get::<Option<i64>>("cap")?.map(|cents| Cap { cents, stops });
        let spent = row.get::<Option<i64>>("spent")?.unwrap_or(0);
        let terms = Terms { developer: row.get("publisher_id")?, workflow: row.get("workflow_id")?, installed_at: row.time("created_at")?, price, cap, spent };
        found.insert(row.get("id")?, Arc::new(terms));
    }
    Ok(found)
}

fn price_of(row: &Row) -> Result<Option<super::price::Price>, DbError> {
    let Some(model) = row.get::<Option<String>>("pricing_model")? else { return Ok(None) };
    let read = |column: &str| Ok::<Value, DbError>(row.get::<Option<String>>(column)?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default());
    Ok(price(&model, &read("pricing_details")?, &read("metadata")?, row.get::<Option<String>>("complexity_tier")?.as_deref()))
}

/// Takes free runs: `rows` are `{tenant_id, installation_id, month, used}`. Answers what was used in all since, by workspace and
/// installation.
pub(super) async fn use_free(tx: &mut Tx, rows: &[Value]) -> Result<HashMap<(String, String), i64>, DbError> {
    let found = tx.all(sql(USE_FREE).bind(Value::from(rows.to_vec()).to_string())).await?;
    found.iter().map(|row| Ok(((row.get("tenant_id")?, row.get("installation_id")?), row.get("used")?))).collect()
}

/// Counts paid runs: `rows` are `{tenant_id, workflow_id, month, runs}`. Answers how many there were in all since, by workspace and workflow.
pub(super) async fn count_volume(tx: &mut Tx, rows: &[Value]) -> Result<HashMap<(String, String), i64>, DbError> {
    let found = tx.all(sql(COUNT_VOLUME).bind(Value::from(rows.to_vec()).to_string())).await?;
    found.iter().map(|row| Ok(((row.get("tenant_id")?, row.get("workflow_id")?), row.get("runs")?))).collect()
}

/// Paid runs of a workflow with discounts that a workspace had in a month.
pub(super) async fn volume(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId, month: i64) -> Result<i64, DbError> {
    Ok(tx.optional(sql(VOLUME).bind(tenant.as_str()).bind(workflow.as_str()).bind(month)).await?.map(|row| row.get("runs")).transpose()?.unwrap_or(0))
}

/// Writes charges; one that is there stays as it is.
pub(super) async fn charge(tx: &mut Tx, rows: Vec<Value>) -> Result<(), DbError> {
    tx.execute(sql(CHARGE).bind(Value::from(rows).to_string())).await.map(drop)
}

/// What a workspace has spent in a month.
pub(super) struct Spent {
    pub(super) tenant: TenantId,
    pub(super) units: i64,
    /// The cap about which its owners were told.
    pub(super) told: Option<i64>,
}

impl Spent {
    /// Whether the owners are to be told that it is as much as this cap.
    pub(super) fn is_to_be_told(&self, cap: Cap) -> bool {
        self.units >= cap.cents.saturating_mul(UNITS_PER_CENT) && self.told != Some(cap.cents)
    }
}

/// Adds to what workspaces have spent: `{tenant_id, month, units}`. Answers what it is now.
pub(super) async fn spend(tx: &mut Tx, rows: Vec<Value>) -> Result<Vec<Spent>, DbError> {
    let rows = tx.all(sql(SPEND).bind(Value::from(rows).to_string())).await?;
    rows.iter().map(|row| Ok(Spent { tenant: row.get("tenant_id")?, units: row.get("units")?, told: row.get("told_cents")? })).collect()
}

/// Notes that the owners are told about a cap in a month. Answers whether they were not before.
pub(super) async fn tell(tx: &mut Tx, tenant: &TenantId, month: i64, cents: i64) -> Result<bool, DbError> {
    Ok(tx.execute(sql(TELL).bind(tenant.as_str()).bind(month).bind(cents)).await? == 1)
}

/// What a workspace is called.
pub(super) async fn workspace(tx: &mut Tx, tenant: &TenantId) -> Result<String, DbError> {
    tx.one(sql(WORKSPACE).bind(tenant.as_str())).await?.get("name")
}

/// Free runs that were used, which may be more than there were.
pub(super) async fn used(tx: &mut Tx, tenant: &TenantId, installation: &str, month: i64) -> Result<i64, DbError> {
    Ok(tx.optional(sql(USED).bind(tenant.as_str()).bind(installation).bind(month)).await?.map(|row| row.get("used")).transpose()?.unwrap_or(0))
}

/// An installation with its price.
pub(super) struct Installed {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) created_at: Timestamp,
    /// None: its runs cost nothing.
    pub(super) price: Option<super::price::Price>,
}

/// A workspace's installations of a workflow.
pub(super) async fn installed(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId) -> Result<Vec<Installed>, DbError> {
    let rows = tx.all(sql(INSTALLATIONS).bind(tenant.as_str()).bind(workflow.as_str())).await?;
    let read = |row: &Row| {
        let publisher: Option<String> = row.get("publisher_id")?;
        let is_foreign = publisher.is_some_and(|one| one != tenant.as_str());
        let price = if is_foreign { price_of(row)? } else { None };
        Ok(Installed { id: row.get("id")?, name: row.get("name")?, created_at: row.time("created_at")?, price })
    };
    rows.iter().map(read).collect()
}

/// A month's charges of one kind.
pub(super) struct Charged {
    pub(super) kind: String,
    pub(super) runs: i64,
    pub(super) units: i64,
    /// What they would have cost without discounts.
    pub(super) list_units: i64,
}

/// A month's charges of a workflow, by installation and kind.
pub(super) async fn charged(tx: &mut Tx, tenant: &TenantId, month: i64, workflow: &WorkflowId) -> Result<HashMap<String, Vec<Charged>>, DbError> {
    let mut all: HashMap<String, Vec<Charged>> = HashMap::new();
    for row in tx.all(sql(CHARGED).bind(tenant.as_str()).bind(month).bind(workflow.as_str())).await? {
        all.entry(row.get("installation_id")?).or_default().push(Charged { kind: row.get("kind")?, runs: row.get("runs")?, units: row.get("units")?, list_units: row.get("list_units")? });
    }
    Ok(all)
}

/// What a workspace has spent in a month.
pub(super) async fn spent(tx: &mut Tx, tenant: &TenantId, month: i64) -> Result<i64, DbError> {
    Ok(tx.optional(sql(SPENT).bind(tenant.as_str()).bind(month)).await?.map(|row| row.get("units")).transpose()?.unwrap_or(0))
}

/// Where a workspace wants to stop.
pub(super) async fn cap(tx: &mut Tx, tenant: &TenantId) -> Result<Option<Cap>, DbError> {
    let row = tx.optional(sql(CAP).bind(tenant.as_str())).await?;
    row.map(|row| Ok(Cap { cents: row.get("cents")?, stops: row.get::<String>("action")? == "stop" })).transpose()
}

/// Decides where a workspace wants to stop; none: nowhere.
pub(super) async fn set_cap(tx: &mut Tx, tenant: &TenantId, cap: Option<Cap>, now: Timestamp) -> Result<(), DbError> {
    let query = match cap {
        Some(cap) => sql(SET_CAP).bind(tenant.as_str()).bind(cap.cents).bind(if cap.stops { "stop" } else { "warn" }).bind(now),
        None => sql(DROP_CAP).bind(tenant.as_str()),
    };
    tx.execute(query).await.map(drop)
}
