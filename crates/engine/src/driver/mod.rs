//! One activation of one run: replay its journal, then go on until it ends, waits, or is lost.
//!
//! [`replay`] rebuilds the program, [`calls`] begins what it asks for and takes in what comes back, [`commit`] writes it down, and
//! [`stop`] says what becomes of a run whose activation ends early.

mod calls;
mod commit;
mod replay;
mod retry;
mod stop;

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt as _;
use millrace_clock::Timestamp;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tracing::Instrument as _;

use self::calls::Performed;
use self::commit::Step;
use self::stop::{Stop, cancelled};
use crate::activation::{Activation, Seen};
use crate::committer::Then;
use crate::engine::{Inner, Slot};
use crate::limits::{LINGER, LOG_DELAY};
use crate::measure::{FRESH, REPLAYED};
use crate::pace::Moving;
use crate::{Call, Delivery, End, Program, Run, RunError, Turn};

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
    driver.flying.shutdown().await;
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
    /// Waits whose outcome has not come, with their time limits.
    open: HashMap<u64, Option<Timestamp>>,
    nearest: Option<Timestamp>,
    /// Tasks of their own: while this one waits for a connection to commit, a call that was next in line for one must be able to take
    /// it and give it back. Nothing comes of a call that was not begun because the run is not ours any more.
    flying: JoinSet<Option<Performed>>,
    held_back: VecDeque<(Call, String)>,
    in_flight: usize,
    step: Step,
    /// Held while the program executes or outcomes are being committed.
    moving: Option<Moving>,
    /// Its tenant's runs rest: it leaves memory, and begins nothing until then.
    leaving: bool,
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
            open: HashMap::new(),
            nearest: None,
            flying: JoinSet::new(),
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
        while let Some(done) = self.flying.join_next().await {
            self.landed(done)?;
        }
        let (performed, logs) = (std::mem::take(&mut self.step.performed), std::mem::take(&mut self.step.logs));
        self.step = Step { performed, logs, ..Step::default() };
        self.commit(Then::Release(self.inner.clock.now(), self.run.crashes)).await.map(drop)
    }

    /// Works until there is something to deliver; `None` when the run has left memory.
    async fn next(&mut self) -> Result<Option<Vec<Delivery>>, Stop> {
        loop {
            while let Some(done) = self.flying.try_join_next() {
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
                if self.open.is_empty() {
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
        let resting = (self.flying.is_empty() && self.step.logs.is_empty()).then(|| Resting::new(&self.inner));
        // In this order, so that a simulation of one seed is one story; news first, as calls that are back are fetched anyway.
        tokio::select! {
            biased;
            () = self.wake.notified() => self.step.drain = true,
            Some(done) = self.flying.join_next() => self.landed(done)?,
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
        drop(resting);
        self.moving = Some(self.inner.pace.enter(&self.run.tenant).await);
        Ok(())
    }

    async fn finish(&mut self, mut end: End) -> Result<(), Stop> {
        self.activation.replayed().map_err(Stop::Run)?;
        // It has said its last word: its isolate makes room while the end is being stored.
        self.program = None;
        let stored = match &end {
            End::Completed(json) | End::Skipped(json) | End::ContinueWith(json) => Some(self.inner.payloads.put(&self.run.tenant, json.clone(), self.clock).await?),
            End::Failed(_) | End::Refused(_) => None,
        };
        let retry = match &mut end {
            End::Failed(error) => retry::of(&self.inner, &self.run, error).await?,
            _ => None,
        };
        self.step = Step { logs: std::mem::take(&mut self.step.logs), retry, ..Step::default() };
        let done = self.commit(Then::Finish(end, stored)).await?;
        if done.left { Ok(()) } else { Err(Stop::Lost("the run's end was not stored".into())) }
    }
}

/// Counts a run that only waits for news, as long as it does.
struct Resting(Arc<Inner>);

impl Resting {
    fn new(inner: &Arc<Inner>) -> Self {
        inner.resting.fetch_add(1, Ordering::AcqRel);
        Self(inner.clone())
    }
}

impl Drop for Resting {
    fn drop(&mut self) {
        self.0.moves.fetch_add(1, Ordering::AcqRel);
        self.0.resting.fetch_sub(1, Ordering::AcqRel);
    }
}

fn earliest(a: Option<Timestamp>, b: Option<Timestamp>) -> Option<Timestamp> {
    [a, b].into_iter().flatten().min()
}

fn seq(n: i64) -> u64 {
    u64::try_from(n).unwrap_or_default()
}

