//! Moving a run on: its journal entries, waits, children, logs and state, all under its fence.

use std::collections::HashMap;

use millrace_clock::Timestamp;
use millrace_db::{DbError, Row, Tx, sql};
use millrace_ids::RunId;
use serde_json::json;

use super::{Done, Job, Start, Wakes, later};
use crate::engine::Inner;
use crate::payload::Payload;
use crate::store::{
    ASK_CANCEL, CANCEL_IDLE, CHILDREN, CLEAR, CLEAR_INTENTS, FENCE, INBOX, INSERT_INTENTS, INSERT_JOURNAL, INSERT_LOGS, INSERT_RUNS, INSERT_WAITS, JOURNALED, KEEP_GENERATIONS, Rows, TAKEN, UPDATE_RUNS, clean,
};
use crate::{measure, traces, waits};
use crate::{Call, EngineError, End, NewLog, Outcome, Run, RunError, RunState, Settled};

/// A journal entry before it has a position.
#[derive(Debug, Clone)]
pub(crate) struct EntryDraft {
    pub(crate) call: Call,
    pub(crate) hash: String,
    pub(crate) shown: String,
    pub(crate) ok: bool,
    pub(crate) outcome: Payload,
    pub(crate) started_at: Timestamp,
}

/// What becomes of the run after this step.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // It lies in an `Advance`, which is far larger; a box would only be one more allocation.
pub(crate) enum Then {
    /// It stays in memory.
    Stay,
    /// It leaves memory unless something arrived meanwhile.
    Suspend,
    /// It is over. The output or state is already stored.
    Finish(End, Option<Payload>),
    /// It is given back to the queue, to be taken again at this time, with so many activations lost in a row.
    Release(Timestamp, i64),
}

/// One step of one run.
pub(crate) struct Advance {
    pub(crate) run: Run,
    pub(crate) next_pos: i64,
    pub(crate) clock: Timestamp,
    pub(crate) entries: Vec<EntryDraft>,
    pub(crate) inside: Vec<(Call, String)>,
    pub(crate) waits: Vec<(Call, String, String)>,
    pub(crate) children: Vec<(Call, String, String, Start)>,
    pub(crate) intents: Vec<u64>,
    pub(crate) logs: Vec<NewLog>,
    /// The run that tries again what this one failed at, and when.
    pub(crate) retry: Option<(Start, Timestamp)>,
    /// Look into the inbox.
    pub(crate) drain: bool,
    /// The run has or had waits, children or intents to clear away at its end.
    pub(crate) entangled: bool,
    pub(crate) then: Then,
}

