//! One activation of one run: replay its journal, then go on until it ends, waits, or is lost.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt as _, StreamExt as _};
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;
use millrace_clock::Timestamp;
use tokio::sync::Notify;
use tracing::Instrument as _;

use crate::activation::{Action, Activation, Seen};
use crate::committer::{Advance, Advanced, EntryDraft, Start, Then, later};
use crate::engine::{Inner, Slot};
use crate::journal;
use crate::limits::{CONCURRENT_CALLS, CRASH_BACKOFF, JOURNAL_SEGMENT, LINGER, LOG_DELAY, MAX_CRASHES};
use crate::measure::{FRESH, LOST, REPLAYED};
use crate::pace::Moving;
use crate::payload::Payload;
use crate::store::{INTENTS_OF_RUN, LAST_LOG};
use crate::{Call, Delivery, End, EngineError, NewLog, Outcome, Parent, Program, ProgramError, Run, RunError, Turn, depth, waits};
use millrace_db::sql;

/// A performed call on its way to the journal.
struct Performed {
    call: Call,
    hash: String,
    outcome: Outcome,
    started_at: Timestamp,
}

/// Why an activation stops before the run's end.
enum Stop {
    /// Another node owns the run, or this one is stopping: write nothing more.
    Fenced,
    /// The program's surroundings failed: a sandbox process died.
    Lost(String),
    /// Our own database or payload store failed, which is not the run's fault.
    Away(String),
    /// The run is at fault.
    Run(RunError),
}

impl From<EngineError> for Stop {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Fenced | EngineError::Stopping => Self::Fenced,
            EngineError::TooLarge { .. } => Self::Run(RunError::new("PAYLOAD_TOO_LARGE", error.to_string())),
            other => Self::Away(other.to_string()),
        }
    }
}

impl From<millrace_db::DbError> for Stop {
    fn from(error: millrace_db::DbError) -> Self {
        Self::Away(error.to_string())
    }
}

impl From<ProgramError> for Stop {
    fn from(error: ProgramError) -> Self {
        match error {
            ProgramError::Run(e) => Self::Run(e),
            ProgramError::Lost(reason) => Self::Lost(reason),
        }
    }
}

/// Performs a run that this node holds, until it leaves memory.
pub(crate) async fn drive(inner: Arc<Inner>, run: Run, slot: Slot, wake: Arc<Notify>, fresh: bool) {
    if fresh { FRESH.increment(1) } else { REPLAYED.increment(1) }
    let activation = inner.perform.activation(&run);
    let span = tracing::info_span!("run", run_id = %run.id, tenant_id = %run.tenant);
    let id = run.id.clone();
    let mut driver = Driver::new(inner.clone(), run, wake.clone());
    // A panic of ours is a lost activation like any other: counted, and after a few the run is set aside.
    let stop = AssertUnwindSafe(driver.activate(fresh)).catch_unwind().instrument(span.clone()).await.unwrap_or_else(|_| Err(Stop::Lost("performing it panicked".into())));
    // The isolate and the calls under way go before anything is decided about the run.
    driver.flying.clear();
    driver.program = None;
    if let Err(stop) = stop {
        driver.stopped(stop).instrument(span).await;
    }
    drop(activation);
    inner.release(&id, &wake);
    drop(slot);
}

struct Driver {
    inner: Arc<Inner>,
    run: Run,
    wake: Arc<Notify>,
    program: Option<Box<dyn Program>>,
    activation: Activation,
    /// Calls asked but not decided about, in the order asked.
    undecided: Vec<Seen>,
    next_pos: i64,
    clock: Timestamp,
    last_log: u64,
    /// Log lines that are kept.
    log_lines: u64,
    /// Waits, children or intents exist or existed.
    entangled: bool,
    open_waits: usize,
    nearest: Option<Timestamp>,
    /// Nothing comes of a call that was not begun because the run is not ours any more.
    flying: FuturesUnordered<BoxFuture<'static, Option<Performed>>>,
    held_back: VecDeque<(Call, String)>,
    in_flight: usize,
    step: Step,
    /// Held while the program executes or outcomes are being committed.
    moving: Option<Moving>,
    /// Its tenant's runs rest: it leaves memory, and begins nothing until then.
    leaving: bool,
}

