//! The SQL of alerts.

use std::time::Duration;

use millrace_clock::Timestamp;
use millrace_db::{Db, DbError, Query, Row, Sql, Tx, sql};
use millrace_ids::{AlertChannelId, AlertDeliveryId, AlertId, TenantId, WorkflowId};

use super::limits::{ERROR, FORGET, KEPT};
use super::model::{Channel, Rule, Settings, State};

const INSERT: &str = "INSERT INTO alert_rules (id, tenant_id, workflow_id, everywhere, source, name, condition, window_us, cooldown_us, min_runs, enabled, state, every_us, due_at, created_at, updated_at) \
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'resolved', $12, $13, $14, $14)";
/// One that is switched off does not fire any more, and nobody is told so.
const UPDATE: &str = "UPDATE alert_rules SET name = $3, condition = $4, window_us = $5, cooldown_us = $6, min_runs = $7, enabled = $8, every_us = $9, due_at = $10, updated_at = $11, \
    state = CASE WHEN $8 THEN state ELSE 'resolved' END WHERE tenant_id = $1 AND id = $2";
const DELETE: &str = "DELETE FROM alert_rules WHERE tenant_id = $1 AND id = $2";
const LIST: &str = "SELECT * FROM alert_rules WHERE tenant_id = $1 AND workflow_id = $2 ORDER BY id DESC LIMIT 1000";
const GET: &str = "SELECT * FROM alert_rules WHERE tenant_id = $1 AND workflow_id = $2 AND id = $3";
const COUNT: &str = "SELECT count(*) AS n FROM alert_rules WHERE tenant_id = $1 AND workflow_id = $2 AND source = 'api'";
const CHANNELS: &str = "SELECT * FROM alert_channels WHERE tenant_id = $1 AND rule_id IN (SELECT id FROM alert_rules WHERE tenant_id = $1 AND workflow_id = $2) ORDER BY id";
const CHANNELS_OF: &str = "SELECT * FROM alert_channels WHERE tenant_id = $1 AND rule_id = $2 ORDER BY id";
const INSERT_CHANNEL: &str = "INSERT INTO alert_channels (id, tenant_id, rule_id, kind, host, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
const DELETE_CHANNEL: &str = "DELETE FROM alert_channels WHERE tenant_id = $1 AND id = $2";

const NEXT_DUE: &str = "SELECT min(due_at) AS due_at FROM (SELECT min(due_at) AS due_at FROM alert_rules WHERE due_at IS NOT NULL \
    UNION ALL SELECT min(due_at) AS due_at FROM alert_deliveries WHERE due_at IS NOT NULL) AS due";
const CLAIM: Sql = Sql::pair(
    "UPDATE alert_rules SET due_at = $1 + every_us WHERE id IN (SELECT id FROM alert_rules WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at, id LIMIT $2) RETURNING *",
    "UPDATE alert_rules SET due_at = $1 + every_us WHERE id IN (SELECT id FROM alert_rules WHERE due_at IS NOT NULL AND due_at <= $1 ORDER BY due_at, id LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING *",
);
const LOOKED: Sql = Sql::pair(
    "UPDATE alert_rules SET looked_at = $2 WHERE id IN (SELECT value FROM json_each($1))",
    "UPDATE alert_rules SET looked_at = $2 WHERE id = ANY(ARRAY(SELECT json_array_elements_text($1::json)))",
);
/// Of two who look at once one turns it.
const TURN: &str = "UPDATE alert_rules SET state = $2, value = $3, changed_at = $4 WHERE id = $1 AND state <> $2 AND enabled AND updated_at = $5";
const WORKFLOW: &str = "SELECT name FROM workflows WHERE id = $1";

const QUEUE: &str = "INSERT INTO alert_deliveries (id, tenant_id, channel_id, body, state, attempts, due_at, created_at) VALUES ($1, $2, $3, $4, 'queued', 0, $5, $5)";
const TAKE: Sql = Sql::pair(
    "UPDATE alert_deliveries SET due_at = $3, claimed_by = $1, attempts = attempts + 1 WHERE id IN \
       (SELECT id FROM alert_deliveries WHERE due_at IS NOT NULL AND due_at <= $2 ORDER BY due_at, id LIMIT $4)",
    "UPDATE alert_deliveries SET due_at = $3, claimed_by = $1, attempts = attempts + 1 WHERE id IN \
       (SELECT id FROM alert_deliveries WHERE due_at IS NOT NULL AND due_at <= $2 ORDER BY due_at, id LIMIT $4 FOR UPDATE SKIP LOCKED)",
);
const TAKEN: &str = "SELECT d.id, d.tenant_id, d.channel_id, d.body, d.attempts, c.sealed FROM alert_deliveries d JOIN alert_channels c ON c.id = d.channel_id \
    WHERE d.claimed_by = $1 AND d.due_at = $2 ORDER BY d.id";