impl Advance {
    /// Whether it looks into the inbox.
    fn looks(&self) -> bool {
        self.drain || matches!(self.then, Then::Suspend)
    }
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Advanced {
    /// Journaled outcomes in order of position, to be delivered.
    pub(crate) delivered: Vec<(u64, Timestamp, Outcome)>,
    /// The first free position.
    pub(crate) next_pos: i64,
    /// Waits that are open since, with their time limits.
    pub(crate) registered: Vec<(u64, Option<Timestamp>)>,
    /// Which waits are open must be read: the step had been committed before, and its answer was lost.
    pub(crate) reread: bool,
    /// The run has left memory.
    pub(crate) left: bool,
    /// Somebody asked it to stop.
    pub(crate) cancel: Option<String>,
}

/// Rows of a batch, by kind.
#[derive(Default)]
struct Batch {
    journal: Rows,
    waits: Rows,
    intents: Rows,
    logs: Rows,
    generations: Rows,
    runs: Rows,
    children: Rows,
    traces: Rows,
    /// Outcomes that the journal has taken from inboxes.
    taken: Rows,
}

struct Fence {
    epoch: i64,
    state: String,
    cancel: Option<String>,
}

pub(super) async fn apply(inner: &Inner, tx: &mut Tx, batch: &[Job], answers: &mut [Option<Done>], wakes: &mut Wakes, now: Timestamp, again: bool) -> Result<(), DbError> {
    let ids: Vec<&str> = batch.iter().filter_map(|j| if let Job::Advance(a, _) = j { Some(a.run.id.as_str()) } else { None }).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let fences = fences(tx, &ids).await?;
    let mut rows = Batch::default();
    let (mut open, mut ended) = (Vec::new(), Vec::new());
    for (i, job) in batch.iter().enumerate() {
        let Job::Advance(step, _) = job else { continue };
        let Some(fence) = fences.get(step.run.id.as_str()) else { continue };
        if fence.epoch != step.run.epoch {
            continue;
        }
        if fence.state != RunState::Running.as_str() {
            // Under our own epoch the run has already left: a lost answer to this very commit.
            if again && !matches!(step.then, Then::Stay) {
                answers[i] = Some(Done::Advanced(Box::new(Advanced { left: true, next_pos: step.next_pos, ..Advanced::default() })));
            }
            continue;
        }
        match begin(inner, tx, step, fence, &mut rows, wakes, now, again).await? {
            Begun::Open(at) => open.push((i, at)),
            Begun::Done(done) => answers[i] = Some(done),
        }
    }
    // After everything that may put an outcome into the inbox of a run of this batch.
    let mut inboxes = inboxes(tx, open.iter().map(|(_, at)| at.step).filter(|step| step.looks())).await?;
    for (i, mut at) in open {
        for outcome in inboxes.remove(at.step.run.id.as_str()).unwrap_or_default() {
            take(&mut at, &mut rows, &outcome)?;
        }
        settle(at.step, &mut at, &mut rows, &mut ended, now);
        at.out.next_pos = at.pos;
        answers[i] = Some(Done::Advanced(Box::new(at.out)));
    }
    if !rows.taken.is_empty() {
        let taken = rows.taken.take_text();
        for statement in TAKEN {
            tx.execute(sql(statement).bind(taken.as_str())).await?;
        }
    }
    rows.journal.write(tx, INSERT_JOURNAL).await?;
    rows.waits.write(tx, INSERT_WAITS).await?;
    rows.intents.write(tx, INSERT_INTENTS).await?;
    rows.logs.write(tx, INSERT_LOGS).await?;
    rows.children.write(tx, INSERT_RUNS).await?;
    rows.traces.write(tx, traces::INSERT).await?;
    rows.generations.write(tx, KEEP_GENERATIONS).await?;
    rows.runs.write(tx, UPDATE_RUNS).await?;
    after_ends(inner, tx, &ended, wakes, now).await
}

async fn fences(tx: &mut Tx, ids: &[&str]) -> Result<HashMap<String, Fence>, DbError> {
    let rows = tx.all(sql(FENCE).bind(json!(ids).to_string())).await?;
    rows.iter().map(|r| Ok((r.get("id")?, Fence { epoch: r.get("epoch")?, state: r.get("state")?, cancel: r.get("cancel_reason")? }))).collect()
}

/// A step that ended its run, or (without a state) began it anew with an empty journal.
type Ended<'a> = (&'a Advance, Option<RunState>, Outcome);

/// A step whose own rows are collected.
enum Begun<'a> {
    /// What its inbox holds comes next.
    Open(Appender<'a>),
    Done(Done),
}