/// What the next commit will contain.
#[derive(Default)]
struct Step {
    performed: Vec<Performed>,
    inside: Vec<(Call, String)>,
    waits: Vec<(Call, String)>,
    children: Vec<(Call, String)>,
    intents: Vec<(Call, String)>,
    logs: Vec<NewLog>,
    drain: bool,
}

impl Step {
    fn is_due(&self) -> bool {
        self.drain || !(self.performed.is_empty() && self.inside.is_empty() && self.waits.is_empty() && self.children.is_empty() && self.intents.is_empty())
    }
}

impl Driver {
    fn new(inner: Arc<Inner>, run: Run, wake: Arc<Notify>) -> Self {
        let clock = run.clock_at.unwrap_or(run.created_at);
        let log_lines = inner.perform.log_lines(&run.tenant);
        Self {
            inner,
            run,
            wake,
            program: None,
            activation: Activation::default(),
            undecided: Vec::new(),
            next_pos: 1,
            clock,
            last_log: 0,
            log_lines,
            entangled: false,
            open_waits: 0,
            nearest: None,
            flying: FuturesUnordered::new(),
            held_back: VecDeque::new(),
            in_flight: 0,
            step: Step::default(),
            moving: None,
            leaving: false,
        }
    }

    async fn activate(&mut self, fresh: bool) -> Result<(), Stop> {
        // Until it has been looked at: an end before that must not leave waits or children behind.
        self.entangled = !fresh;
        if let Some(reason) = self.run.cancel_reason.clone() {
            return Err(cancelled(&reason));
        }
        if self.must_leave().await {
            return self.leave().await;
        }
        self.moving = Some(self.inner.pace.enter(&self.run.tenant).await);
        let mut turn = if fresh { self.open(Vec::new()).await? } else { self.replay().await? };
        loop {
            let ended = self.take(turn)?;
            match ended {
                // Maybe a call of it was not begun: its end comes again when it is performed again.
                Some(_) if self.leaving => return self.leave().await,
                Some(end) => return self.finish(end).await,
                None => {}
            }
            match self.next().await? {
                Some(deliveries) => {
                    turn = self.deliver(deliveries).await?;
                    // Before its calls are begun: it may have waited long for this.
                    self.must_leave().await;
                }
                None => return Ok(()),
            }
        }
    }

    async fn open(&mut self, replay: Vec<Delivery>) -> Result<Turn, Stop> {
        let (program, turn) = self.inner.perform.open(&self.run, replay).await?;
        self.program = Some(program);
        Ok(turn)
    }

    async fn deliver(&mut self, deliveries: Vec<Delivery>) -> Result<Turn, Stop> {
        let program = self.program.as_mut().ok_or_else(|| Stop::Lost("the program is gone".into()))?;
        Ok(program.deliver(deliveries).await?)
    }

    /// Rebuilds the program from its journal, a segment at a time.
    async fn replay(&mut self) -> Result<Turn, Stop> {
        self.recall().await?;
        loop {
            let entries = self.segment().await?;
            let last = entries.len() < JOURNAL_SEGMENT as usize;
            self.learn(&entries);
            self.decide_known()?;
            let deliveries = deliveries(&self.inner, &self.run, entries).await?;
            let turn = if self.program.is_some() { self.deliver(deliveries).await? } else { self.open(deliveries).await? };
            if last || turn.end.is_some() {
                for seen in std::mem::take(&mut self.undecided) {
                    self.decide(seen)?;
                }
                return Ok(turn);
            }
            self.look_at(turn)?;
            self.decide_known()?;
        }
    }

