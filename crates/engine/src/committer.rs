//! The committer of a node: it groups the writes of all its runs into one transaction with one fsync. On PostgreSQL it has two
//! lanes, one for accepting runs and one for their steps.
//!
//! Every operation on a run is fenced by `(run, epoch)` in that transaction. When the answer to a COMMIT is lost the batch is
//! tried again: each write is keyed so that what was already committed is recognised, never repeated.

mod advance;
mod start;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_clock::Timestamp;
use millrace_db::{DbError, Dialect, Kind, Tx, sql};
use millrace_ids::RunId;
use tokio::sync::{mpsc, oneshot};

pub(crate) use advance::{Advance, Advanced, EntryDraft, Then, cancel_tree};
pub(crate) use start::{Start, run_row};
pub use start::{NewRun, Parent, Started};

use crate::engine::{Inner, Slot};
use crate::limits::{COMMIT_BACKOFF_MAX, COMMIT_BATCH, ROW_BYTES};
use crate::measure::{self, COMMIT_FAILURES, COMMIT_JOBS, COMMIT_TIME, FENCED, JOURNALED, STARTED};
use crate::store::NOTIFY;
use crate::{EngineError, Run};

/// One operation and where its answer goes.
pub(crate) enum Job {
    Start(Box<Start>, oneshot::Sender<Result<Started, EngineError>>),
    Advance(Box<Advance>, oneshot::Sender<Result<Advanced, EngineError>>),
}

impl Job {
    fn is_wanted(&self) -> bool {
        match self {
            Self::Start(_, reply) => !reply.is_closed(),
            Self::Advance(_, reply) => !reply.is_closed(),
        }
    }

    fn refuse(self, error: EngineError) {
        match self {
            Self::Start(_, reply) => drop(reply.send(Err(error))),
            Self::Advance(_, reply) => drop(reply.send(Err(error))),
        }
    }
}

/// What one job came to.
enum Done {
    Started(Started),
    Advanced(Box<Advanced>),
    Refused(EngineError),
}

/// Whom to wake after the commit.
#[derive(Default)]
pub(crate) struct Wakes {
    pub(crate) queue: bool,
    pub(crate) timer: bool,
    pub(crate) runs: BTreeSet<RunId>,
    /// Runs inserted as ours, to be performed at once.
    pub(crate) handed: Vec<(Run, Slot)>,
    /// Runs that were cancelled while no node performed them.
    pub(crate) cancelled: Vec<Run>,
}

/// A way to the committer.
#[derive(Clone)]
pub(crate) struct Committer {
    starts: mpsc::Sender<Job>,
    advances: mpsc::Sender<Job>,
}

impl Committer {
    /// A committer and its lanes. SQLite has one writer. On PostgreSQL intake has a lane of its own: while one group waits for
    /// the disk the other speaks with the server, and accepting does not wait for what runs write. Steps of runs stay in one
    /// lane, so that two groups of a node never lock the same stored values in different orders.
    pub(crate) fn channel(dialect: Dialect) -> (Self, Vec<mpsc::Receiver<Job>>) {
        // Twice a batch: enough to fill the next one during an fsync; beyond that callers wait (back-pressure).
        let (starts, first) = mpsc::channel(COMMIT_BATCH * 2);
        if dialect == Dialect::Sqlite {
            return (Self { advances: starts.clone(), starts }, vec![first]);
        }
        let (advances, second) = mpsc::channel(COMMIT_BATCH * 2);
        (Self { starts, advances }, vec![first, second])
    }

    pub(crate) async fn start(&self, start: Start) -> Result<Started, EngineError> {
        let (reply, answer) = oneshot::channel();
        self.starts.send(Job::Start(Box::new(start), reply)).await.map_err(|_| EngineError::Stopping)?;
        answer.await.map_err(|_| EngineError::Stopping)?
    }

    pub(crate) async fn advance(&self, advance: Advance) -> Result<Advanced, EngineError> {
        let (reply, answer) = oneshot::channel();
        self.advances.send(Job::Advance(Box::new(advance), reply)).await.map_err(|_| EngineError::Stopping)?;
        answer.await.map_err(|_| EngineError::Stopping)?
    }
}

/// Commits what comes down one lane, until the last sender is gone.
pub(crate) async fn run(inner: Arc<Inner>, mut jobs: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(COMMIT_BATCH);
    while jobs.recv_many(&mut batch, COMMIT_BATCH).await > 0 {
        commit_until_done(&inner, std::mem::take(&mut batch), false).await;
    }
}

/// Commits a batch; while the database is away it keeps the runs' operations and tries again.
/// `again` says that its answer may have been lost before.
async fn commit_until_done(inner: &Arc<Inner>, mut batch: Vec<Job>, mut again: bool) {
    let mut pause = Duration::from_millis(20);
    loop {
        batch.retain(Job::is_wanted);
        if batch.is_empty() {
            if again {
                // Nobody waits for an answer any more; what a lost one stored in our name must still be performed.
                inner.request_sweep();
            }
            return;
        }
        // Kept until the runs handed over are in memory.
        let gate = inner.nodes.gate.read().await;
        let begun = Instant::now();
        let done = commit(inner, &batch, again).await;
        COMMIT_TIME.record(begun.elapsed().as_secs_f64());
        match done {
            Ok((answers, wakes)) => {
                inner.healthy(true);
                COMMIT_JOBS.record(batch.len() as f64);
                count(inner, &batch, &answers, &wakes);
                answer(inner, batch, answers, wakes);
                if again {
                    // A lost answer may have left rows in our name that nobody performs.
                    inner.request_sweep();
                }
                drop(gate);
                return;
            }
            Err(e) if e.kind() == Kind::Retry => {
                inner.healthy(false);
                COMMIT_FAILURES.increment(1);
                tracing::warn!(error = %e, "commit failed; trying again");
                inner.request_sweep();
            }
            Err(e) if batch.len() > 1 => {
                COMMIT_FAILURES.increment(1);
                tracing::warn!(error = %e, jobs = batch.len(), "a batch was refused; committing one by one");
                drop(gate);
                for job in batch {
                    Box::pin(commit_until_done(inner, vec![job], again)).await;
                }
                return;
            }
            Err(e) if e.kind() == Kind::Full && matches!(batch[0], Job::Advance(..)) => {
                inner.healthy(false);
                tracing::error!(error = %e, "the database is full; a run waits for room");
            }
            Err(e) => {
                COMMIT_FAILURES.increment(1);
                tracing::error!(error = %e, "an operation was refused by the database");
                if let Some(job) = batch.pop() {
                    job.refuse(EngineError::Db(e));
                }
                return;
            }
        }
        // A new run that cannot be stored is refused rather than kept: its caller has the delivery and tries again.
        again = true;
        drop(gate);
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(COMMIT_BACKOFF_MAX);
    }
}