#[allow(clippy::too_many_arguments)] // One step needs the whole of its batch; a struct would only rename it.
async fn begin<'a>(
    inner: &Inner,
    tx: &mut Tx,
    step: &'a Advance,
    fence: &Fence,
    rows: &mut Batch,
    wakes: &mut Wakes,
    now: Timestamp,
    again: bool,
) -> Result<Begun<'a>, DbError> {
    let mut at = Appender { step, pos: step.next_pos, clock: later(now, step.clock), out: Advanced { cancel: fence.cancel.clone(), ..Advanced::default() } };
    if again && recover(tx, &mut at).await? {
        at.out.next_pos = at.pos;
        return Ok(Begun::Done(Done::Advanced(Box::new(at.out))));
    }
    for draft in &step.entries {
        at.append(rows, draft);
    }
    for (call, hash) in &step.inside {
        let outcome = inner.perform.apply(tx, &step.run, call, at.clock).await?;
        let outcome = match at.draft(inner, tx, call, hash, &inner.perform.redact(&step.run, call), outcome).await {
            Ok(draft) => draft,
            Err(EngineError::Db(e)) => return Err(e),
            Err(e) => return Ok(Begun::Done(Done::Refused(e))),
        };
        at.append(rows, &outcome);
    }
    for (call, hash, shown) in &step.waits {
        // By the wall clock, not by the run's, which may have met a clock that was ahead: a day from now is a day from now.
        match inner.perform.register(tx, &step.run, call, now).await? {
            Ok(spec) => {
                wakes.timer |= spec.due_at.is_some();
                rows.waits.push(json!({
                    "run_id": step.run.id.as_str(), "generation": step.run.generation, "seq": call.seq, "tenant_id": step.run.tenant.as_str(), "kind": spec.kind,
                    "args_hash": hash, "args": clean(shown), "key": spec.key, "due_at": spec.due_at.map(Timestamp::micros), "created_at": now.micros(),
                }));
                at.out.registered.push((call.seq, spec.due_at));
            }
            Err(outcome) => match at.draft(inner, tx, call, hash, shown, outcome).await {
                Ok(draft) => at.append(rows, &draft),
                Err(EngineError::Db(e)) => return Err(e),
                Err(e) => return Ok(Begun::Done(Done::Refused(e))),
            },
        }
    }
    for (call, hash, shown, start) in &step.children {
        traces::note(&mut rows.traces, &start.new);
        rows.children.push(super::start::run_row(start, None, now));
        rows.waits.push(json!({
            "run_id": step.run.id.as_str(), "generation": step.run.generation, "seq": call.seq, "tenant_id": step.run.tenant.as_str(), "kind": "child",
            "args_hash": hash, "args": clean(shown), "key": start.new.id.as_str(), "due_at": null, "created_at": now.micros(),
        }));
        at.out.registered.push((call.seq, None));
        wakes.queue = true;
    }
    for seq in &step.intents {
        rows.intents.push(json!({ "run_id": step.run.id.as_str(), "generation": step.run.generation, "seq": seq, "at": now.micros() }));
    }
    for log in &step.logs {
        rows.logs.push(json!({ "run_id": step.run.id.as_str(), "n": log.n, "level": log.level, "at": log.at.micros(), "message": clean(&log.message), "data": log.data }));
    }
    Ok(Begun::Open(at))
}

/// Decides the run's row from what the step asks and what the inbox held.
fn settle<'a>(step: &'a Advance, at: &mut Appender<'a>, rows: &mut Batch, ended: &mut Vec<Ended<'a>>, now: Timestamp) {
    let mut row = json!({
        "id": step.run.id.as_str(), "state": null, "due_at": now.micros(), "output": null, "error": null, "finished_at": null,
        "generation": step.run.generation, "crashes": 0, "input": null,
    });
    match &step.then {
        Then::Stay => return,
        // Something arrived between the program's last word and this transaction: it stays.
        Then::Suspend if !at.out.delivered.is_empty() || at.out.cancel.is_some() => return,
        Then::Suspend => row["state"] = json!("waiting"),
        Then::Release(due, crashes) => {
            row["state"] = json!("queued");
            row["due_at"] = json!(due.micros());
            row["crashes"] = json!(crashes);
        }
        Then::Finish(End::ContinueWith(_), stored) => {
            row["state"] = json!("queued");
            rows.generations.push(json!({ "id": step.run.id.as_str() }));
            row["generation"] = json!(step.run.generation + 1);
            row["input"] = json!(stored.as_ref().map(Payload::as_stored));
            ended.push((step, None, Outcome::null()));
        }
        Then::Finish(end, stored) => {
            let (state, outcome) = match end {
                End::Completed(value) => (RunState::Completed, Outcome::value(value)),
                End::Skipped(value) => (RunState::Skipped, Outcome::value(value)),
                End::Refused(error) => (RunState::Skipped, failure(error)),
                End::Failed(error) if error.code == "CANCELLED" => (RunState::Cancelled, failure(error)),
                End::Failed(error) => (RunState::Failed, failure(error)),
                End::ContinueWith(_) => return,
            };
            row["state"] = json!(state.as_str());
            row["finished_at"] = json!(now.micros());
            row["output"] = json!(stored.as_ref().map(Payload::as_stored));
            if let End::Failed(error) | End::Refused(error) = end {
                row["error"] = clean(&serde_json::to_string(error).unwrap_or_default());
            }
            if let Some((retry, due)) = &step.retry {
                let mut new = super::start::run_row(retry, None, now);
                new["due_at"] = json!(due.micros());
                rows.children.push(new);
            }
            ended.push((step, Some(state), outcome));
        }
    }
    at.out.left = true;
    rows.runs.push(row);
}

fn failure(error: &RunError) -> Outcome {
    Outcome::error(error.name.as_deref().unwrap_or("Error"), &error.code, error.message.clone())
}