    /// Reads what earlier activations left besides the journal. Only who owns the run changes it, so that each statement may
    /// stand alone.
    async fn recall(&mut self) -> Result<(), Stop> {
        let db = &self.inner.db;
        let mut entangled = false;
        for wait in waits::open_of(db, &self.run.id, self.run.generation).await? {
            self.activation.waiting(seq(wait.seq), &wait.args_hash);
            entangled = true;
            self.open_waits += 1;
            self.nearest = earliest(self.nearest, wait.due_at);
        }
        for row in db.all(sql(INTENTS_OF_RUN).bind(self.run.id.as_str()).bind(self.run.generation)).await? {
            self.activation.intended(seq(row.get("seq")?));
            entangled = true;
        }
        let last = db.optional(sql(LAST_LOG).bind(self.run.id.as_str())).await?;
        self.last_log = last.map(|row| row.get("n")).transpose()?.map_or(0, seq);
        self.entangled = entangled;
        // Outcomes may lie in the inbox: the first step looks.
        self.step.drain = entangled;
        Ok(())
    }

    async fn segment(&mut self) -> Result<Vec<journal::Entry>, Stop> {
        let entries = journal::read(&self.inner.db, &self.run.id, self.run.generation, self.next_pos - 1, JOURNAL_SEGMENT).await?;
        if let Some(last) = entries.last() {
            self.next_pos = last.pos + 1;
            self.clock = later(self.clock, last.finished_at);
        }
        Ok(entries)
    }

    fn learn(&mut self, entries: &[journal::Entry]) {
        for entry in entries {
            self.activation.journaled(seq(entry.seq), &entry.kind, &entry.args_hash);
        }
    }

    /// Takes in what the program did; answers its end.
    fn take(&mut self, turn: Turn) -> Result<Option<End>, Stop> {
        let end = self.look_at(turn)?;
        for seen in std::mem::take(&mut self.undecided) {
            self.decide(seen)?;
        }
        Ok(end)
    }

    /// Takes in what the program did, without deciding about its calls.
    fn look_at(&mut self, turn: Turn) -> Result<Option<End>, Stop> {
        let fresh = turn.logs.into_iter().filter(|l| l.n > self.last_log && l.n <= self.log_lines);
        self.step.logs.extend(fresh.map(|line| last_line(line, self.log_lines)));
        if let Some(last) = self.step.logs.last() {
            self.last_log = last.n;
        }
        for call in turn.calls {
            let plan = self.inner.perform.plan(&call);
            self.undecided.push(self.activation.see(call, plan).map_err(Stop::Run)?);
        }
        Ok(turn.end)
    }

    /// During a replay: settles the calls whose outcome has been read, and keeps the others until all of the journal has.
    fn decide_known(&mut self) -> Result<(), Stop> {
        let (known, open): (Vec<_>, Vec<_>) = std::mem::take(&mut self.undecided).into_iter().partition(|seen| self.activation.is_journaled(seen.seq()));
        self.undecided = open;
        known.into_iter().try_for_each(|seen| self.decide(seen))
    }

    fn decide(&mut self, seen: Seen) -> Result<(), Stop> {
        match self.activation.decide(seen).map_err(Stop::Run)? {
            Action::Known | Action::Waiting => {}
            Action::Perform(call, hash) => self.perform(call, hash),
            Action::Intend(call, hash) => self.step.intents.push((call, hash)),
            Action::Inside(call, hash) => self.step.inside.push((call, hash)),
            Action::Wait(call, hash) => self.step.waits.push((call, hash)),
            Action::Child(call, hash) => self.step.children.push((call, hash)),
            Action::Answer(call, hash, outcome) => self.step.performed.push(Performed { call, hash, outcome, started_at: self.clock }),
        }
        Ok(())
    }

    fn perform(&mut self, call: Call, hash: String) {
        // An intent is committed before its call: not begun, it would be `unknown` for ever.
        if !call.once && self.leaving {
            return;
        }
        if self.in_flight >= CONCURRENT_CALLS && call.kind != "timer" {
            self.held_back.push_back((call, hash));
            return;
        }
        if call.kind != "timer" {
            self.in_flight += 1;
        }
        let (inner, run) = (self.inner.clone(), self.run.clone());
        self.flying.push(Box::pin(async move {
            if !inner.still_owns(&run).await {
                return None;
            }
            let started_at = inner.clock.now();
            let outcome = inner.perform.perform(&run, &call).await;
            Some(Performed { call, hash, outcome, started_at })
        }));
    }