/// Counts what a commit made durable.
fn count(inner: &Inner, batch: &[Job], answers: &[Done], wakes: &Wakes) {
    let (mut started, mut journaled, mut fenced) = (0, 0, 0);
    for (job, done) in batch.iter().zip(answers) {
        match (job, done) {
            (Job::Start(start, _), Done::Started(new)) => {
                started += u64::from(!new.duplicate);
                if !new.duplicate {
                    inner.perform.wrote(&start.new.tenant, ROW_BYTES + start.input.as_stored().len() as u64);
                }
            }
            (Job::Advance(step, _), Done::Advanced(done)) => {
                started += step.children.len() as u64;
                journaled += done.delivered.len() as u64;
                inner.perform.wrote(&step.run.tenant, written(step, done));
                if let Then::Finish(end, _) = &step.then
                    && let Some((state, class)) = measure::ended(end, inner.clock.now().since(step.run.created_at))
                {
                    inner.perform.finished(&step.run, state, class);
                }
            }
            (Job::Advance(..), Done::Refused(EngineError::Fenced)) => fenced += 1,
            _ => {}
        }
    }
    STARTED.increment(started);
    JOURNALED.increment(journaled);
    FENCED.increment(fenced);
    measure::cancelled(&*inner.perform, &wakes.cancelled);
}

/// The bytes that a step has added to its run's journal and log, to a few.
fn written(step: &Advance, done: &Advanced) -> u64 {
    let args = step.entries.iter().map(|e| e.shown.len()).chain(step.inside.iter().map(|(_, shown)| shown.len()));
    let outcomes = done.delivered.iter().map(|(_, _, outcome)| outcome.json.len());
    let logs = step.logs.iter().map(|l| l.message.len() + l.data.as_ref().map_or(0, String::len));
    let inputs = step.children.iter().map(|(.., start)| start.input.as_stored().len());
    let rows = done.delivered.len() + step.logs.len() + step.children.len();
    args.chain(outcomes).chain(logs).chain(inputs).sum::<usize>() as u64 + ROW_BYTES * rows as u64
}

fn answer(inner: &Arc<Inner>, batch: Vec<Job>, answers: Vec<Done>, wakes: Wakes) {
    for (job, done) in batch.into_iter().zip(answers) {
        match (job, done) {
            (Job::Start(_, reply), Done::Started(started)) => drop(reply.send(Ok(started))),
            (Job::Advance(_, reply), Done::Advanced(advanced)) => drop(reply.send(Ok(*advanced))),
            (job, Done::Refused(error)) => job.refuse(error),
            (job, _) => job.refuse(EngineError::Stopping),
        }
    }
    inner.woken(wakes);
}

async fn commit(inner: &Arc<Inner>, batch: &[Job], again: bool) -> Result<(Vec<Done>, Wakes), DbError> {
    let now = inner.clock.now();
    let mut tx = inner.db.begin().await?;
    let mut wakes = Wakes::default();
    let mut answers: Vec<Option<Done>> = batch.iter().map(|_| None).collect();
    start::apply(inner, &mut tx, batch, &mut answers, &mut wakes, now, again).await?;
    advance::apply(inner, &mut tx, batch, &mut answers, &mut wakes, now, again).await?;
    let busy = batch.iter().any(|j| matches!(j, Job::Advance(..))) || !wakes.handed.is_empty();
    let renewal = if busy { Some(inner.nodes.renew_in(&mut tx, now).await?) } else { None };
    notify(&mut tx, inner, &wakes).await?;
    tx.commit().await?;
    if let Some(renewal) = renewal {
        inner.nodes.renewed(renewal);
    }
    let answers = answers.into_iter().map(|a| a.unwrap_or(Done::Refused(EngineError::Fenced))).collect();
    Ok((answers, wakes))
}

/// Tells the other nodes of one PostgreSQL; they hear it when this transaction commits.
async fn notify(tx: &mut Tx, inner: &Inner, wakes: &Wakes) -> Result<(), DbError> {
    if tx.dialect() != Dialect::Postgres {
        return Ok(());
    }
    if wakes.queue {
        tx.execute(sql(NOTIFY).bind("queue")).await?;
    }
    if wakes.timer {
        tx.execute(sql(NOTIFY).bind("timer")).await?;
    }
    for run in wakes.runs.iter().filter(|r| !inner.holds(r)) {
        tx.execute(sql(NOTIFY).bind(run.as_str())).await?;
    }
    Ok(())
}

/// The later of two instants: a program's clock never goes back, whatever the wall clock does.
pub(crate) fn later(a: Timestamp, b: Timestamp) -> Timestamp {
    if a > b { a } else { b }
}