/// What follows the end of runs: their children end, their waits go, their parents hear of it.
async fn after_ends(inner: &Inner, tx: &mut Tx, ended: &[Ended<'_>], wakes: &mut Wakes, now: Timestamp) -> Result<(), DbError> {
    let entangled: Vec<&Ended<'_>> = ended.iter().filter(|(step, ..)| step.entangled).collect();
    if !entangled.is_empty() {
        let ids: Vec<&RunId> = entangled.iter().map(|(step, ..)| &step.run.id).collect();
        cancel_children(inner, tx, ids.iter().map(|id| (*id).clone()).collect(), "its parent run ended", wakes, now).await?;
        clear(tx, &ids).await?;
        // A run that failed can be resumed, and must still not repeat what it may have done once.
        let done: Vec<&RunId> = entangled.iter().filter(|(_, state, _)| !matches!(state, Some(RunState::Failed | RunState::Cancelled))).map(|(step, ..)| &step.run.id).collect();
        if !done.is_empty() {
            tx.execute(sql(CLEAR_INTENTS).bind(json!(done).to_string())).await?;
        }
        inner.perform.ended(tx, &ids, now).await?;
    }
    for (step, state, outcome) in ended {
        if state.is_none() || step.retry.is_some() {
            wakes.queue = true;
        }
        if let (Some(_), Some(parent)) = (state, &step.run.parent_id) {
            tell_parent(tx, &step.run, parent, outcome, wakes, now).await?;
        }
    }
    let settled: Vec<Settled<'_>> = ended.iter().filter_map(settled).collect();
    if settled.is_empty() { Ok(()) } else { inner.perform.settled(tx, &settled, now).await }
}

/// A step that ended its run, as the product is told of it.
fn settled<'a>((step, state, _): &Ended<'a>) -> Option<Settled<'a>> {
    let Then::Finish(end, _) = &step.then else { return None };
    let error = if let End::Failed(error) = end { Some(error) } else { None };
    let is_platforms_fault = error.is_some_and(|e| matches!(measure::class(&e.code), "platform" | "diverged"));
    Some(Settled { run: &step.run, state: (*state)?, error, is_platforms_fault })
}

async fn tell_parent(tx: &mut Tx, run: &Run, parent: &RunId, outcome: &Outcome, wakes: &mut Wakes, now: Timestamp) -> Result<(), DbError> {
    for wait in waits::by_key(tx, &run.tenant, "child", run.id.as_str()).await? {
        if waits::deliver(tx, &wait, outcome, now).await? {
            wakes.runs.insert(parent.clone());
            wakes.queue = true;
        }
    }
    Ok(())
}

async fn clear(tx: &mut Tx, runs: &[&RunId]) -> Result<(), DbError> {
    let ids = json!(runs).to_string();
    for statement in CLEAR {
        tx.execute(sql(statement).bind(ids.as_str())).await?;
    }
    Ok(())
}

/// Cancels what runs started, all the way down. A run that a node holds is asked; the others end here.
async fn cancel_children(inner: &Inner, tx: &mut Tx, mut parents: Vec<RunId>, reason: &str, wakes: &mut Wakes, now: Timestamp) -> Result<(), DbError> {
    while !parents.is_empty() {
        let rows = tx.all(sql(CHILDREN).bind(json!(parents).to_string())).await?;
        parents.clear();
        for row in rows {
            let child = Run::from_row(&row)?;
            cancel_one(inner, tx, &child, reason, wakes, now).await?;
            parents.push(child.id);
        }
    }
    Ok(())
}

/// Cancels a run and everything below it.
pub(crate) async fn cancel_tree(inner: &Inner, tx: &mut Tx, run: &Run, reason: &str, wakes: &mut Wakes, now: Timestamp) -> Result<(), DbError> {
    cancel_one(inner, tx, run, reason, wakes, now).await?;
    cancel_children(inner, tx, vec![run.id.clone()], reason, wakes, now).await
}

async fn cancel_one(inner: &Inner, tx: &mut Tx, run: &Run, reason: &str, wakes: &mut Wakes, now: Timestamp) -> Result<(), DbError> {
    if tx.execute(sql(CANCEL_IDLE).bind(run.id.as_str()).bind(reason).bind(now)).await? == 1 {
        let mut gone = run.clone();
        traces::recall(inner, tx, std::iter::once(&mut gone)).await?;
        wakes.cancelled.push(gone);
        clear(tx, &[&run.id]).await?;
        if let Some(parent) = &run.parent_id {
            tell_parent(tx, run, parent, &Outcome::error("CancelledError", "CANCELLED", reason), wakes, now).await?;
        }
        inner.perform.ended(tx, &[&run.id], now).await?;
    } else if tx.execute(sql(ASK_CANCEL).bind(run.id.as_str()).bind(reason)).await? == 1 {
        wakes.runs.insert(run.id.clone());
    }
    Ok(())
}