    fn landed(&mut self, performed: Option<Performed>) -> Result<(), Stop> {
        let performed = performed.ok_or(Stop::Fenced)?;
        if performed.call.kind != "timer" {
            self.in_flight = self.in_flight.saturating_sub(1);
            if let Some((call, hash)) = self.held_back.pop_front() {
                self.perform(call, hash);
            }
        }
        self.step.performed.push(performed);
        Ok(())
    }

    /// Whether the run leaves memory because its tenant's runs rest. Once it does, it does: a call was perhaps not begun.
    async fn must_leave(&mut self) -> bool {
        self.leaving = self.leaving || self.inner.perform.rests(&self.run.tenant).await;
        self.leaving
    }

    /// Goes back to the queue: what is under way comes back and is journaled, what was only asked is asked again after a replay.
    async fn leave(&mut self) -> Result<(), Stop> {
        self.leaving = true;
        self.moving = None;
        self.held_back.retain(|(call, _)| call.once);
        while let Some(done) = self.flying.next().await {
            self.landed(done)?;
        }
        let (performed, logs) = (std::mem::take(&mut self.step.performed), std::mem::take(&mut self.step.logs));
        self.step = Step { performed, logs, ..Step::default() };
        self.commit(Then::Release(self.inner.clock.now(), self.run.crashes)).await.map(drop)
    }

    /// Works until there is something to deliver; `None` when the run has left memory.
    async fn next(&mut self) -> Result<Option<Vec<Delivery>>, Stop> {
        loop {
            while let Some(Some(done)) = self.flying.next().now_or_never() {
                self.landed(done)?;
            }
            if self.must_leave().await {
                return self.leave().await.map(|()| None);
            }
            if self.step.is_due() {
                let done = self.commit(Then::Stay).await?;
                if let Some(deliveries) = self.committed(done).await? {
                    return Ok(Some(deliveries));
                }
                continue;
            }
            if self.flying.is_empty() {
                if self.open_waits == 0 {
                    self.activation.replayed().map_err(Stop::Run)?;
                    return Err(Stop::Run(RunError::new("STUCK", "The workflow waits for a promise that nothing will ever settle.")));
                }
                if !self.is_soon() {
                    let done = self.commit(Then::Suspend).await?;
                    if done.left {
                        return Ok(None);
                    }
                    if let Some(deliveries) = self.committed(done).await? {
                        return Ok(Some(deliveries));
                    }
                    continue;
                }
            }
            self.rest().await?;
        }
    }

    /// Whether the nearest time limit is so close that leaving memory costs more than staying.
    fn is_soon(&self) -> bool {
        self.nearest.is_some_and(|at| at.since(self.inner.clock.now()) <= LINGER)
    }

    /// Waits for a call to come back, for news from outside, or until log lines are due.
    async fn rest(&mut self) -> Result<(), Stop> {
        let log_delay = if self.step.logs.is_empty() { Duration::from_secs(3600) } else { LOG_DELAY };
        let linger = if self.flying.is_empty() { LINGER } else { Duration::from_secs(3600) };
        self.moving = None;
        // In this order, so that a simulation of one seed is one story; news first, as calls that are back are fetched anyway.
        tokio::select! {
            biased;
            () = self.wake.notified() => self.step.drain = true,
            Some(done) = self.flying.next() => self.landed(done)?,
            () = tokio::time::sleep(log_delay.min(linger)) => {
                if self.flying.is_empty() {
                    self.nearest = None;
                    self.step.drain = true;
                } else {
                    let done = self.commit(Then::Stay).await?;
                    if let Some(reason) = done.cancel {
                        return Err(cancelled(&reason));
                    }
                }
            }
        }
        self.moving = Some(self.inner.pace.enter(&self.run.tenant).await);
        Ok(())
    }

