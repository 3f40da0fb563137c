//! An open run.

use super::{Inner, child::Child, link::Answer};
use crate::{
    error::SandboxError,
    measure,
    turn::{Delivery, Outcome, Turn},
    wire::{FromChild, ToChild},
};
use std::sync::{Arc, atomic::Ordering::Relaxed};

/// A place in a child, given back when dropped.
pub(super) struct Place {
    pub child: Arc<Child>,
    pub pool: Arc<Inner>,
}

impl Drop for Place {
    fn drop(&mut self) {
        let before = self.child.places.fetch_sub(1, Relaxed);
        self.pool.freed(&self.child, before == 1);
    }
}

/// An isolate that waits for outcomes. Dropping it drops the isolate.
pub struct Session {
    pub(super) place: Place,
    pub(super) id: u64,
    /// The child has forgotten the isolate: the run has ended or failed.
    pub(super) over: bool,
    /// A turn was asked for and not waited for: what it contained is lost.
    pub(super) torn: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("id", &self.id).field("child", &self.place.child.id).finish_non_exhaustive()
    }
}

/// Outcomes that travel in one frame, in bytes: 8 MiB. A longer replay takes several.
const BATCH: usize = 8 << 20;

impl Session {
    /// Delivers outcomes one after another and answers everything the run did because of them.
    ///
    /// # Errors
    /// A [`SandboxError`] ends the session; the run's journal stays true, so the run can be opened again.
    pub async fn deliver(&mut self, deliveries: Vec<Delivery>) -> Result<Turn, SandboxError> {
        let mut turn = Turn::default();
        for batch in batches(deliveries) {
            if turn.end.is_some() {
                break;
            }
            let next = self.ask(vec![ToChild::Deliver { session: self.id, deliveries: batch }]).await?;
            append(&mut turn, next);
        }
        Ok(turn)
    }

    /// Process id of the child, for tests that kill it.
    #[doc(hidden)]
    pub fn child_pid(&self) -> Option<u32> {
        self.place.child.link.pid()
    }

    pub(super) async fn ask(&mut self, frames: Vec<ToChild>) -> Result<Turn, SandboxError> {
        if self.over || self.torn {
            return Err(SandboxError::Protocol("this session is over".into()));
        }
        self.torn = true;
        let pool = &self.place.pool;
        let answer = self.place.child.link.request(&frames, pool.config.limits.cpu_per_turn, &pool.watch).await;
        self.torn = false;
        let turn = answer.and_then(|answer| self.understand(answer));
        if !matches!(&turn, Ok(turn) if turn.end.is_none()) {
            self.over = true;
        }
        turn
    }

    fn understand(&self, answer: Answer) -> Result<Turn, SandboxError> {
        let Answer { frame, mut calls, mut logs } = answer;
        let FromChild::Turn { result, cpu_us, retire } = frame else {
            return Err(SandboxError::Protocol("not a turn".into()));
        };
        if retire {
            self.place.child.retire();
        }
        measure::turn(cpu_us);
        let tail = result?;
        calls.extend(tail.calls);
        logs.extend(tail.logs);
        Ok(Turn { calls, logs, abandoned: tail.abandoned, end: tail.end, cpu_us, sites: tail.sites })
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !self.over {
            drop(self.place.child.link.tell(&[ToChild::Close { session: self.id }]));
        }
    }
}

/// Cuts deliveries into frames; at least one.
pub(super) fn batches(deliveries: Vec<Delivery>) -> Vec<Vec<Delivery>> {
    let mut all = vec![Vec::new()];
    let mut size = 0;
    for delivery in deliveries {
        let (Outcome::Value(json) | Outcome::Error(json)) = &delivery.outcome;
        let more = json.len() + 32;
        if size + more > BATCH && size > 0 {
            all.push(Vec::new());
            size = 0;
        }
        size += more;
        if let Some(last) = all.last_mut() {
            last.push(delivery);
        }
    }
    all
}

/// Appends what a later turn brought.
pub(super) fn append(turn: &mut Turn, next: Turn) {
    turn.calls.extend(next.calls);
    turn.logs.extend(next.logs);
    turn.abandoned.extend(next.abandoned);
    turn.end = next.end;
    turn.cpu_us += next.cpu_us;
    turn.sites.calls.extend(next.sites.calls);
    turn.sites.lines.extend(next.sites.lines);
}
