//! The program's calls: taken in, decided about, begun, and back with an outcome.

use millrace_clock::Timestamp;
use tokio::task::JoinError;
use tracing::Instrument as _;

use super::Driver;
use super::stop::Stop;
use crate::activation::{Action, Seen};
use crate::limits::CONCURRENT_CALLS;
use crate::{Call, End, NewLog, Outcome, Turn};

/// A performed call on its way to the journal.
pub(super) struct Performed {
    pub(super) call: Call,
    pub(super) hash: String,
    pub(super) outcome: Outcome,
    pub(super) started_at: Timestamp,
}

impl Driver {
    /// Takes in what the program did; answers its end.
    pub(super) fn take(&mut self, turn: Turn) -> Result<Option<End>, Stop> {
        let end = self.look_at(turn)?;
        for seen in std::mem::take(&mut self.undecided) {
            self.decide(seen)?;
        }
        Ok(end)
    }

    /// Takes in what the program did, without deciding about its calls.
    pub(super) fn look_at(&mut self, turn: Turn) -> Result<Option<End>, Stop> {
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
    pub(super) fn decide_known(&mut self) -> Result<(), Stop> {
        let (known, open): (Vec<_>, Vec<_>) = std::mem::take(&mut self.undecided).into_iter().partition(|seen| self.activation.is_journaled(seen.seq()));
        self.undecided = open;
        known.into_iter().try_for_each(|seen| self.decide(seen))
    }

    pub(super) fn decide(&mut self, seen: Seen) -> Result<(), Stop> {
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

    pub(super) fn perform(&mut self, call: Call, hash: String) {
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
        let call = async move {
            if !inner.still_owns(&run).await {
                return None;
            }
            let started_at = inner.clock.now();
            let outcome = inner.perform.perform(&run, &call).await;
            Some(Performed { call, hash, outcome, started_at })
        };
        self.flying.spawn(call.in_current_span());
    }

    pub(super) fn landed(&mut self, joined: Result<Option<Performed>, JoinError>) -> Result<(), Stop> {
        // A panic of ours goes on where the panics of an activation are caught.
        let performed = match joined.map_err(JoinError::try_into_panic) {
            Ok(performed) => performed.ok_or(Stop::Fenced)?,
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            Err(Err(_)) => return Err(Stop::Lost("a call was given up".into())),
        };
        if performed.call.kind != "timer" {
            self.in_flight = self.in_flight.saturating_sub(1);
            if let Some((call, hash)) = self.held_back.pop_front() {
                self.perform(call, hash);
            }
        }
        self.step.performed.push(performed);
        Ok(())
    }
}

/// The last line that is kept says so.
fn last_line(line: NewLog, most: u64) -> NewLog {
    if line.n < most {
        return line;
    }
    NewLog { level: "warn".into(), message: format!("This run has logged {most} lines; further ones are left out."), data: None, ..line }
}