const SETTLE: &str = "UPDATE alert_deliveries SET state = $3, due_at = $4, claimed_by = NULL, error = $5, finished_at = $6 WHERE id = $1 AND claimed_by = $2";
const NOTE: &str = "UPDATE alert_channels SET delivered_at = COALESCE($2, delivered_at), error = $3 WHERE id = $1";
const DELETE_OLD: &str = "DELETE FROM alert_deliveries WHERE id IN (SELECT id FROM alert_deliveries WHERE created_at < $1 AND due_at IS NULL LIMIT $2)";

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// Writes a rule; it is looked at at once.
pub(super) async fn insert(tx: &mut Tx, rule: &Rule) -> Result<(), DbError> {
    let query = sql(INSERT).bind(rule.id.as_str()).bind(rule.tenant.as_str()).bind(rule.workflow.as_str()).bind(rule.everywhere).bind(rule.source.as_str());
    tx.execute(settings(query, &rule.settings, rule.created_at)).await.map(drop)
}

/// Changes a rule; it is looked at at once.
pub(super) async fn update(tx: &mut Tx, tenant: &TenantId, id: &AlertId, set: &Settings, now: Timestamp) -> Result<bool, DbError> {
    let query = settings(sql(UPDATE).bind(tenant.as_str()).bind(id.as_str()), set, now);
    Ok(tx.execute(query).await? == 1)
}

/// The members that both statements set, in their order.
fn settings(query: Query, set: &Settings, now: Timestamp) -> Query {
    query
        .bind(&set.name)
        .bind(set.condition.to_string())
        .bind(micros(set.window))
        .bind(micros(set.cooldown))
        .bind(set.min_runs)
        .bind(set.enabled)
        .bind(micros(set.every()))
        .bind(set.enabled.then_some(now))
        .bind(now)
}

/// Forgets a rule with its channels and what is on its way.
pub(super) async fn delete(tx: &mut Tx, tenant: &TenantId, id: &AlertId) -> Result<bool, DbError> {
    Ok(tx.execute(sql(DELETE).bind(tenant.as_str()).bind(id.as_str())).await? == 1)
}

/// A workspace's rules about a workflow, newest first.
pub(super) async fn list(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId) -> Result<Vec<Rule>, DbError> {
    tx.all(sql(LIST).bind(tenant.as_str()).bind(workflow.as_str())).await?.iter().map(rule).collect()
}

/// One of them.
pub(super) async fn get(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId, id: &AlertId) -> Result<Option<Rule>, DbError> {
    tx.optional(sql(GET).bind(tenant.as_str()).bind(workflow.as_str()).bind(id.as_str())).await?.as_ref().map(rule).transpose()
}

/// How many somebody has set.
pub(super) async fn count(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId) -> Result<i64, DbError> {
    tx.one(sql(COUNT).bind(tenant.as_str()).bind(workflow.as_str())).await?.get("n")
}

/// The channels of all rules of a workspace about a workflow.
pub(super) async fn channels(tx: &mut Tx, tenant: &TenantId, workflow: &WorkflowId) -> Result<Vec<Channel>, DbError> {
    tx.all(sql(CHANNELS).bind(tenant.as_str()).bind(workflow.as_str())).await?.iter().map(channel).collect()
}

/// The channels of a rule.
pub(super) async fn channels_of(tx: &mut Tx, tenant: &TenantId, id: &AlertId) -> Result<Vec<Channel>, DbError> {
    tx.all(sql(CHANNELS_OF).bind(tenant.as_str()).bind(id.as_str())).await?.iter().map(channel).collect()
}

/// Writes a channel.
pub(super) async fn insert_channel(tx: &mut Tx, tenant: &TenantId, one: &Channel, now: Timestamp) -> Result<(), DbError> {
    let query = sql(INSERT_CHANNEL).bind(one.id.as_str()).bind(tenant.as_str()).bind(one.rule.as_str()).bind(one.kind.as_str());
    tx.execute(query.bind(one.host.as_deref()).bind(one.sealed.as_deref()).bind(now)).await.map(drop)
}

/// Forgets a channel with what is on its way to it.
pub(super) async fn delete_channel(tx: &mut Tx, tenant: &TenantId, id: &AlertChannelId) -> Result<(), DbError> {
    tx.execute(sql(DELETE_CHANNEL).bind(tenant.as_str()).bind(id.as_str())).await.map(drop)
}

/// When something is to be done next, in one statement without a transaction.
pub(super) async fn next_due(db: &Db) -> Result<Option<Timestamp>, DbError> {
    db.optional(sql(NEXT_DUE)).await?.map_or(Ok(None), |row| row.time_opt("due_at"))
}

/// Takes the turn of rules that are due, of whatever workspace: nobody else looks at them until their next one.
pub(super) async fn claim(tx: &mut Tx, now: Timestamp, most: u32) -> Result<Vec<Rule>, DbError> {
    let readable = |row: &Row| rule(row).inspect_err(|error| tracing::warn!(%error, "a rule of another release is left to it")).ok();
    Ok(tx.all(sql(CLAIM).bind(now).bind(most)).await?.iter().filter_map(readable).collect())
}