/// Gives journal entries their positions.
struct Appender<'a> {
    step: &'a Advance,
    pos: i64,
    clock: Timestamp,
    out: Advanced,
}

impl Appender<'_> {
    async fn draft(&self, inner: &Inner, tx: &mut Tx, call: &Call, hash: &str, shown: &str, outcome: Outcome) -> Result<EntryDraft, EngineError> {
        let stored = inner.payloads.put_in(tx, &self.step.run.tenant, outcome.json, self.clock).await?;
        Ok(EntryDraft { call: call.clone(), hash: hash.to_owned(), shown: shown.to_owned(), ok: outcome.ok, outcome: stored, started_at: self.clock })
    }

    fn append(&mut self, rows: &mut Batch, draft: &EntryDraft) {
        rows.journal.push(json!({
            "run_id": self.step.run.id.as_str(), "generation": self.step.run.generation, "pos": self.pos, "seq": draft.call.seq, "kind": draft.call.kind,
            "args_hash": draft.hash, "args": clean(&draft.shown), "ok": draft.ok, "outcome": draft.outcome.as_stored(),
            "started_at": draft.started_at.micros(), "finished_at": self.clock.micros(),
        }));
        self.deliver(draft.call.seq, draft.ok, draft.outcome.as_stored().to_owned());
    }

    /// A reference to a large payload is resolved by the driver before the program sees it.
    fn deliver(&mut self, seq: u64, ok: bool, json: String) {
        self.out.delivered.push((seq, self.clock, Outcome { ok, json }));
        self.pos += 1;
    }
}

/// What arrived from outside for these steps, by run and in order.
async fn inboxes(tx: &mut Tx, steps: impl Iterator<Item = &Advance>) -> Result<HashMap<String, Vec<Row>>, DbError> {
    let generations: HashMap<&str, i64> = steps.map(|step| (step.run.id.as_str(), step.run.generation)).collect();
    let mut found: HashMap<String, Vec<Row>> = HashMap::new();
    if generations.is_empty() {
        return Ok(found);
    }
    let ids: Vec<&str> = generations.keys().copied().collect();
    for row in tx.all(sql(INBOX).bind(json!(ids).to_string())).await? {
        let (run, generation): (String, i64) = (row.get("run_id")?, row.get("generation")?);
        if generations.get(run.as_str()) == Some(&generation) {
            found.entry(run).or_default().push(row);
        }
    }
    Ok(found)
}

/// Moves what arrived from outside into the journal.
fn take(at: &mut Appender<'_>, rows: &mut Batch, row: &Row) -> Result<(), DbError> {
    let seq: i64 = row.get("seq")?;
    let draft = EntryDraft {
        call: Call { seq: u64::try_from(seq).unwrap_or_default(), kind: row.get("kind")?, args: String::new(), once: false },
        hash: row.get("args_hash")?,
        shown: row.get("args")?,
        ok: row.get("ok")?,
        outcome: Payload::from_stored(row.get("outcome")?),
        started_at: row.time("created_at")?,
    };
    // Whoever fired it may have a faster clock: a timer's outcome never stands before its time.
    at.clock = later(at.clock, row.time("at")?);
    at.append(rows, &draft);
    rows.taken.push(json!({ "run_id": at.step.run.id.as_str(), "generation": at.step.run.generation, "seq": seq }));
    Ok(())
}

/// After a lost answer: whether this step was committed; its outcomes are then read back instead of written.
async fn recover(tx: &mut Tx, at: &mut Appender<'_>) -> Result<bool, DbError> {
    let rows: Vec<Row> = tx.all(sql(JOURNALED).bind(at.step.run.id.as_str()).bind(at.step.run.generation).bind(at.pos)).await?;
    for row in &rows {
        let seq: i64 = row.get("seq")?;
        at.clock = row.time("finished_at")?;
        at.deliver(u64::try_from(seq).unwrap_or_default(), row.get("ok")?, row.get("outcome")?);
    }
    at.out.reread = true;
    Ok(!rows.is_empty())
}