    async fn commit(&mut self, then: Then) -> Result<Advanced, Stop> {
        let step = std::mem::take(&mut self.step);
        let (run, perform) = (&self.run, &self.inner.perform);
        let mut entries = Vec::with_capacity(step.performed.len());
        for done in step.performed {
            entries.push(draft(&self.inner, run, self.clock, done).await?);
        }
        let mut children = Vec::new();
        let too_deep = !step.children.is_empty() && depth::is_last(&self.inner.db, run).await?;
        for (call, hash) in step.children {
            let shown = perform.redact(run, &call);
            let child = if too_deep { Err(depth::refusal()) } else { perform.child(run, &call).await };
            match child {
                Ok(mut new) => {
                    new.parent = Some(Parent { run_id: run.id.clone(), generation: run.generation, seq: i64::try_from(call.seq).unwrap_or(i64::MAX) });
                    let input = self.inner.payloads.put(&run.tenant, std::mem::take(&mut new.input), self.clock).await?;
                    children.push((call, hash, shown, Start { new, input }));
                }
                Err(outcome) => entries.push(draft(&self.inner, run, self.clock, Performed { call, hash, outcome, started_at: self.clock }).await?),
            }
        }
        let waits: Vec<_> = step.waits.into_iter().map(|(call, hash)| { let shown = perform.redact(run, &call); (call, hash, shown) }).collect();
        self.entangled |= !(waits.is_empty() && children.is_empty() && step.intents.is_empty());
        let advance = Advance {
            run: run.clone(),
            next_pos: self.next_pos,
            clock: self.clock,
            entries,
            inside: step.inside,
            waits,
            children,
            intents: step.intents.iter().map(|(c, _)| c.seq).collect(),
            logs: step.logs,
            drain: step.drain,
            entangled: self.entangled,
            then,
        };
        let done = self.inner.committer()?.advance(advance).await?;
        for (call, hash) in step.intents {
            self.perform(call, hash);
        }
        self.next_pos = done.next_pos;
        if !done.delivered.is_empty() {
            // Progress: what was lost before does not count any more.
            self.run.crashes = 0;
        }
        Ok(done)
    }

    /// Takes in what a commit came to; answers what is to be delivered.
    async fn committed(&mut self, done: Advanced) -> Result<Option<Vec<Delivery>>, Stop> {
        if let Some(reason) = done.cancel {
            return Err(cancelled(&reason));
        }
        self.recount(&done).await?;
        if done.delivered.is_empty() {
            return Ok(None);
        }
        let mut out = Vec::with_capacity(done.delivered.len());
        for (seq, at, outcome) in done.delivered {
            self.clock = later(self.clock, at);
            let json = self.inner.payloads.get(&self.run.tenant, &Payload::from_stored(outcome.json)).await?;
            out.push(Delivery { seq, at, outcome: Outcome { ok: outcome.ok, json } });
        }
        Ok(Some(out))
    }

    /// Which waits are open is read back when there may be any: they change rarely.
    async fn recount(&mut self, done: &Advanced) -> Result<(), Stop> {
        if !self.entangled || (done.registered.is_empty() && done.delivered.is_empty()) {
            return Ok(());
        }
        let open = waits::open_of(&self.inner.db, &self.run.id, self.run.generation).await?;
        self.open_waits = open.len();
        self.nearest = open.iter().fold(None, |n, w| earliest(n, w.due_at));
        Ok(())
    }

    async fn finish(&mut self, end: End) -> Result<(), Stop> {
        self.activation.replayed().map_err(Stop::Run)?;
        // It has said its last word: its isolate makes room while the end is being stored.
        self.program = None;
        let stored = match &end {
            End::Completed(json) | End::Skipped(json) | End::ContinueWith(json) => Some(self.inner.payloads.put(&self.run.tenant, json.clone(), self.clock).await?),
            End::Failed(_) => None,
        };
        self.step = Step { logs: std::mem::take(&mut self.step.logs), ..Step::default() };
        let done = self.commit(Then::Finish(end, stored)).await?;
        if done.left { Ok(()) } else { Err(Stop::Lost("the run's end was not stored".into())) }
    }

