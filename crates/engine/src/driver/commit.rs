//! Writing down what happened, and what came of it.

use millrace_clock::Timestamp;

use super::calls::Performed;
use super::stop::{Stop, cancelled};
use super::{Driver, earliest, seq};
use crate::committer::{Advance, Advanced, EntryDraft, Start, Then, later};
use crate::engine::Inner;
use crate::payload::Payload;
use crate::{Call, Delivery, EngineError, NewLog, Outcome, Parent, Run, depth, waits};

/// What the next commit will contain.
#[derive(Default)]
pub(super) struct Step {
    pub(super) performed: Vec<Performed>,
    pub(super) inside: Vec<(Call, String)>,
    pub(super) waits: Vec<(Call, String)>,
    pub(super) children: Vec<(Call, String)>,
    pub(super) intents: Vec<(Call, String)>,
    pub(super) logs: Vec<NewLog>,
    pub(super) retry: Option<(Start, Timestamp)>,
    pub(super) drain: bool,
}

impl Step {
    pub(super) fn is_due(&self) -> bool {
        self.drain || !(self.performed.is_empty() && self.inside.is_empty() && self.waits.is_empty() && self.children.is_empty() && self.intents.is_empty())
    }
}

impl Driver {
    pub(super) async fn commit(&mut self, then: Then) -> Result<Advanced, Stop> {
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
            retry: step.retry,
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
    pub(super) async fn committed(&mut self, done: Advanced) -> Result<Option<Vec<Delivery>>, Stop> {
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

    /// Which waits are open now: only this activation registers them and takes their outcomes.
    async fn recount(&mut self, done: &Advanced) -> Result<(), Stop> {
        if done.reread {
            self.open = waits::open_of(&self.inner.db, &self.run.id, self.run.generation).await?.iter().map(|w| (seq(w.seq), w.due_at)).collect();
        } else if done.registered.is_empty() && done.delivered.is_empty() {
            return Ok(());
        }
        self.open.extend(done.registered.iter().copied());
        for (seq, ..) in &done.delivered {
            self.open.remove(seq);
        }
        self.nearest = self.open.values().fold(None, |nearest, due| earliest(nearest, *due));
        Ok(())
    }
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