/// Notes until when these rules were looked at.
pub(super) async fn looked(tx: &mut Tx, rules: &[&AlertId], now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(LOOKED).bind(serde_json::json!(rules).to_string()).bind(now)).await.map(drop)
}

/// Turns a rule's state, unless somebody else did, or changed the rule.
pub(super) async fn turn(tx: &mut Tx, rule: &Rule, to: State, found: Option<f64>, now: Timestamp) -> Result<bool, DbError> {
    Ok(tx.execute(sql(TURN).bind(rule.id.as_str()).bind(to.as_str()).bind(found).bind(now).bind(rule.updated_at)).await? == 1)
}

/// What a workflow is called, if it is still there.
pub(super) async fn workflow_name(tx: &mut Tx, workflow: &WorkflowId) -> Result<Option<String>, DbError> {
    tx.optional(sql(WORKFLOW).bind(workflow.as_str())).await?.map(|row| row.get("name")).transpose()
}

/// Puts a message on its way.
pub(super) async fn queue(tx: &mut Tx, tenant: &TenantId, channel: &AlertChannelId, id: &AlertDeliveryId, body: &str, now: Timestamp) -> Result<(), DbError> {
    tx.execute(sql(QUEUE).bind(id.as_str()).bind(tenant.as_str()).bind(channel.as_str()).bind(body).bind(now)).await.map(drop)
}

/// A message that is to be sent.
pub(super) struct Outgoing {
    pub(super) id: AlertDeliveryId,
    pub(super) tenant: TenantId,
    pub(super) channel: AlertChannelId,
    pub(super) sealed: Option<String>,
    pub(super) body: String,
    pub(super) attempts: i64,
}

/// Takes messages that are due; nobody else gets them before `until`.
pub(super) async fn take(tx: &mut Tx, me: &str, now: Timestamp, until: Timestamp, most: u32) -> Result<Vec<Outgoing>, DbError> {
    if tx.execute(sql(TAKE).bind(me).bind(now).bind(until).bind(most)).await? == 0 {
        return Ok(Vec::new());
    }
    let read = |row: &Row| {
        Ok(Outgoing {
            id: row.get("id")?,
            tenant: row.get("tenant_id")?,
            channel: row.get("channel_id")?,
            sealed: row.get("sealed")?,
            body: row.get("body")?,
            attempts: row.get("attempts")?,
        })
    };
    tx.all(sql(TAKEN).bind(me).bind(until)).await?.iter().map(read).collect()
}

/// What became of an attempt: `again` is when to try again, if ever. Answers whether the message was still ours.
pub(super) async fn settle(tx: &mut Tx, one: &Outgoing, me: &str, again: Option<Timestamp>, error: Option<&str>, now: Timestamp) -> Result<bool, DbError> {
    let state = match (again, error) {
        (Some(_), _) => "queued",
        (None, Some(_)) => "failed",
        (None, None) => "sent",
    };
    let error = error.map(|text| text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(ERROR).collect::<String>());
    let query = sql(SETTLE).bind(one.id.as_str()).bind(me).bind(state).bind(again).bind(error.as_deref()).bind(again.is_none().then_some(now));
    if tx.execute(query).await? == 0 {
        return Ok(false);
    }
    tx.execute(sql(NOTE).bind(one.channel.as_str()).bind((state == "sent").then_some(now)).bind(error)).await?;
    Ok(true)
}

/// Forgets messages that ended a while ago.
///
/// # Errors
/// The database failed.
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

fn rule(row: &Row) -> Result<Rule, DbError> {
    let time = |column: &str| Ok::<Duration, DbError>(Duration::from_micros(u64::try_from(row.get::<i64>(column)?).unwrap_or_default()));
    Ok(Rule {
        id: row.get("id")?,
        tenant: row.get("tenant_id")?,
        workflow: row.get("workflow_id")?,
        everywhere: row.get("everywhere")?,
        source: row.parse("source")?,
        settings: Settings {
            name: row.get("name")?,
            condition: row.parse("condition")?,
            window: time("window_us")?,
            cooldown: time("cooldown_us")?,
            min_runs: row.get("min_runs")?,
            enabled: row.get("enabled")?,
        },
        state: row.parse("state")?,
        value: row.get("value")?,
        changed_at: row.time_opt("changed_at")?,
        looked_at: row.time_opt("looked_at")?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
    })
}

fn channel(row: &Row) -> Result<Channel, DbError> {
    Ok(Channel {
        id: row.get("id")?,
        rule: row.get("rule_id")?,
        kind: row.parse("kind")?,
        host: row.get("host")?,
        sealed: row.get("sealed")?,
        delivered_at: row.time_opt("delivered_at")?,
        error: row.get("error")?,
    })
}
