//! The judge: it compares the database with what the client was promised and with what the outside world received.

mod journal;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use millrace_db::Db;

use crate::errand::Errand;
use crate::ledger::Ledger;
use crate::report::{Report, Violation};
use crate::sink::Arrival;
use crate::store::{self, EntryRow, RunRow};

/// Journals that are printed when something is wrong.
const DUMPED: usize = 10;

/// Everything there is to compare.
struct Evidence {
    runs: BTreeMap<String, RunRow>,
    children: HashMap<(String, i64), Vec<String>>,
    journals: BTreeMap<String, Vec<EntryRow>>,
    counters: BTreeMap<String, String>,
    arrivals: HashMap<String, Vec<Arrival>>,
}

/// Compares, and fills in the report.
///
/// # Errors
/// The database cannot be read.
pub async fn check(db: &Db, seed: u64, ledger: &Ledger, arrivals: Vec<Arrival>, report: &mut Report) -> anyhow::Result<()> {
    let mut evidence = Evidence {
        runs: store::runs(db).await?.into_iter().map(|r| (r.id.clone(), r)).collect(),
        children: HashMap::new(),
        journals: store::journals(db).await?,
        counters: store::counters(db).await?,
        arrivals: HashMap::new(),
    };
    for arrival in arrivals {
        evidence.arrivals.entry(arrival.key.clone()).or_default().push(arrival);
    }
    for run in evidence.runs.values() {
        if let (Some(parent), Some(seq)) = (&run.parent, run.parent_seq) {
            evidence.children.entry((parent.clone(), seq)).or_default().push(run.id.clone());
        }
    }
    report.accepted = ledger.accepted.len() as u64;
    report.refused = ledger.refused;
    report.children = evidence.runs.values().filter(|r| r.parent.is_some()).count() as u64;
    report.entries = evidence.journals.values().map(|j| j.len() as u64).sum();
    let mut found = Vec::new();
    promised(&evidence, ledger, &mut found);
    for (n, id) in &ledger.accepted {
        let Some(run) = evidence.runs.get(id) else { continue };
        report.completed += u64::from(run.state == "completed");
        journal::errand(&evidence, &Errand::draw(seed, *n), run, report, &mut found);
    }
    outside(&evidence, &mut found);
    let left = store::left_over(db).await?;
    if left > 0 && found.iter().all(|v| v.kind != "stuck") {
        found.push(Violation { kind: "left", run: None, text: format!("{left} rows of waits, inbox or intents are left although every run has ended") });
    }
    report.dump = dump(&evidence, &found);
    report.violations.extend(found);
    Ok(())
}

/// Every accepted trigger has exactly one run, and every run was accepted.
fn promised(evidence: &Evidence, ledger: &Ledger, found: &mut Vec<Violation>) {
    let mut owners: HashMap<&str, u64> = HashMap::new();
    for (n, id) in &ledger.accepted {
        if !evidence.runs.contains_key(id) {
            found.push(Violation { kind: "lost", run: Some(id.clone()), text: format!("errand {n} was accepted and has no run") });
        }
        if let Some(other) = owners.insert(id, *n) {
            found.push(Violation { kind: "doubled", run: Some(id.clone()), text: format!("answers errands {other} and {n}") });
        }
    }
    for run in evidence.runs.values().filter(|r| r.parent.is_none() && !owners.contains_key(r.id.as_str())) {
        found.push(Violation { kind: "doubled", run: Some(run.id.clone()), text: "no accepted trigger answers to this run: some delivery made two".into() });
    }
    for text in &ledger.contradictions {
        found.push(Violation { kind: "doubled", run: None, text: text.clone() });
    }
}

/// Whatever arrived outside belongs to a journaled call.
fn outside(evidence: &Evidence, found: &mut Vec<Violation>) {
    for (key, arrivals) in &evidence.arrivals {
        let known = key.split_once(':').and_then(|(run, seq)| {
            let seq: i64 = seq.parse().ok()?;
            evidence.journals.get(run)?.iter().find(|e| e.seq == seq)
        });
        // A run that has not ended is already reported as stuck.
        let ended = key.split_once(':').and_then(|(run, _)| evidence.runs.get(run)).is_none_or(|r| r.state == "completed");
        if known.is_none() && ended {
            let run = key.split(':').next().map(str::to_owned);
            found.push(Violation { kind: "unjournaled", run, text: format!("{key} arrived {} times and is in no journal", arrivals.len()) });
        }
    }
}

/// The journals of the oldest runs that something is wrong with.
fn dump(evidence: &Evidence, found: &[Violation]) -> String {
    let mut ids: Vec<&String> = found.iter().filter_map(|v| v.run.as_ref()).collect();
    ids.sort();
    ids.dedup();
    let mut out = String::new();
    for id in ids.into_iter().take(DUMPED) {
        let Some(run) = evidence.runs.get(id) else { continue };
        let _ = writeln!(out, "  {id} {} epoch {} {}", run.state, run.epoch, run.error.as_deref().unwrap_or_default());
        for entry in evidence.journals.get(id).into_iter().flatten() {
            let arrivals = evidence.arrivals.get(&format!("{id}:{}", entry.seq));
            let seen: Vec<i64> = arrivals.into_iter().flatten().map(|a| a.at.micros() - entry.committed_at).collect();
            let outcome: String = entry.outcome.chars().take(60).collect();
            let _ = writeln!(out, "    {}/{} seq {} {} ok={} committed {} arrivals {seen:?} µs from it: {outcome}", entry.generation, entry.pos, entry.seq, entry.kind, entry.ok, entry.committed_at);
        }
    }
    out
}
