//! One run against its errand: the journal is whole, nothing in it was done again, everything came in order.

use serde_json::Value;

use super::Evidence;
use crate::errand::{Errand, Group};
use crate::report::{Report, Violation};
use crate::store::{EntryRow, RunRow};

/// Timers up to this are slept in memory and their time is the operating system's business.
const DURABLE_MS: u32 = 2_000;

/// Checks the run of one errand and the children it started.
pub(super) fn errand(evidence: &Evidence, errand: &Errand, run: &RunRow, report: &mut Report, found: &mut Vec<Violation>) {
    let mut tell = |kind: &'static str, text: String| found.push(Violation { kind, run: Some(run.id.clone()), text });
    match run.state.as_str() {
        "completed" => {}
        "queued" | "running" | "waiting" => return tell("stuck", format!("is {} (epoch {})", run.state, run.epoch)),
        state => return tell("failed", format!("is {state}: {}", run.error.as_deref().unwrap_or_default())),
    }
    let empty = Vec::new();
    let journal = evidence.journals.get(&run.id).unwrap_or(&empty);
    if let Some(text) = broken(journal) {
        return tell("journal", text);
    }
    let mut tokens = Vec::new();
    let mut seq = 0;
    let mut ready = i64::MIN;
    for group in errand.groups() {
        let mut committed = ready;
        for (at, kind) in group.kinds.iter().enumerate() {
            seq += 1;
            let Some(entry) = journal.iter().find(|e| e.seq == seq) else {
                return tell("journal", format!("has no entry for call {seq}, a {kind}"));
            };
            if entry.kind != *kind || !entry.ok {
                return tell("journal", format!("call {seq} is {} (ok: {}) where {kind} was due: {}", entry.kind, entry.ok, entry.outcome));
            }
            committed = committed.max(entry.committed_at);
            if let Some(step) = group.steps.get(at) {
                tokens.push(fetched(evidence, errand.n, *step, run, entry, ready, report, &mut tell));
            }
            timed(&group, entry, &mut tell);
        }
        if let Some(step) = group.child {
            tokens.push(child(evidence, errand.n, step, run, seq, ready, report, &mut tell));
        }
        ready = committed;
    }
    if journal.len() as i64 != seq {
        tell("journal", format!("has {} entries where {seq} calls were due", journal.len()));
    }
    inside(evidence, errand, &mut tell);
    let output: Value = run.output.as_deref().and_then(|o| serde_json::from_str(o).ok()).unwrap_or_default();
    if output["tokens"] != serde_json::json!(tokens) {
        tell("outcome", format!("answered {output}; its journal says {tokens:?}"));
    }
}

/// Positions and numbers must be whole: 1, 2, 3 … without a gap or a double.
fn broken(journal: &[EntryRow]) -> Option<String> {
    let mut seqs: Vec<i64> = journal.iter().map(|e| e.seq).collect();
    seqs.sort_unstable();
    for (at, entry) in (1..).zip(journal) {
        if entry.pos != at || entry.generation != 0 {
            return Some(format!("position {} of generation {} stands where {at} was due", entry.pos, entry.generation));
        }
    }
    (1..).zip(&seqs).find(|(at, seq)| at != *seq).map(|(at, seq)| format!("call {seq} stands where {at} was due"))
}

/// One post: it arrived, only before its entry was committed, only after its predecessor's; its outcome is an answer it got.
#[allow(clippy::too_many_arguments)] // The evidence of one call; a struct would only rename it.
fn fetched(evidence: &Evidence, n: u64, step: u32, run: &RunRow, entry: &EntryRow, ready: i64, report: &mut Report, tell: &mut impl FnMut(&'static str, String)) -> u64 {
    let key = format!("{}:{}", run.id, entry.seq);
    let none = Vec::new();
    let arrivals = evidence.arrivals.get(&key).unwrap_or(&none);
    let outcome: Value = serde_json::from_str(&entry.outcome).unwrap_or_default();
    let body: Value = outcome["body"]["text"].as_str().and_then(|t| serde_json::from_str(t).ok()).unwrap_or_default();
    let token = body["token"].as_u64().unwrap_or_default();
    if !arrivals.iter().any(|a| a.token == token) {
        tell("outcome", format!("the outcome of {key} is no answer that was given to it: {}", entry.outcome));
    }
    report.in_flight_repeats += (arrivals.len() as u64).saturating_sub(1);
    for arrival in arrivals {
        if (arrival.n, arrival.step) != (n, step) {
            tell("order", format!("{key} is step {step} of errand {n}, and arrived as step {} of {}", arrival.step, arrival.n));
        }
        if arrival.at.micros() > entry.committed_at && report.was_frozen(entry.committed_at, arrival.at) {
            report.late += 1;
        } else if arrival.at.micros() > entry.committed_at {
            tell("repeated", format!("{key} arrived {} µs after its entry was committed (attempt {})", arrival.at.micros() - entry.committed_at, arrival.attempt));
        }
        if arrival.at.micros() < ready {
            tell("order", format!("{key} arrived {} µs before what comes before it was committed", ready - arrival.at.micros()));
        }
    }
    token
}

/// The child of one call: exactly one, completed, its one post checked like any other.
#[allow(clippy::too_many_arguments)] // As above.
fn child(evidence: &Evidence, n: u64, step: u32, run: &RunRow, seq: i64, ready: i64, report: &mut Report, tell: &mut impl FnMut(&'static str, String)) -> u64 {
    let children = evidence.children.get(&(run.id.clone(), seq)).map_or(&[][..], Vec::as_slice);
    let [id] = children else {
        tell("doubled", format!("call {seq} has {} child runs", children.len()));
        return 0;
    };
    let Some(child) = evidence.runs.get(id) else { return 0 };
    if child.state != "completed" {
        tell("stuck", format!("its child {id} is {}", child.state));
        return 0;
    }
    let empty = Vec::new();
    let journal = evidence.journals.get(id).unwrap_or(&empty);
    if let Some(text) = broken(journal) {
        tell("journal", format!("child {id}: {text}"));
    }
    let [entry] = journal.as_slice() else {
        tell("journal", format!("child {id} has {} entries", journal.len()));
        return 0;
    };
    fetched(evidence, n, step, child, entry, ready, report, tell)
}

/// A durable timer is never early by the database's own times.
fn timed(group: &Group, entry: &EntryRow, tell: &mut impl FnMut(&'static str, String)) {
    let Some(ms) = group.sleep_ms.filter(|ms| *ms > DURABLE_MS) else { return };
    let took = entry.finished_at - entry.started_at;
    if took < i64::from(ms) * 1_000 {
        tell("early", format!("call {} slept {took} µs instead of {ms} ms", entry.seq));
    }
}

/// Effects inside the platform happen exactly once.
fn inside(evidence: &Evidence, errand: &Errand, tell: &mut impl FnMut(&'static str, String)) {
    let key = format!("count:{}", errand.n);
    let count: usize = evidence.counters.get(&key).and_then(|v| v.parse().ok()).unwrap_or_default();
    if count != errand.bumps() {
        tell("inside", format!("{key} is {count} and should be {}", errand.bumps()));
    }
}
