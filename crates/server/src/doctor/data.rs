//! What must always be true of stored runs.

use std::collections::HashSet;

use millrace_clock::Clock;
use millrace_db::{DbError, Dialect, Tx, sql};
use millrace_engine::carry;

use super::limits::PAYLOADS;
use super::{Level, Report};
use crate::config::Config;

struct Rule {
    statement: &'static str,
    level: Level,
    good: &'static str,
    bad: &'static str,
    fix: &'static str,
}

const REPORT: &str = "Take a backup, keep it, and report this with it: it must not happen.";

/// Each statement answers `found`, how many there are, and `example`, one of them.
const RULES: [Rule; 6] = [
    Rule {
        statement: "SELECT count(*) AS found, min(run_id) AS example FROM (SELECT run_id FROM journal GROUP BY run_id, generation HAVING count(*) <> max(pos) OR min(pos) <> 1) AS broken",
        level: Level::Failure,
        good: "every journal is without gaps",
        bad: "journals have gaps",
        fix: REPORT,
    },
    Rule {
        statement: "SELECT count(*) AS found, min(run_id) AS example FROM (SELECT run_id FROM journal GROUP BY run_id, generation, seq HAVING count(*) > 1) AS doubled",
        level: Level::Failure,
        good: "no call is journaled twice",
        bad: "calls are journaled twice",
        fix: REPORT,
    },
    Rule {
        statement: "SELECT count(*) AS found, min(w.run_id) AS example FROM waits w LEFT JOIN runs r ON r.id = w.run_id WHERE r.id IS NULL OR r.finished_at IS NOT NULL",
        level: Level::Warning,
        good: "every wait belongs to a run that goes on",
        bad: "waits belong to runs that are gone or have ended",
        fix: REPORT,
    },
    Rule {
        statement: "SELECT count(*) AS found, min(id) AS example FROM runs r WHERE state = 'waiting' AND NOT EXISTS (SELECT 1 FROM waits w WHERE w.run_id = r.id) AND NOT EXISTS (SELECT 1 FROM inbox i WHERE i.run_id = r.id)",
        level: Level::Failure,
        good: "every waiting run waits for something",
        bad: "waiting runs wait for nothing",
        fix: REPORT,
    },
    Rule {
        statement: "SELECT count(*) AS found, min(id) AS example FROM runs WHERE state = 'running' AND (node_id IS NULL OR node_id NOT IN (SELECT id FROM nodes))",
        level: Level::Note,
        good: "every running run belongs to a known node",
        bad: "runs belong to nodes that nobody knows",
        fix: "A node with the role `scheduler` takes them back within a second; start one.",
    },
    Rule {
        statement: "SELECT count(*) AS found, min(run_id) AS example FROM journal j WHERE NOT EXISTS (SELECT 1 FROM runs r WHERE r.id = j.run_id)",
        level: Level::Warning,
        good: "every journal entry belongs to a run",
        bad: "journal entries belong to no run",
        fix: REPORT,
    },
];

const FUTURE: &str = "SELECT COALESCE(max(created_at), 0) AS found FROM runs";

pub(super) async fn examine(config: &Config, tx: &mut Tx, report: &mut Report) -> Result<(), DbError> {
    for rule in RULES {
        let row = tx.one(sql(rule.statement)).await?;
        let (found, example): (i64, Option<String>) = (row.get("found")?, row.get("example")?);
        match example.filter(|_| found > 0) {
            None => report.good("runs", rule.good),
            Some(example) => report.add("runs", rule.level, format!("{found} {}, such as {example}", rule.bad), rule.fix),
        }
    }
    let newest: i64 = tx.one(sql(FUTURE)).await?.get("found")?;
    if newest > Clock::System.now().micros() + 60_000_000 {
        report.add("clock", Level::Warning, "the newest run was made in the future of this machine's clock", "Set the clock right: timers fire when it reaches their time.");
    }
    payloads(config, tx, report).await
}

async fn payloads(config: &Config, tx: &mut Tx, report: &mut Report) -> Result<(), DbError> {
    let mut named = carry::references(tx).await?;
    let all = named.len();
    named.truncate(PAYLOADS);
    let mut missing = Vec::new();
    if tx.dialect() == Dialect::Sqlite {
        let root = config.data_dir.join("payloads");
        let there: HashSet<String> = carry::files(&root).unwrap_or_default().iter().map(carry::StoredPayload::name).collect();
        missing.extend(named.iter().map(carry::StoredPayload::name).filter(|name| !there.contains(name)));
    } else {
        for payload in &named {
            if payload.row(tx).await?.is_none() {
                missing.push(payload.name());
            }
        }
    }
    match missing.first() {
        None => report.good("payloads", format!("all {} of {all} large payloads that were looked for are there", named.len())),
        Some(first) => report.add("payloads", Level::Failure, format!("{} large payloads are missing, such as {first}", missing.len()), "Restore the payloads folder from a backup; runs that need them fail."),
    }
    Ok(())
}
