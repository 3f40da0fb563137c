//! What the runs of many rules' windows came to, in one statement for all of them.

use std::collections::HashMap;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Sql, Tx, sql};
use millrace_ids::AlertId;
use serde_json::{Value, json};

use super::condition::Metric;
use super::limits::{FINAL, MISSED};
use super::model::{Ends, Rule};

macro_rules! asked {
    (sqlite) => {
        "(SELECT value->>'rule' AS rule, value->>'workflow' AS workflow, value->>'tenant' AS tenant, value->>'since' AS since FROM json_each($1)) q"
    };
    (postgres) => {
        "json_to_recordset($1::json) AS q(rule text, workflow text, tenant text, since bigint)"
    };
}
macro_rules! ends {
    ($dialect:ident) => {
        concat!(
            "SELECT q.rule AS rule, CAST(max(CASE WHEN i.status = 'active' THEN 1 ELSE 0 END) AS BIGINT) AS active, CAST(sum(CASE WHEN r.state = 'completed' THEN 1 ELSE 0 END) AS BIGINT) AS completed, \
               CAST(sum(CASE WHEN r.state = 'failed' THEN 1 ELSE 0 END) AS BIGINT) AS failed, CAST(COALESCE(sum(r.finished_at - r.created_at), 0) AS BIGINT) AS micros \
             FROM ", asked!($dialect), " JOIN installations i ON i.workflow_id = q.workflow AND (q.tenant IS NULL OR i.tenant_id = q.tenant) \
             LEFT JOIN runs r ON r.tenant_id = i.tenant_id AND r.subject = i.id \
               AND r.finished_at >= q.since AND r.state IN ('completed', 'failed') AND r.trigger NOT LIKE 'lifecycle %' GROUP BY q.rule"
        )
    };
}
const ENDS: Sql = Sql::pair(ends!(sqlite), ends!(postgres));
/// Of active installations: when the last run was accepted, or else when they became what they are.
macro_rules! last {
    ($dialect:ident) => {
        concat!(
            "SELECT q.rule AS rule, max(COALESCE((SELECT r.created_at FROM runs r WHERE r.tenant_id = i.tenant_id AND r.subject = i.id AND r.trigger NOT LIKE 'lifecycle %' AND r.state <> 'skipped' \
               ORDER BY r.id DESC LIMIT 1), i.updated_at)) AS at \
             FROM ", asked!($dialect), " JOIN installations i ON i.workflow_id = q.workflow AND (q.tenant IS NULL OR i.tenant_id = q.tenant) \
             WHERE i.status = 'active' GROUP BY q.rule"
        )
    };
}
const LAST: Sql = Sql::pair(last!(sqlite), last!(postgres));

/// What is known of the runs of these rules; what is not there has none.
#[derive(Debug, Default)]
pub(super) struct Reading {
    ends: HashMap<AlertId, Ends>,
    last: HashMap<AlertId, Timestamp>,
}

impl Reading {
    /// Reads them: one statement for ends, one for last executions, none where no rule asks.
    pub(super) async fn of(tx: &mut Tx, rules: &[Rule], now: Timestamp) -> Result<Self, DbError> {
        let (last, ends): (Vec<&Rule>, Vec<&Rule>) = rules.iter().partition(|rule| rule.settings.condition.metric == Metric::LastExecution);
        let mut reading = Self::default();
        if !ends.is_empty() {
            for row in tx.all(sql(ENDS).bind(asked(&ends, now))).await? {
                let found = Ends { is_active: row.get::<i64>("active")? == 1, completed: row.get("completed")?, failed: row.get("failed")?, micros: row.get("micros")? };
                reading.ends.insert(row.get("rule")?, found);
            }
        }
        if !last.is_empty() {
            for row in tx.all(sql(LAST).bind(asked(&last, now))).await? {
                reading.last.insert(row.get("rule")?, row.time("at")?);
            }
        }
        Ok(reading)
    }

    /// What a rule's metric comes to.
    pub(super) fn found(&self, rule: &Rule, now: Timestamp) -> Option<f64> {
        rule.found(self.ends.get(&rule.id).copied().unwrap_or_default(), self.last.get(&rule.id).copied(), now)
    }
}

fn asked(rules: &[&Rule], now: Timestamp) -> String {
    let one = |rule: &&Rule| json!({ "rule": rule.id, "workflow": rule.workflow, "tenant": (!rule.everywhere).then_some(&rule.tenant), "since": since(rule, now).micros() });
    Value::from(rules.iter().map(one).collect::<Vec<_>>()).to_string()
}

/// Where a rule's window begins. A failure is found even when looks were late: its window reaches back to the last one.
fn since(rule: &Rule, now: Timestamp) -> Timestamp {
    let begins = now.minus(rule.settings.window);
    match rule.looked_at {
        Some(looked) if rule.settings.condition.metric == Metric::Failures => begins.min(looked.minus(FINAL)).max(now.minus(MISSED)),
        _ => begins,
    }
}