    /// Ends or gives back a run whose activation stopped early.
    async fn stopped(&mut self, stop: Stop) {
        self.step = Step { logs: std::mem::take(&mut self.step.logs), ..Step::default() };
        let done = match stop {
            Stop::Fenced => return,
            Stop::Run(error) => self.commit(Then::Finish(End::Failed(error), None)).await,
            Stop::Lost(reason) if self.run.crashes + 1 >= MAX_CRASHES => {
                let error = RunError::new("RUN_LOST", format!("The run was lost {MAX_CRASHES} times without progress: {reason}"));
                self.commit(Then::Finish(End::Failed(error), None)).await
            }
            Stop::Lost(reason) => {
                LOST.increment(1);
                self.give_back(&reason, self.run.crashes + 1).await
            }
            Stop::Away(reason) => self.give_back(&reason, self.run.crashes).await,
        };
        if let Err(Stop::Lost(reason) | Stop::Away(reason)) = done {
            tracing::error!(run_id = %self.run.id, reason, "a run could not be given back yet");
            self.inner.request_sweep();
        }
    }

    async fn give_back(&mut self, reason: &str, crashes: i64) -> Result<Advanced, Stop> {
        tracing::warn!(run_id = %self.run.id, reason, "an activation was lost; the run is queued again");
        let factor = 1u32 << u32::try_from(self.run.crashes.clamp(0, 8)).unwrap_or(0);
        let pause = CRASH_BACKOFF.saturating_mul(factor).mul_f64(jitter(&self.run));
        let done = self.commit(Then::Release(self.inner.clock.now().plus(pause), crashes)).await;
        self.inner.clone().look_again_after(pause);
        done
    }
}

/// Journal entries as the program is given them.
async fn deliveries(inner: &Inner, run: &Run, entries: Vec<journal::Entry>) -> Result<Vec<Delivery>, Stop> {
    let mut out = Vec::with_capacity(entries.len());
    for entry in entries {
        let json = inner.payloads.get(&run.tenant, &entry.outcome).await?;
        out.push(Delivery { seq: seq(entry.seq), at: entry.finished_at, outcome: Outcome { ok: entry.ok, json } });
    }
    Ok(out)
}

/// The last line that is kept says so.
fn last_line(line: NewLog, most: u64) -> NewLog {
    if line.n < most {
        return line;
    }
    NewLog { level: "warn".into(), message: format!("This run has logged {most} lines; further ones are left out."), data: None, ..line }
}

/// A performed call as the journal will hold it; an answer over the limit becomes an error that the program can catch.
async fn draft(inner: &Inner, run: &Run, now: Timestamp, done: Performed) -> Result<EntryDraft, EngineError> {
    let shown = inner.perform.redact(run, &done.call);
    let (ok, outcome) = match inner.payloads.put(&run.tenant, done.outcome.json, now).await {
        Ok(stored) => (done.outcome.ok, stored),
        Err(EngineError::TooLarge { bytes, limit }) => {
            let refusal = Outcome::error("Error", "PAYLOAD_TOO_LARGE", format!("The answer has {bytes} bytes; {limit} are allowed."));
            (false, Payload::from_stored(refusal.json))
        }
        Err(e) => return Err(e),
    };
    Ok(EntryDraft { call: done.call, hash: done.hash, shown, ok, outcome, started_at: done.started_at })
}

/// Between 0.5 and 1.5, by run and attempt: many runs lost together come back one after another, and a simulation repeats itself.
fn jitter(run: &Run) -> f64 {
    let mut hash = DefaultHasher::new();
    (run.id.as_str(), run.epoch).hash(&mut hash);
    0.5 + f64::from(u16::try_from(hash.finish() & 0x3ff).unwrap_or(0)) / 1024.0
}

fn cancelled(reason: &str) -> Stop {
    Stop::Run(RunError { name: Some("CancelledError".into()), ..RunError::new("CANCELLED", reason) })
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    [a, b].into_iter().flatten().min()
}

fn seq(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

